namespace DeviceCode.Tables.Tests;

using DeviceCode.Core.Devices;
using DeviceCode.Core.Guesses;
using DeviceCode.Testing;

/// <summary>The number of storage requests of each step: they determine what the service costs to run.</summary>
public sealed class StorageRequestTests(Azurite azurite) : IAsyncLifetime
{
    private readonly TestTime _time = new();
    private readonly TestTables _tables = TestTables.In(azurite);
    private GuessLimiter _limiter = null!;
    private DeviceAuthorizationService _service = null!;

    public async ValueTask InitializeAsync()
    {
        await _tables.CreatedAsync();
        var options = new DeviceAuthorizationOptions();
        _limiter = new GuessLimiter(new TableWrongGuessStore(_tables.Tables), options.ToGuessLimits(), _time, Some.Metrics);
        await _limiter.RefreshAsync(CancellationToken.None); // as at start-up
        var store = new TableDeviceAuthorizationStore(_tables.Tables);
        _service = new DeviceAuthorizationService(store, _limiter, new AnyClient(), options, _time, Some.Metrics);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public Task Issuing_costs_1() => CostsAsync(1, _service.IssueAsync);

    [Fact]
    public async Task A_pending_poll_costs_1_and_a_throttled_one_0()
    {
        var issued = await _service.IssueAsync();
        await CostsAsync(1, () => _service.PollAsync(issued.DeviceCode));
        await CostsAsync(0, async () => Assert.IsType<PollResult.SlowDown>(await _service.PollAsync(issued.DeviceCode)));
        _time.Advance(TimeSpan.FromSeconds(5));
        await CostsAsync(1, async () => Assert.IsType<PollResult.Pending>(await _service.PollAsync(issued.DeviceCode)));
    }

    [Fact]
    public async Task Inspecting_costs_1_deciding_2_redeeming_2_and_its_confirmation_1()
    {
        var issued = await _service.IssueAsync();
        var userCode = issued.Authorization.UserCode.Reveal();
        await CostsAsync(1, async () => Assert.IsType<InspectResult.Pending>(await _service.InspectAsync(userCode)));
        await CostsAsync(2, async () => Assert.IsType<DecideResult.Decided>(await _service.DecideAsync(userCode)));
        PollResult.Complete complete = null!;
        await CostsAsync(2, async () =>
            complete = Assert.IsType<PollResult.Complete>(await _service.PollAsync(issued.DeviceCode, CancellationToken.None)));
        await CostsAsync(1, () => _service.ConfirmAsync(complete.Authorization, CancellationToken.None));

        // The third request reads the claim: it might be this poll's own, and its response lost.
        await CostsAsync(3, async () => Assert.IsType<PollResult.AlreadyUsed>(await _service.PollAsync(issued.DeviceCode)));
    }

    [Fact]
    public async Task A_denied_and_an_expired_poll_cost_1()
    {
        var (denied, expired) = (await _service.IssueAsync(), await _service.IssueAsync());
        await _service.DecideAsync(denied.Authorization.UserCode.Reveal(), approve: false);
        await CostsAsync(1, async () => Assert.IsType<PollResult.Denied>(await _service.PollAsync(denied.DeviceCode)));
        _time.Advance(TimeSpan.FromMinutes(15));
        await CostsAsync(1, async () => Assert.IsType<PollResult.Expired>(await _service.PollAsync(expired.DeviceCode)));
    }

    [Fact]
    public async Task A_wrong_guess_costs_2_and_one_too_many_0()
    {
        for (var i = 0; i < 5; i++)
        {
            await CostsAsync(2, async () => IsInvalid((await _service.DecideAsync("BBBB-BBBB")).Rejection()));
        }

        await CostsAsync(0, async () => IsRefused((await _service.DecideAsync("BBBB-BBBB")).Rejection()));
        await CostsAsync(0, async () => IsRefused((await _service.InspectAsync("BBBB-BBBB")).Rejection()));
    }

    [Fact]
    public Task A_malformed_user_code_costs_0() => CostsAsync(0, () => _service.DecideAsync("no code"));

    [Fact]
    public Task Reading_the_guesses_of_other_instances_costs_1() => CostsAsync(1, () => _limiter.RefreshAsync(CancellationToken.None));

    private static void IsInvalid(UserCodeRejection? reason) => Assert.IsType<UserCodeRejection.Invalid>(reason);

    private static void IsRefused(UserCodeRejection? reason) => Assert.IsType<UserCodeRejection.TooManyGuesses>(reason);

    private async Task CostsAsync(int requests, Func<Task> step) => Assert.Equal(requests, await _tables.Wire.CountAsync(step));
}
