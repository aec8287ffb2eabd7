namespace DeviceCode.Client.Tests;

/// <summary>
/// The clock of a machine that runs at a different speed than real time: its wall clock, its counter and its timers.
/// </summary>
internal sealed class FastClock(TimeProvider world, double speed) : TimeProvider
{
    private readonly DateTimeOffset _start = world.GetUtcNow();

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _start + ((world.GetUtcNow() - _start) * speed);

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        world.CreateTimer(
            callback, state, dueTime < TimeSpan.Zero ? dueTime : dueTime / speed, period < TimeSpan.Zero ? period : period / speed);
}
