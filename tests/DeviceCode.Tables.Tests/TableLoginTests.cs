namespace DeviceCode.Tables.Tests;

using Azure.Data.Tables;
using DeviceCode.Core.Devices;
using DeviceCode.Core.OAuth;
using DeviceCode.Testing;

public sealed class TableLoginTests(Azurite azurite) : LoginSuite, IAsyncLifetime
{
    private readonly TestTables _tables = TestTables.In(azurite);

    protected override IGrantStore Store => new TableGrantStore(_tables.Tables);

    protected override IDeviceAuthorizationStore Devices => new TableDeviceAuthorizationStore(_tables.Tables);

    public async ValueTask InitializeAsync() => await _tables.CreatedAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Listing_a_page_costs_1_and_ending_a_login_2()
    {
        var world = new OAuthWorld(Devices, Store);
        var alice = Some.User().Key;
        var tokens = await world.SignedInAsync();
        await world.SignedInAsync("bob");

        await CostsAsync(1, () => world.Logins.ListAsync(alice, null, CancellationToken.None));
        await CostsAsync(2, () => world.Logins.EndAsync(alice, tokens.GrantId, CancellationToken.None));
        await CostsAsync(1, () => world.Logins.EndAsync(alice, tokens.GrantId, CancellationToken.None));
        await CostsAsync(16, () => world.Logins.FindUsersAsync("tenant", "alice@example.com", CancellationToken.None));
    }

    [Fact]
    public async Task A_list_reads_one_range_of_one_partition()
    {
        var world = new OAuthWorld(Devices, Store);
        await world.SignedInAsync();
        await world.Logins.ListAsync(Some.User().Key, null, CancellationToken.None);

        var query = Uri.UnescapeDataString(_tables.Wire.Requests[^1]);
        Assert.Contains($"PartitionKey eq '{Some.User().Key[0]}' and RowKey gt 'user-{Some.User().Key}-'", query, StringComparison.Ordinal);
        Assert.Contains($"and RowKey lt 'user-{Some.User().Key}.'", query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_rows_of_an_ended_login_are_purged()
    {
        var world = new OAuthWorld(Devices, Store);
        var tokens = await world.SignedInAsync();
        await world.RefreshAsync(tokens.RefreshToken!);
        await world.Logins.EndAsync(Some.User().Key, tokens.GrantId, CancellationToken.None);

        world.Time.Advance(TimeSpan.FromHours(2) + TimeSpan.FromTicks(1));
        Assert.Equal(1, await world.Tokens.PurgeAsync(CancellationToken.None));

        world.Time.Advance(TimeSpan.FromDays(40));
        await world.Tokens.PurgeAsync(CancellationToken.None);
        Assert.Empty(await _tables.Tables.Grants.QueryAsync<TableEntity>().ToListAsync());
    }

    [Fact]
    public async Task An_end_whose_response_from_the_storage_was_lost_ends_the_login()
    {
        var world = new OAuthWorld(Devices, Store);
        var tokens = await world.SignedInAsync();

        _tables.Wire.LoseResponses(1, "batch");
        Assert.True(await world.Logins.EndAsync(Some.User().Key, tokens.GrantId, CancellationToken.None));

        Assert.Null(await world.IntrospectAsync(tokens.AccessToken));
    }

    // Rows of a version that did not store them have neither a time of creation nor a login row.
    [Fact]
    public async Task A_grant_of_an_older_version_is_not_listed_and_works()
    {
        var user = Some.User();
        var grant = NewGrant(user, DateTimeOffset.UtcNow) with { CreatedAt = null };
        await Store.AddAsync(grant, Some.DeviceOrigin, CancellationToken.None);
        var read = (await Store.FindAsync(grant.Id, CancellationToken.None))!;

        Assert.True(await Store.TryReplaceAsync(
            read with { LastExchange = new("spent", grant.PurgeAfter!.Value, "salt") }, Some.DeviceOrigin, CancellationToken.None));
        Assert.Empty((await Store.ListAsync(user.Key, null, DateTimeOffset.UtcNow, CancellationToken.None)).Logins);
        Assert.Equal(1, await Store.PurgeAsync(grant.PurgeAfter.Value.AddHours(1), CancellationToken.None));
    }

    private async Task CostsAsync(int requests, Func<Task> act) => Assert.Equal(requests, await _tables.Wire.CountAsync(act));
}
