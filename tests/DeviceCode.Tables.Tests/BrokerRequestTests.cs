namespace DeviceCode.Tables.Tests;

using DeviceCode.Core.Broker;
using DeviceCode.Testing;

/// <summary>The number of storage requests and alarms of each operation of the broker: they determine what it costs to run.</summary>
public sealed class BrokerRequestTests(Azurite azurite) : IAsyncLifetime
{
    private readonly TestTables _tables = TestTables.In(azurite);
    private BrokerWorld _world = null!;

    public async ValueTask InitializeAsync()
    {
        await _tables.CreatedAsync();
        _world = new BrokerWorld(new TableCredentialStore(_tables.Tables));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Making_costs_2_and_1_alarm_and_with_a_new_session_1()
    {
        await CostsAsync(2, 1, () => _world.PutAsync());
        await CostsAsync(1, 1, () => _world.PutAsync(new CredentialOwner.OfSession(CredentialSession.Create(), IsNew: true)));
        var import = BrokerWorld.NewRequest("import", "refresh_token") with
        {
            ProviderId = BrokerWorld.Name,
            RefreshToken = _world.Upstream.NewRefreshToken(),
        };
        await CostsAsync(3, 0, () => _world.PutAsync(request: import));
        var browser = BrokerWorld.NewRequest("browser", "authorization_code") with { ProviderId = BrokerWorld.Name };
        await CostsAsync(2, 0, () => _world.PutAsync(request: browser));
    }

    [Fact]
    public async Task A_pending_read_costs_1_and_a_due_one_2_and_a_completing_one_3()
    {
        await _world.PutAsync();
        await CostsAsync(1, 0, () => _world.ReadAsync());
        _world.Time.Advance(TimeSpan.FromSeconds(6));
        await CostsAsync(2, 0, () => _world.ReadAsync());
        _world.Upstream.Approve();
        _world.Time.Advance(TimeSpan.FromSeconds(6));
        await CostsAsync(3, 0, () => _world.ReadAsync());
    }

    [Fact]
    public async Task A_ready_read_costs_1_and_a_refresh_3_and_a_deletion_2()
    {
        await _world.SignInAsync();
        await CostsAsync(1, 0, () => _world.ReadAsync());
        _world.Time.Advance(TimeSpan.FromHours(2));
        await CostsAsync(3, 0, () => _world.ReadAsync());
        await CostsAsync(1, 0, () => _world.Broker.ListAsync(_world.Alice, CancellationToken.None));
        await CostsAsync(2, 0, () => _world.DeleteAsync());
        await CostsAsync(1, 0, () => _world.ReadAsync());
    }

    /// <summary>Beside these, the queue has a request to receive a message, and one to delete it.</summary>
    [Fact]
    public async Task A_step_without_a_reader_costs_2_and_1_alarm()
    {
        await _world.PutAsync();
        _world.Time.Advance(TimeSpan.FromSeconds(7));
        var alarm = _world.Alarms.Single().Alarm.Write()!;
        await CostsAsync(2, 1, () => _world.Broker.HandleAlarmAsync(alarm, CancellationToken.None));
    }

    [Fact]
    public async Task No_URL_contains_a_name_an_account_a_code_or_a_token()
    {
        await _world.SignInAsync();
        var session = CredentialSession.Create();
        await _world.SignInAsync(new CredentialOwner.OfSession(session, IsNew: true));
        _world.Time.Advance(TimeSpan.FromHours(2));
        await _world.ReadAsync();
        await _world.Broker.ListAsync(_world.Alice, CancellationToken.None);
        await _world.DeleteAsync();

        var secrets = new LeakSearch(
            BrokerWorld.Name, "alice", "access-", "device-", "USER-", session.Reveal()[4..], _world.Alice.Person.Subject);
        Assert.NotEmpty(_tables.Wire.Requests);
        secrets.AssertNone(_tables.Wire.Requests);
    }

    private async Task CostsAsync(int requests, int alarms, Func<Task> operation)
    {
        var before = _world.Alarms.Count;
        var count = await _tables.Wire.CountAsync(async () =>
        {
            await operation();
            await _world.Background.WhenIdleAsync();
        });
        Assert.Equal((requests, alarms), (count, _world.Alarms.Count - before));
    }
}
