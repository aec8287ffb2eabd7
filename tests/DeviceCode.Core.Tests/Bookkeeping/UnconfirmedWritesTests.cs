namespace DeviceCode.Core.Tests.Bookkeeping;

using DeviceCode.Core.Bookkeeping;

public sealed class UnconfirmedWritesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private readonly UnconfirmedWrites<string, int> _writes = new();

    [Fact]
    public void A_write_is_taken_once()
    {
        _writes.Remember("a", 7, Noon.AddMinutes(1), Noon);

        Assert.True(_writes.TryTake("a", Noon, out var write));
        Assert.Equal(7, write);
        Assert.False(_writes.TryTake("a", Noon, out _));
    }

    [Fact]
    public void Other_writes_are_kept()
    {
        _writes.Remember("a", 1, Noon.AddMinutes(1), Noon);
        _writes.Remember("b", 2, Noon.AddMinutes(1), Noon);
        _writes.TryTake("a", Noon, out _);

        Assert.True(_writes.TryTake("b", Noon, out var write));
        Assert.Equal(2, write);
    }

    [Fact]
    public void A_write_is_remembered_until_its_time()
    {
        _writes.Remember("a", 1, Noon.AddMinutes(1), Noon);
        _writes.Remember("b", 2, Noon.AddMinutes(1), Noon);

        Assert.True(_writes.TryTake("a", Noon.AddMinutes(1).AddTicks(-1), out _));
        Assert.False(_writes.TryTake("b", Noon.AddMinutes(1), out _));
    }
}
