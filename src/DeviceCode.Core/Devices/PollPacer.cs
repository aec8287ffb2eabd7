namespace DeviceCode.Core.Devices;

using global::DeviceCode.Core.Limits;

/// <summary>
/// Tells a device that polls too fast to slow down (RFC 8628 §3.5), from memory: a poll that is told so costs no storage request.
/// </summary>
/// <remarks>
/// Only polls that were answered count, so a device with a fixed cadence below the interval is answered every now and
/// then instead of never. What it is told grows by five seconds each time, as the RFC wants; what it is held to stays the interval.
/// </remarks>
internal sealed class PollPacer
{
    // A client that waits exactly the interval must not be told off for the network's jitter.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan SlowDownStep = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MaxInterval = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private readonly ExpiringCache<string, Pace> _paces = new(capacity: 100_000);
    private readonly ExpiringCache<string, bool> _toldOfExpiry = new(capacity: 100_000);

    /// <summary>The interval that a too early poll is told to keep from now on; null when the poll may be answered.</summary>
    public TimeSpan? TellOff(string deviceCodeHash, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (!_paces.TryGet(deviceCodeHash, now, out var pace))
            {
                return null;
            }

            if (now >= pace.LastAnswered + pace.Interval - Tolerance)
            {
                pace.LastAnswered = now;
                return null;
            }

            pace.Told = pace.Told + SlowDownStep < MaxInterval ? pace.Told + SlowDownStep : MaxInterval;
            return pace.Told;
        }
    }

    /// <summary>Remembers that a poll was answered with "not decided yet".</summary>
    public void Remember(DeviceAuthorization pending, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (!_paces.TryGet(pending.DeviceCodeHash, now, out _))
            {
                _paces.Set(pending.DeviceCodeHash, new Pace(now, pending.Interval), pending.ExpiresAt, now);
            }
        }
    }

    /// <summary>Forgets a code that has been decided: its next poll is answered at once.</summary>
    public void Forget(string deviceCodeHash)
    {
        lock (_lock)
        {
            _paces.Remove(deviceCodeHash);
        }
    }

    /// <summary>Whether a device that is told that its code has expired is told so for the first time, as far as this instance knows.</summary>
    public bool IsFirstToldOfExpiry(DeviceAuthorization expired, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (_toldOfExpiry.TryGet(expired.DeviceCodeHash, now, out _))
            {
                return false;
            }

            _toldOfExpiry.Set(expired.DeviceCodeHash, true, expired.PurgeAfter, now);
            return true;
        }
    }

    private sealed class Pace(DateTimeOffset lastAnswered, TimeSpan interval)
    {
        public DateTimeOffset LastAnswered { get; set; } = lastAnswered;

        public TimeSpan Interval { get; } = interval;

        public TimeSpan Told { get; set; } = interval;
    }
}
