namespace DeviceCode.Core.Tests.Bookkeeping;

using DeviceCode.Core.Bookkeeping;
using FsCheck;
using FsCheck.Fluent;

public sealed class SlidingWindowTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void No_stretch_as_long_as_the_window_has_more_events_than_the_limit() => Prop.ForAll(
        Gen.Choose(0, 30).ListOf(200).ToArbitrary(),
        steps =>
        {
            var window = new SlidingWindow(3, Minute, 10);
            var (now, counted) = (Noon, new List<DateTimeOffset>());
            foreach (var seconds in steps)
            {
                now = now.AddSeconds(seconds);
                if (window.TryAdd("key", Guid.NewGuid(), now) is not { RetryAfter: var retryAfter })
                {
                    counted.Add(now);
                }
                else if (retryAfter <= TimeSpan.Zero || counted[^3] + Minute != now + retryAfter)
                {
                    return false;
                }
            }

            return counted.Skip(3).Zip(counted).All(pair => pair.First - pair.Second >= Minute);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Keys_are_counted_separately()
    {
        var window = new SlidingWindow(1, Minute, 10);
        Assert.Null(window.TryAdd("a", Guid.NewGuid(), Noon));
        Assert.Null(window.TryAdd("b", Guid.NewGuid(), Noon));
        Assert.NotNull(window.TryAdd("a", Guid.NewGuid(), Noon));
    }

    [Fact]
    public void An_event_that_is_taken_back_makes_room()
    {
        var window = new SlidingWindow(1, Minute, 10);
        var id = Guid.NewGuid();
        window.TryAdd("a", id, Noon);
        window.Remove("a", id, Noon);

        Assert.Null(window.TryAdd("a", Guid.NewGuid(), Noon));
    }

    [Fact]
    public void Events_from_elsewhere_count_once_each_and_only_while_they_are_recent()
    {
        var window = new SlidingWindow(2, Minute, 10);
        var id = Guid.NewGuid();
        window.Import("a", id, Noon, Noon);
        window.Import("a", id, Noon, Noon);
        window.Import("a", Guid.NewGuid(), Noon - Minute, Noon);

        Assert.Null(window.TryAdd("a", Guid.NewGuid(), Noon));
        Assert.NotNull(window.TryAdd("a", Guid.NewGuid(), Noon));
    }

    [Fact]
    public void With_more_events_than_the_limit_the_next_is_allowed_once_enough_of_them_have_passed()
    {
        var window = new SlidingWindow(2, Minute, 10);
        for (var second = 4; second >= 0; second--)
        {
            window.Import("a", Guid.NewGuid(), Noon.AddSeconds(second), Noon.AddSeconds(5));
        }

        var refusal = window.TryAdd("a", Guid.NewGuid(), Noon.AddSeconds(5));
        Assert.Equal(TimeSpan.FromSeconds(58), refusal?.RetryAfter);
        Assert.Null(window.TryAdd("a", Guid.NewGuid(), Noon.AddSeconds(5) + refusal!.RetryAfter));
    }

    [Fact]
    public void Of_many_refusals_one_in_each_window_is_the_first_one()
    {
        var window = new SlidingWindow(2, Minute, 10);
        var (firsts, refusals) = (0, 0);
        for (var second = 0; second < 600; second++)
        {
            var now = Noon.AddSeconds(second);
            foreach (var refusal in new[] { window.TryAdd("a", Guid.NewGuid(), now), window.Check("a", now) })
            {
                refusals += refusal is null ? 0 : 1;
                firsts += refusal is { IsFirst: true } ? 1 : 0;
            }
        }

        // A refusal is still not the first one when the events that led to the first one have left the window.
        var other = new SlidingWindow(1, Minute, 10);
        other.TryAdd("a", Guid.NewGuid(), Noon);
        Assert.True(other.Check("a", Noon.AddSeconds(59))!.IsFirst);
        other.TryAdd("a", Guid.NewGuid(), Noon.AddSeconds(60));
        Assert.False(other.Check("a", Noon.AddSeconds(61))!.IsFirst);

        Assert.Equal(10, firsts);
        Assert.True(refusals > 1_000, $"{refusals}");
        Assert.Null(window.Check("b", Noon));
    }
}
