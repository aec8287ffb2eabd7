namespace DeviceCode.Testing;

using DeviceCode.Core.Guesses;

/// <summary>Tests of every <see cref="IWrongGuessStore"/>. The tests of each adapter derive from it.</summary>
public abstract class WrongGuessStoreSuite
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    protected abstract IWrongGuessStore Store { get; }

    [Fact]
    public async Task Guesses_are_read_from_a_point_in_time()
    {
        var guesses = Enumerable.Range(0, 5).Select(minute => Guess(Noon.AddMinutes(minute))).ToList();
        foreach (var guess in guesses)
        {
            await Store.AddAsync(guess, None);
        }

        Assert.Equal(guesses[2..], (await Store.ReadAsync(Noon.AddMinutes(2), None)).OrderBy(guess => guess.At));
        Assert.Equal(guesses[3..], (await Store.ReadAsync(Noon.AddMinutes(2).AddTicks(1), None)).OrderBy(guess => guess.At));
        Assert.Empty(await Store.ReadAsync(Noon.AddMinutes(5), None));
    }

    [Fact]
    public async Task Guesses_of_the_same_moment_are_all_kept()
    {
        for (var i = 0; i < 10; i++)
        {
            await Store.AddAsync(Guess(Noon), None);
        }

        Assert.Equal(10, (await Store.ReadAsync(Noon, None)).DistinctBy(guess => guess.Id).Count());
    }

    [Fact]
    public async Task A_purge_deletes_only_old_guesses()
    {
        for (var i = 0; i < 230; i++)
        {
            await Store.AddAsync(Guess(Noon.AddSeconds(-1 - i)), None);
        }

        await Store.AddAsync(Guess(Noon), None);

        Assert.Equal(230, await Store.PurgeAsync(Noon, None));
        Assert.Single(await Store.ReadAsync(Noon.AddDays(-1), None));
        Assert.Equal(0, await Store.PurgeAsync(Noon, None));
    }

    [Fact]
    public Task A_ping_succeeds() => Store.PingAsync(None);

    private static WrongGuess Guess(DateTimeOffset at) => WrongGuess.By(Some.User(), Some.BrowserOrigin, at);
}
