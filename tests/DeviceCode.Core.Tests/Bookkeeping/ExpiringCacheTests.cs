namespace DeviceCode.Core.Tests.Bookkeeping;

using DeviceCode.Core.Bookkeeping;

public sealed class ExpiringCacheTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_value_is_remembered_until_it_expires()
    {
        var cache = new ExpiringCache<string, int>(10);
        cache.Set("a", 1, Noon.AddMinutes(1), Noon);

        Assert.True(cache.TryGet("a", Noon.AddMinutes(1).AddTicks(-1), out var value));
        Assert.Equal(1, value);
        Assert.False(cache.TryGet("a", Noon.AddMinutes(1), out _));
    }

    [Fact]
    public void A_value_that_is_set_again_lives_on()
    {
        var cache = new ExpiringCache<string, int>(10);
        cache.Set("a", 1, Noon.AddMinutes(1), Noon);
        cache.Set("a", 2, Noon.AddMinutes(5), Noon);
        cache.Set("b", 3, Noon.AddMinutes(5), Noon.AddMinutes(2));

        Assert.True(cache.TryGet("a", Noon.AddMinutes(2), out var value));
        Assert.Equal(2, value);
    }

    /// <summary>An attacker who fills the cache cannot choose which entry makes room, by its age or by its expiry.</summary>
    [Fact]
    public void A_full_cache_drops_a_random_entry_and_never_the_new_one()
    {
        var dropped = new HashSet<int>();
        for (var round = 0; round < 1_000 && dropped.Count < 10; round++)
        {
            var cache = new ExpiringCache<int, int>(10);
            for (var key = 0; key <= 10; key++)
            {
                cache.Set(key, key, Noon.AddSeconds(1 + key), Noon);
            }

            Assert.True(cache.TryGet(10, Noon, out _));
            dropped.Add(Assert.Single(Enumerable.Range(0, 10), key => !cache.TryGet(key, Noon, out _)));
        }

        Assert.Equal(Enumerable.Range(0, 10), dropped.Order());
    }

    [Fact]
    public void It_never_grows_beyond_its_capacity()
    {
        var cache = new ExpiringCache<int, int>(100);
        for (var i = 0; i < 100_000; i++)
        {
            cache.Set(i % 257, i, Noon.AddSeconds((i * 7919) % 1000), Noon.AddMilliseconds(i));
            if (i % 3 == 0)
            {
                cache.Remove((i * 31) % 257);
            }

            Assert.True(cache.Count <= 100);
            Assert.True(cache.QueueLength <= (2 * 100) + 65);
        }
    }

    [Fact]
    public void An_expired_value_is_not_returned()
    {
        var cache = new ExpiringCache<string, int>(10);
        cache.Set("a", 1, Noon.AddMinutes(1), Noon);

        Assert.False(cache.TryGet("a", Noon.AddMinutes(1), out var value));
        Assert.Equal(0, value);
    }

    [Fact]
    public void A_value_is_dropped_from_memory_when_it_expires()
    {
        var cache = new ExpiringCache<string, int>(10);
        cache.Set("a", 1, Noon.AddMinutes(1), Noon);
        cache.Set("b", 2, Noon.AddMinutes(9), Noon.AddMinutes(1).AddTicks(-1));
        Assert.Equal(2, cache.Count);

        cache.Set("b", 3, Noon.AddMinutes(9), Noon.AddMinutes(1));
        Assert.Equal(1, cache.Count);
    }

    [Fact]
    public void A_value_that_was_removed_and_set_again_expires_at_its_new_time()
    {
        var cache = new ExpiringCache<string, int>(10);
        cache.Set("a", 1, Noon.AddMinutes(1), Noon);
        cache.Remove("a");
        Assert.False(cache.TryGet("a", Noon, out _));
        cache.Set("a", 2, Noon.AddMinutes(5), Noon);
        cache.Set("b", 3, Noon.AddMinutes(5), Noon.AddMinutes(2));

        Assert.True(cache.TryGet("a", Noon.AddMinutes(2), out _));
    }

    [Fact]
    public void The_queue_is_rebuilt_once_stale_items_outnumber_the_entries()
    {
        var cache = new ExpiringCache<string, int>(10);
        cache.Set("a", 1, Noon.AddMinutes(1), Noon);
        cache.Set("b", 1, Noon.AddMinutes(1), Noon);
        for (var i = 0; i < 68; i++)
        {
            cache.Set("c", i, Noon.AddMinutes(1), Noon);
        }

        // Twice the three entries, and 64.
        Assert.Equal(70, cache.QueueLength);
        cache.Set("c", 68, Noon.AddMinutes(1), Noon);
        Assert.Equal(3, cache.QueueLength);
        Assert.Equal(3, cache.Count);
    }
}
