namespace DeviceCode.Testing;

using Microsoft.Extensions.Time.Testing;

/// <summary>
/// A <see cref="FakeTimeProvider"/> that tracks its timers, for tests that advance to the next one or wait until one is set. When the
/// clock passes several periods of a periodic timer, the timer fires once: tests advance by years, and a period may be seconds. Other
/// tests use <see cref="FakeTimeProvider"/> directly.
/// </summary>
public sealed class ManualTime() : FakeTimeProvider(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero))
{
    private readonly Lock _lock = new();
    private readonly List<TrackedTimer> _waiting = [];

    /// <summary>The number of timers that have not fired yet.</summary>
    public int WaitingTimers
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Advances the clock to the next timer, which fires.</summary>
    /// <returns>False when no timer is waiting.</returns>
    public bool AdvanceToNext()
    {
        TimeSpan left;
        lock (_lock)
        {
            if (_waiting.Count == 0)
            {
                return false;
            }

            left = _waiting.Min(timer => timer.Due) - GetUtcNow();
        }

        Advance(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        return true;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (TestTime.IsPause(dueTime, period))
        {
            return System.CreateTimer(callback, state, dueTime, period);
        }

        var timer = new TrackedTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private ITimer CreateFakeTimer(TimerCallback callback) =>
        base.CreateTimer(callback, state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    private sealed class TrackedTimer : ITimer
    {
        private readonly ManualTime _time;
        private readonly ITimer _timer;
        private TimeSpan _period;
        private bool _hasFired;
        private bool _isDisposed;

        public TrackedTimer(ManualTime time, TimerCallback callback, object? state)
        {
            _time = time;
            _timer = time.CreateFakeTimer(_ =>
            {
                OnFired();
                callback(state);
            });
        }

        public DateTimeOffset Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (_time._lock)
            {
                _time._waiting.Remove(this);
                _hasFired = false;
                _period = period;
                Due = _time.GetUtcNow() + dueTime;
            }

            // The timer is listed only after it is set, because a test that sees it may advance the clock at once. If it is due now, it
            // fires here.
            var result = _timer.Change(dueTime, Timeout.InfiniteTimeSpan);
            lock (_time._lock)
            {
                if (dueTime >= TimeSpan.Zero && !_hasFired && !_isDisposed)
                {
                    _time._waiting.Add(this);
                }
            }

            return result;
        }

        public void Dispose()
        {
            StopTracking();
            _timer.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            StopTracking();
            return _timer.DisposeAsync();
        }

        private void OnFired()
        {
            lock (_time._lock)
            {
                _hasFired = true;
                _time._waiting.Remove(this);
                if (_period <= TimeSpan.Zero || _isDisposed)
                {
                    return;
                }

                // The timer is due at the next multiple of its period.
                var now = _time.GetUtcNow();
                Due += _period * (((now - Due).Ticks / _period.Ticks) + 1);
                _timer.Change(Due - now, Timeout.InfiniteTimeSpan);
                _time._waiting.Add(this);
            }
        }

        private void StopTracking()
        {
            lock (_time._lock)
            {
                _isDisposed = true;
                _time._waiting.Remove(this);
            }
        }
    }
}
