namespace DeviceCode.Tables.Tests;

using DeviceCode.Core;
using DeviceCode.Core.Guesses;
using DeviceCode.Testing;

public sealed class TableWrongGuessStoreTests(Azurite azurite) : WrongGuessStoreSuite, IAsyncLifetime
{
    private readonly TestTables _tables = TestTables.In(azurite);

    protected override IWrongGuessStore Store => new TableWrongGuessStore(_tables.Tables);

    public async ValueTask InitializeAsync() => await _tables.CreatedAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_guess_whose_response_was_lost_counts_once()
    {
        _tables.Wire.LoseResponses(1);
        await Store.AddAsync(WrongGuess.By(Some.User(), Some.BrowserOrigin, DateTimeOffset.UnixEpoch), CancellationToken.None);

        Assert.Single(await Store.ReadAsync(DateTimeOffset.UnixEpoch, CancellationToken.None));
    }

    [Fact]
    public async Task A_missing_table_fails_the_ping()
    {
        var store = new TableWrongGuessStore(TestTables.In(azurite).Tables);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.PingAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_stored_guess_does_not_identify_the_person()
    {
        await Store.AddAsync(WrongGuess.By(Some.User(), Some.BrowserOrigin, DateTimeOffset.UnixEpoch), CancellationToken.None);

        var guess = Assert.Single(await Store.ReadAsync(DateTimeOffset.UnixEpoch, CancellationToken.None));
        Assert.Matches("^[0-9a-f]{64}$", guess.UserKey);
        Assert.Matches("^[0-9a-f]{64}$", guess.AddressKey);
    }
}
