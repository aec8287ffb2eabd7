namespace DeviceCode.Core.Tests.Bookkeeping;

using DeviceCode.Core.Bookkeeping;

/// <summary>The ticks at which an answer of a <see cref="SlidingWindow"/> changes.</summary>
public sealed class SlidingWindowEdgeTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    [Fact]
    public void An_event_counts_until_the_window_has_passed_and_not_a_tick_longer()
    {
        var window = new SlidingWindow(1, Minute, 10);
        window.TryAdd("a", Guid.NewGuid(), Noon);

        Assert.Equal(Tick, window.Check("a", Noon + Minute - Tick)?.RetryAfter);
        Assert.Null(window.Check("a", Noon + Minute));
        Assert.Null(window.TryAdd("a", Guid.NewGuid(), Noon + Minute));
    }

    [Fact]
    public void A_refusal_is_the_first_one_again_a_window_after_the_last_first_one()
    {
        var window = new SlidingWindow(1, Minute, 10);
        var second = TimeSpan.FromSeconds(1);
        window.TryAdd("a", Guid.NewGuid(), Noon);
        Assert.True(window.Check("a", Noon + second)!.IsFirst);
        window.TryAdd("a", Guid.NewGuid(), Noon + Minute);

        Assert.False(window.Check("a", Noon + second + Minute - Tick)!.IsFirst);
        Assert.True(window.Check("a", Noon + second + Minute)!.IsFirst);
        Assert.False(window.Check("a", Noon + second + Minute)!.IsFirst);
    }

    [Fact]
    public void An_event_from_elsewhere_that_is_a_tick_younger_than_the_window_counts()
    {
        var window = new SlidingWindow(1, Minute, 10);
        window.Import("a", Guid.NewGuid(), Noon - Minute + Tick, Noon);

        Assert.Equal(Tick, window.Check("a", Noon)?.RetryAfter);
    }

    [Fact]
    public void An_event_from_elsewhere_counts_although_the_limit_is_reached()
    {
        var window = new SlidingWindow(1, Minute, 10);
        window.TryAdd("a", Guid.NewGuid(), Noon);
        window.Import("a", Guid.NewGuid(), Noon + Tick, Noon + Tick);

        Assert.Equal(Minute, window.Check("a", Noon + Tick)?.RetryAfter);
    }

    [Fact]
    public void Only_the_event_that_is_taken_back_stops_counting()
    {
        var window = new SlidingWindow(2, Minute, 10);
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        window.TryAdd("a", first, Noon);
        window.TryAdd("a", second, Noon + Tick);
        window.Remove("a", first, Noon + Tick);
        window.TryAdd("a", Guid.NewGuid(), Noon + Tick + Tick);

        // The older one of the two that count is the second.
        Assert.Equal(Minute - Tick, window.Check("a", Noon + Tick + Tick)?.RetryAfter);
    }

    [Fact]
    public void A_full_window_forgets_the_key_whose_events_and_refusals_end_first()
    {
        var window = new SlidingWindow(1, Minute, 1);
        window.TryAdd("a", Guid.NewGuid(), Noon);
        window.TryAdd("b", Guid.NewGuid(), Noon + Tick);

        Assert.Null(window.Check("a", Noon + Tick));
        Assert.NotNull(window.Check("b", Noon + Tick));
    }
}
