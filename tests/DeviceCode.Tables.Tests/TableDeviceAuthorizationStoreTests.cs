namespace DeviceCode.Tables.Tests;

using Azure.Data.Tables;
using DeviceCode.Core;
using DeviceCode.Core.Devices;
using DeviceCode.Testing;

public sealed class TableDeviceAuthorizationStoreTests(Azurite azurite) : DeviceAuthorizationStoreSuite, IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly TestTables _tables = TestTables.In(azurite);

    protected override IDeviceAuthorizationStore Store => new TableDeviceAuthorizationStore(_tables.Tables);

    public async ValueTask InitializeAsync() => await _tables.CreatedAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_claim_whose_response_was_lost_still_wins()
    {
        var pending = await AddedAsync();

        _tables.Wire.LoseResponses(1);
        var claim = Some.Claim();
        Assert.Equal(claim, await Store.ClaimAsync(pending, claim, None) with { Version = null });
        Assert.Equal(claim, await Store.ClaimAsync(pending, Some.Claim(), None) with { Version = null });
    }

    [Fact]
    public async Task A_decision_whose_response_was_lost_still_counts()
    {
        var pending = await AddedAsync();
        var decision = Some.Decision(approved: false);

        _tables.Wire.LoseResponses(1);
        Assert.True(await Store.TryDecideAsync(pending, decision, None));
        Assert.Equal(decision.Id, (await Store.FindAsync(pending.UserCode, None))!.Decision!.Id);
    }

    [Fact]
    public async Task When_all_responses_are_lost_the_storage_is_unavailable_and_the_next_poll_completes()
    {
        var time = new TestTime();
        var service = Some.Service(Store, time: time);
        var issued = await service.IssueAsync();
        await service.DecideAsync(issued.Authorization.UserCode.Reveal());

        _tables.Wire.LoseResponses(3);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => service.PollAsync(issued.DeviceCode));
        time.Advance(TimeSpan.FromSeconds(8));
        Assert.IsType<PollResult.Complete>(await service.PollAsync(issued.DeviceCode));
        Assert.IsType<PollResult.AlreadyUsed>(await service.PollAsync(issued.DeviceCode));
    }

    [Fact]
    public async Task Issuing_returns_a_code_that_works_even_when_a_response_from_the_storage_was_lost()
    {
        var service = Some.Service(Store);

        _tables.Wire.LoseResponses(1);
        var issued = await service.IssueAsync();

        Assert.IsType<PollResult.Pending>(await service.PollAsync(issued.DeviceCode));
    }

    [Fact]
    public async Task A_column_that_a_newer_version_adds_survives_a_decision_and_a_claim()
    {
        var service = Some.Service(Store, time: new TestTime());
        var issued = await service.IssueAsync();
        var table = _tables.Tables.DeviceAuthorizations;
        var row = await table.QueryAsync<TableEntity>().SingleAsync();
        row["Added"] = "by a newer version";
        await table.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace);

        Assert.IsType<DecideResult.Decided>(await service.DecideAsync(issued.Authorization.UserCode.Reveal()));
        Assert.IsType<PollResult.Complete>(await service.PollAsync(issued.DeviceCode));

        TableEntity kept = await table.GetEntityAsync<TableEntity>(row.PartitionKey, row.RowKey);
        Assert.Equal("by a newer version", kept.GetString("Added"));
    }

    [Fact]
    public async Task Neither_rows_nor_URLs_contain_a_code()
    {
        var service = Some.Service(Store, new TableWrongGuessStore(_tables.Tables));
        var issued = await service.IssueAsync();
        await service.PollAsync(issued.DeviceCode);
        await service.InspectAsync(issued.Authorization.UserCode.Reveal());
        await service.DecideAsync(issued.Authorization.UserCode.Reveal());
        await service.PollAsync(issued.DeviceCode);
        await service.InspectAsync("BBBB-BBBB");

        var rows = new List<string>();
        foreach (var table in new[] { _tables.Tables.DeviceAuthorizations, _tables.Tables.WrongGuesses })
        {
            await foreach (var row in table.QueryAsync<Azure.Data.Tables.TableEntity>(cancellationToken: None))
            {
                rows.Add(string.Join('\n', row.Select(property => $"{property.Key}={property.Value}")));
            }
        }

        Assert.Equal(3, rows.Count); // the authorization, its claim, a wrong guess
        string[] secrets =
        [
            issued.DeviceCode.Reveal(),
            issued.DeviceCode.Reveal()[10..],
            issued.Authorization.UserCode.Reveal(),
            issued.Authorization.UserCode.RevealLetters(),
        ];
        Assert.All(
            rows.Concat(_tables.Wire.Requests),
            text => Assert.DoesNotContain(secrets, secret => text.Contains(secret, StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public async Task A_purge_deletes_in_batches()
    {
        var purgeAfter = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await Racing.RunAsync(400, _ => Store.TryAddAsync(Some.Authorization(Some.NewDeviceCode()) with { PurgeAfter = purgeAfter }, None));

        var requests = await _tables.Wire.CountAsync(async () => Assert.Equal(400, await Store.PurgeAsync(purgeAfter.AddDays(1), None)));

        // A query and a transaction for each of the 16 partitions.
        Assert.InRange(requests, 17, 32);
    }

    [Fact]
    public async Task What_two_concurrent_purges_leave_a_third_one_deletes()
    {
        var purgeAfter = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await Racing.RunAsync(100, _ => Store.TryAddAsync(Some.Authorization(Some.NewDeviceCode()) with { PurgeAfter = purgeAfter }, None));

        await Racing.RunAsync(2, _ => Store.PurgeAsync(purgeAfter.AddDays(1), None));
        await Store.PurgeAsync(purgeAfter.AddDays(1), None);

        Assert.Equal(0, await Store.PurgeAsync(purgeAfter.AddDays(1), None));
    }

    [Fact]
    public async Task A_missing_table_fails_the_ping_and_every_write()
    {
        var store = new TableDeviceAuthorizationStore(TestTables.In(azurite).Tables);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.PingAsync(None));
        var authorization = Some.Authorization(Some.NewDeviceCode());
        var fault = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.TryAddAsync(authorization, None));
        Assert.DoesNotContain('\n', fault.Message);
    }

    [Fact]
    public async Task An_unreachable_storage_throws_StoreUnavailableException()
    {
        var tables = TestTables.Unreachable().Tables;
        var store = new TableDeviceAuthorizationStore(tables);
        var authorization = Some.Authorization(Some.NewDeviceCode()) with { Version = "W/\"x\"" };

        await Assert.ThrowsAsync<StoreUnavailableException>(() => tables.CreateAsync(None));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.PingAsync(None));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.TryAddAsync(authorization, None));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.FindAsync(authorization.UserCode, None));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.TryDecideAsync(authorization, Some.Decision(), None));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.ClaimAsync(authorization, Some.Claim(), None));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.PurgeAsync(DateTimeOffset.UnixEpoch, None));
    }

    [Fact]
    public async Task A_cancelled_request_throws_OperationCanceledException() =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Store.FindAsync(UserCode.Generate(8), new CancellationToken(canceled: true)));

    private async Task<DeviceAuthorization> AddedAsync()
    {
        var authorization = Some.Authorization(Some.NewDeviceCode());
        await Store.TryAddAsync(authorization, None);
        return (await Store.FindAsync(authorization.UserCode, None))!;
    }
}
