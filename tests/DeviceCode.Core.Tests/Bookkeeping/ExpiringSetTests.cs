namespace DeviceCode.Core.Tests.Bookkeeping;

using DeviceCode.Core.Bookkeeping;

public sealed class ExpiringSetTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_key_is_added_once_until_it_expires()
    {
        var set = new ExpiringSet<string>(10);

        Assert.True(set.TryAdd("a", Noon.AddMinutes(1), Noon));
        Assert.False(set.TryAdd("a", Noon.AddMinutes(9), Noon.AddMinutes(1).AddTicks(-1)));
        Assert.True(set.TryAdd("a", Noon.AddMinutes(9), Noon.AddMinutes(1)));
        Assert.True(set.TryAdd("b", Noon.AddMinutes(9), Noon));
    }

    [Fact]
    public void A_full_set_drops_the_key_that_would_expire_first()
    {
        var set = new ExpiringSet<string>(1);
        set.TryAdd("a", Noon.AddMinutes(1), Noon);
        set.TryAdd("b", Noon.AddMinutes(2), Noon);

        Assert.False(set.TryAdd("b", Noon.AddMinutes(2), Noon));
        Assert.True(set.TryAdd("a", Noon.AddMinutes(3), Noon));
    }
}
