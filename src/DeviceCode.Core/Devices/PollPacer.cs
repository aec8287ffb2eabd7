namespace DeviceCode.Core.Devices;

using global::DeviceCode.Core.Bookkeeping;

/// <summary>
/// Slows down devices that poll too fast (RFC 8628 §3.5). It works from memory, so a throttled poll costs no storage request.
/// </summary>
/// <remarks>
/// The interval we report grows by five seconds each time, as the RFC requires; the one we enforce does not. And only polls that were
/// let through count. So a device that keeps polling a little too fast still gets through now and then.
/// </remarks>
internal sealed class PollPacer
{
    /// <summary>The longest interval that a device is told to keep.</summary>
    public static readonly TimeSpan MaxInterval = TimeSpan.FromSeconds(60);

    // Bounds the memory that polls can take.
    private const int MaxCodes = 100_000;

    // A client that waits exactly the interval must not be throttled because of network jitter.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan SlowDownStep = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly ExpiringCache<string, Pace> _paces = new(MaxCodes);

    /// <summary>Whether a poll comes too early. If so, <paramref name="interval"/> is the time to wait between polls from now on.</summary>
    public bool TryThrottle(string deviceCodeHash, DateTimeOffset now, out TimeSpan interval)
    {
        interval = default;
        lock (_lock)
        {
            if (!_paces.TryGet(deviceCodeHash, now, out var pace))
            {
                return false;
            }

            // The last poll is in the future when the clock was set back since.
            if (now >= pace.LastPoll + pace.EnforcedInterval - Tolerance || now < pace.LastPoll)
            {
                pace.LastPoll = now;
                return false;
            }

            var longer = pace.ReportedInterval + SlowDownStep;
            pace.ReportedInterval = longer < MaxInterval ? longer : MaxInterval;
            interval = pace.ReportedInterval;
            return true;
        }
    }

    /// <summary>Starts pacing a code whose poll was answered with "pending".</summary>
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

    /// <summary>Stops pacing a code that is no longer pending, so that its next poll gets the result at once.</summary>
    public void Forget(string deviceCodeHash)
    {
        lock (_lock)
        {
            _paces.Remove(deviceCodeHash);
        }
    }

    private sealed class Pace(DateTimeOffset lastPoll, TimeSpan interval)
    {
        public DateTimeOffset LastPoll { get; set; } = lastPoll;

        public TimeSpan EnforcedInterval { get; } = interval;

        public TimeSpan ReportedInterval { get; set; } = interval;
    }
}
