namespace DeviceCode.Core.Tests.Devices;

using DeviceCode.Core.Devices;
using DeviceCode.Testing;

public sealed class PollPacerTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Earliest = Interval - TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    private readonly PollPacer _pacer = new();
    private readonly DeviceAuthorization _pending = Some.Authorization(Some.NewDeviceCode(), Noon);

    [Fact]
    public void A_code_that_has_not_been_polled_is_not_throttled()
    {
        Assert.Null(IntervalAt(Noon));
        Assert.Null(IntervalAt(Noon));
    }

    [Fact]
    public void A_poll_is_let_through_half_a_second_before_the_interval_ends_and_not_a_tick_earlier()
    {
        _pacer.Remember(_pending, Noon);

        Assert.NotNull(IntervalAt(Noon + Earliest - Tick));
        Assert.Null(IntervalAt(Noon + Earliest));
    }

    [Fact]
    public void The_next_interval_begins_with_the_poll_that_was_let_through()
    {
        _pacer.Remember(_pending, Noon);
        var second = Noon.AddSeconds(9);
        Assert.Null(IntervalAt(second));

        Assert.NotNull(IntervalAt(second + Earliest - Tick));
        Assert.Null(IntervalAt(second + Earliest));
    }

    [Fact]
    public void A_throttled_poll_does_not_delay_the_next_one()
    {
        _pacer.Remember(_pending, Noon);
        Assert.NotNull(IntervalAt(Noon + Earliest - Tick));

        Assert.Null(IntervalAt(Noon + Earliest));
    }

    [Fact]
    public void The_reported_interval_keeps_growing_after_a_poll_that_was_let_through()
    {
        _pacer.Remember(_pending, Noon);
        Assert.Equal(TimeSpan.FromSeconds(10), IntervalAt(Noon));
        Assert.Null(IntervalAt(Noon + Interval));
        _pacer.Remember(_pending, Noon + Interval);

        Assert.Equal(TimeSpan.FromSeconds(15), IntervalAt(Noon + Interval));
    }

    [Theory]
    [InlineData(54, 59)]
    [InlineData(55, 60)]
    [InlineData(56, 60)]
    [InlineData(60, 60)]
    public void The_reported_interval_is_at_most_a_minute(int interval, int reported)
    {
        _pacer.Remember(_pending with { Interval = TimeSpan.FromSeconds(interval) }, Noon);

        Assert.Equal(TimeSpan.FromSeconds(reported), IntervalAt(Noon));
    }

    [Fact]
    public void Codes_are_paced_separately()
    {
        _pacer.Remember(_pending, Noon);

        Assert.False(_pacer.TryThrottle(Some.NewDeviceCode().Hash(), Noon, out _));
        Assert.NotNull(IntervalAt(Noon));
    }

    [Fact]
    public void A_forgotten_code_is_not_throttled()
    {
        _pacer.Remember(_pending, Noon);
        _pacer.Forget(_pending.DeviceCodeHash);

        Assert.Null(IntervalAt(Noon));
    }

    [Fact]
    public void A_code_is_paced_until_it_expires()
    {
        var last = _pending.ExpiresAt - Tick;
        _pacer.Remember(_pending, last);

        Assert.NotNull(IntervalAt(last));
        Assert.Null(IntervalAt(_pending.ExpiresAt));
    }

    /// <summary>Returns the interval that a throttled poll reports; null when the poll is let through.</summary>
    private TimeSpan? IntervalAt(DateTimeOffset now) =>
        _pacer.TryThrottle(_pending.DeviceCodeHash, now, out var interval) ? interval : null;
}
