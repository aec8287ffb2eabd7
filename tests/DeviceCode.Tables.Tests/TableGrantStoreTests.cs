namespace DeviceCode.Tables.Tests;

using DeviceCode.Core;
using DeviceCode.Core.Devices;
using DeviceCode.Core.OAuth;
using DeviceCode.Testing;

public sealed class TableGrantStoreTests(Azurite azurite) : GrantStoreSuite, IAsyncLifetime
{
    private readonly TestTables _tables = TestTables.In(azurite);

    protected override IGrantStore Store => new TableGrantStore(_tables.Tables);

    protected override IDeviceAuthorizationStore Devices => new TableDeviceAuthorizationStore(_tables.Tables);

    public async ValueTask InitializeAsync() => await _tables.CreatedAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("DeviceAuthorizations", 1)]
    [InlineData("DeviceAuthorizations", 2)]
    [InlineData("batch", 1)]
    [InlineData("batch", 2)]
    public async Task A_redemption_whose_responses_from_the_storage_were_lost_returns_the_tokens(string table, int answers)
    {
        var world = new OAuthWorld(Devices, Store);
        var code = await world.ApprovedAsync();

        _tables.Wire.LoseResponses(answers, table);
        var issued = Assert.IsType<TokenResult.Issued>(await world.RedeemAsync(code));

        Assert.NotNull(await world.IntrospectAsync(issued.AccessToken));
    }

    [Theory]
    [InlineData("DeviceAuthorizations")]
    [InlineData("batch")]
    public async Task When_all_responses_are_lost_the_next_poll_gets_the_tokens(string table)
    {
        var world = new OAuthWorld(Devices, Store);
        var code = await world.ApprovedAsync();

        _tables.Wire.LoseResponses(3, table);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => world.RedeemAsync(code));

        world.Time.Advance(TimeSpan.FromSeconds(8));
        Assert.IsType<TokenResult.Issued>(await world.RedeemAsync(code));
        Assert.IsType<TokenResult.Refused>(await world.RedeemAsync(code));
    }

    [Fact]
    public async Task A_refresh_whose_response_from_the_storage_was_lost_returns_the_new_tokens()
    {
        var world = new OAuthWorld(Devices, Store);
        var first = Assert.IsType<TokenResult.Issued>(await world.RedeemAsync(await world.ApprovedAsync()));

        _tables.Wire.LoseResponses(1);
        var second = Assert.IsType<TokenResult.Issued>(await world.RefreshAsync(first.RefreshToken!));

        Assert.IsType<TokenResult.Issued>(await world.RefreshAsync(second.RefreshToken!));
    }

    [Fact]
    public async Task Redeeming_costs_3_and_its_confirmation_1_refreshing_2_introspecting_and_a_pending_poll_1_and_revoking_2()
    {
        var world = new OAuthWorld(Devices, Store);
        (DeviceCode DeviceCode, string UserCode) login = default;
        await CostsAsync(1, async () => login = await world.IssueAsync());
        await CostsAsync(1, () => world.RedeemAsync(login.DeviceCode));
        await CostsAsync(0, () => world.RedeemAsync(login.DeviceCode));
        await world.Devices.DecideAsync(login.UserCode!);

        TokenResult.Issued tokens = null!;
        await CostsAsync(3, async () => tokens = Assert.IsType<TokenResult.Issued>(
            await world.Tokens.RedeemAsync(world.Client, login.DeviceCode, null, CancellationToken.None)));
        await CostsAsync(1, () => world.Tokens.ConfirmAsync(tokens, CancellationToken.None));
        await CostsAsync(2, async () => tokens = Assert.IsType<TokenResult.Issued>(await world.RefreshAsync(tokens.RefreshToken!)));
        await CostsAsync(1, () => world.IntrospectAsync(tokens.AccessToken));
        await CostsAsync(2, () => world.RevokeAsync(tokens.RefreshToken!));
        await CostsAsync(0, () => world.Tokens.IntrospectAsync("no token of ours", CancellationToken.None));
    }

    [Fact]
    public async Task A_repeated_redemption_costs_4_and_with_the_verifier_gets_the_tokens()
    {
        var world = new OAuthWorld(Devices, Store);
        var code = await world.ApprovedAsync(challenge: OAuthWorld.Challenge);
        await CostsAsync(3, () => world.RedeemAsync(code, OAuthWorld.Verifier)); // and no confirmation

        await CostsAsync(4, async () => Assert.IsType<TokenResult.Issued>(await world.RedeemAsync(code, OAuthWorld.Verifier)));
    }

    [Fact]
    public async Task Rows_contain_no_token()
    {
        var world = new OAuthWorld(Devices, Store);
        var first = Assert.IsType<TokenResult.Issued>(await world.RedeemAsync(await world.ApprovedAsync()));
        var second = Assert.IsType<TokenResult.Issued>(await world.RefreshAsync(first.RefreshToken!));

        var rows = new List<string>();
        await foreach (var row in _tables.Tables.Grants.QueryAsync<Azure.Data.Tables.TableEntity>())
        {
            rows.Add(string.Join('\n', row.Select(property => $"{property.Key}={property.Value}")));
        }

        Assert.Equal(4, rows.Count); // the grant, the index row of its end, the login row and the mail row
        var text = string.Join('\n', rows);
        var tokens = new[] { first.AccessToken, first.RefreshToken!, second.AccessToken, second.RefreshToken! };
        Assert.All(tokens, token =>
        {
            Assert.DoesNotContain(token.Reveal(), text, StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToHexString(token.Secret), text, StringComparison.OrdinalIgnoreCase);
        });
    }

    [Fact]
    public async Task A_purge_reads_only_the_grants_that_may_have_ended()
    {
        var ended = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await Racing.RunAsync(32, _ => Store.AddAsync(NewGrant() with { PurgeAfter = ended }, Some.DeviceOrigin, CancellationToken.None));
        await Racing.RunAsync(64, _ =>
            Store.AddAsync(NewGrant() with { PurgeAfter = ended.AddYears(1) }, Some.DeviceOrigin, CancellationToken.None));

        // A range query for each partition, a read for each ended grant, and a transaction for each partition that has one.
        var requests = await _tables.Wire.CountAsync(
            async () => Assert.Equal(32, await Store.PurgeAsync(ended.AddDays(1), CancellationToken.None)));

        Assert.InRange(requests, 16 + 32 + 1, 16 + 32 + 16);
        Assert.All(
            _tables.Wire.Requests.TakeLast(requests).Where(request => request.Contains("filter", StringComparison.Ordinal)),
            query => Assert.Contains("RowKey", query, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_grant_whose_end_has_moved_is_purged_at_its_new_end()
    {
        var world = new OAuthWorld(Devices, Store);
        var first = Assert.IsType<TokenResult.Issued>(await world.RedeemAsync(await world.ApprovedAsync()));
        world.Time.Advance(TimeSpan.FromDays(29));
        var second = Assert.IsType<TokenResult.Issued>(await world.RefreshAsync(first.RefreshToken!));

        world.Time.Advance(TimeSpan.FromDays(2));
        Assert.Equal(0, await world.Tokens.PurgeAsync(CancellationToken.None));
        Assert.NotNull(await world.IntrospectAsync(second.RefreshToken!));

        world.Time.Advance(TimeSpan.FromDays(29));
        Assert.Equal(1, await world.Tokens.PurgeAsync(CancellationToken.None));
        Assert.Empty(await _tables.Tables.Grants.QueryAsync<Azure.Data.Tables.TableEntity>().ToListAsync());
    }

    [Fact]
    public async Task A_revoked_grant_is_purged_two_hours_later_and_its_first_index_row_at_its_time()
    {
        var world = new OAuthWorld(Devices, Store);
        var tokens = Assert.IsType<TokenResult.Issued>(await world.RedeemAsync(await world.ApprovedAsync()));
        await world.RevokeAsync(tokens.RefreshToken!);

        world.Time.Advance(TimeSpan.FromHours(2) + TimeSpan.FromTicks(1));
        Assert.Equal(1, await world.Tokens.PurgeAsync(CancellationToken.None));
        Assert.Single(await _tables.Tables.Grants.QueryAsync<Azure.Data.Tables.TableEntity>().ToListAsync());

        world.Time.Advance(TimeSpan.FromDays(31));
        Assert.Equal(0, await world.Tokens.PurgeAsync(CancellationToken.None));
        Assert.Empty(await _tables.Tables.Grants.QueryAsync<Azure.Data.Tables.TableEntity>().ToListAsync());
    }

    [Fact]
    public async Task A_grant_with_two_index_rows_that_are_due_is_deleted_once()
    {
        var world = new OAuthWorld(Devices, Store);
        var tokens = Assert.IsType<TokenResult.Issued>(await world.RedeemAsync(await world.ApprovedAsync()));
        await world.RevokeAsync(tokens.RefreshToken!);

        world.Time.Advance(TimeSpan.FromDays(60));
        Assert.Equal(1, await world.Tokens.PurgeAsync(CancellationToken.None));
        Assert.Equal(0, await world.Tokens.PurgeAsync(CancellationToken.None));
        Assert.Empty(await _tables.Tables.Grants.QueryAsync<Azure.Data.Tables.TableEntity>().ToListAsync());
    }

    [Fact]
    public async Task A_purge_that_has_no_more_time_keeps_what_it_has_deleted()
    {
        using var over = new CancellationTokenSource();
        await over.CancelAsync();

        Assert.Equal(0, await Store.PurgeAsync(DateTimeOffset.UnixEpoch, over.Token));
    }

    [Fact]
    public async Task What_a_newer_version_adds_to_a_row_survives_a_refresh_a_repeated_refresh_and_a_revocation()
    {
        const string Added = "\"Added\":{\"a\":[1]}";
        var world = new OAuthWorld(Devices, Store);
        var first = Assert.IsType<TokenResult.Issued>(await world.RedeemAsync(await world.ApprovedAsync()));
        var table = _tables.Tables.Grants;
        var row = await RowAsync();
        row["Added"] = "by a newer version";
        row["AddedCount"] = 7L;
        row["AddedAt"] = new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
        row["AddedBytes"] = new byte[] { 1, 2, 3 };
        row["AccessTokens"] = row.GetString("AccessTokens")!.Replace("\"Hash\"", Added + ",\"Hash\"", StringComparison.Ordinal);
        await table.UpdateEntityAsync(row, row.ETag, Azure.Data.Tables.TableUpdateMode.Replace);

        var second = Assert.IsType<TokenResult.Issued>(await world.RefreshAsync(first.RefreshToken!));
        await IsKeptAsync(tokens: 1);
        await world.RevokeAsync(second.AccessToken);
        await IsKeptAsync(tokens: 1);
        Assert.IsType<TokenResult.Issued>(await world.RefreshAsync(first.RefreshToken!));
        await IsKeptAsync(tokens: 1);
        await world.RevokeAsync(second.RefreshToken!);
        await IsKeptAsync(tokens: 0);
        Assert.Null((await RowAsync()).GetString("RefreshTokenHash"));

        async Task IsKeptAsync(int tokens)
        {
            var kept = await RowAsync();
            Assert.Equal(("by a newer version", 7L), (kept.GetString("Added"), kept.GetInt64("AddedCount")));
            Assert.Equal(row["AddedAt"], kept["AddedAt"]);
            Assert.Equal([1, 2, 3], kept.GetBinary("AddedBytes"));
            Assert.Equal(tokens, kept.GetString("AccessTokens")!.Split(Added).Length - 1);
        }

        async Task<Azure.Data.Tables.TableEntity> RowAsync()
        {
            var (partitionKey, rowKey) = (first.GrantId.ToString("N")[..1], first.GrantId.ToString("N"));
            return await table.GetEntityAsync<Azure.Data.Tables.TableEntity>(partitionKey, rowKey);
        }
    }

    [Fact]
    public async Task An_unreachable_storage_throws_StoreUnavailableException()
    {
        var store = new TableGrantStore(TestTables.Unreachable().Tables);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.FindAsync(Guid.NewGuid(), CancellationToken.None));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.PingAsync(CancellationToken.None));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.PurgeAsync(DateTimeOffset.UnixEpoch, CancellationToken.None));
    }

    private async Task CostsAsync(int requests, Func<Task> step) => Assert.Equal(requests, await _tables.Wire.CountAsync(step));
}
