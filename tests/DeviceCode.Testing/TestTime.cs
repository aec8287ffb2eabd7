namespace DeviceCode.Testing;

using Microsoft.Extensions.Time.Testing;

/// <summary>
/// A clock that only the test advances, from a time later than that of any real storage. Pauses of less than a second, like those between
/// two storage requests, pass in real time: they need no test to advance the clock.
/// </summary>
public sealed class TestTime() : FakeTimeProvider(new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero))
{
    /// <summary>Whether a timer is for such a pause.</summary>
    public static bool IsPause(TimeSpan dueTime, TimeSpan period) =>
        dueTime > TimeSpan.Zero && dueTime < TimeSpan.FromSeconds(1) && period == Timeout.InfiniteTimeSpan;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        IsPause(dueTime, period)
            ? System.CreateTimer(callback, state, dueTime, period)
            : base.CreateTimer(callback, state, dueTime, period);
}
