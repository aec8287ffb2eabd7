namespace DeviceCode.Client.Tests.Login;

using DeviceCode.Testing;

/// <summary>Tests logins while the wall clock of the machine is set.</summary>
public sealed class ClockTests : IDisposable
{
    private readonly ScriptedServer _server = new();

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task A_wall_clock_that_jumps_past_the_end_of_the_code_leads_to_one_poll_at_once_and_ends_nothing()
    {
        var clock = new WallClock(_server.Time);
        _server.Respond(ScriptedServer.Codes)
            .Pending()
            .Then(_ =>
            {
                clock.Offset = TimeSpan.FromMinutes(20);
                return Task.FromResult(ScriptedServer.Response(ScriptedServer.ErrorJson("authorization_pending"), 400));
            })
            .Pending(3)
            .Respond(ScriptedServer.Tokens);

        var tokens = await _server.RunAsync(() => DeviceLogin.LoginAsync(Options(clock), new RecordingPrompt()));

        Assert.Equal("at-1", tokens.AccessToken);
        Assert.Equal([6, 12, 12, 18, 24, 30], _server.Polls);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(-20)]
    public async Task The_login_ends_when_the_monotonic_clock_has_run_out_and_claims_no_error_of_the_server(int minutes)
    {
        var clock = new WallClock(_server.Time);
        _server.Respond(ScriptedServer.Codes.Replace("900", "60", StringComparison.Ordinal))
            .Then(_ =>
            {
                clock.Offset = TimeSpan.FromMinutes(minutes);
                return Task.FromResult(ScriptedServer.Response(ScriptedServer.ErrorJson("authorization_pending"), 400));
            })
            .Pending().Forever();

        var failure = await Assert.ThrowsAsync<DeviceLoginException>(
            () => _server.RunAsync(() => DeviceLogin.LoginAsync(Options(clock), new RecordingPrompt())));

        Assert.Equal((DeviceLoginFailure.Expired, null), (failure.Failure, failure.Error));
        Assert.Equal(60, _server.Polls[^1]);
    }

    [Fact]
    public async Task After_a_sleep_that_the_monotonic_clock_does_not_count_the_server_decides()
    {
        var clock = new WallClock(_server.Time);
        _server.Respond(ScriptedServer.Codes)
            .Then(_ =>
            {
                clock.Offset = TimeSpan.FromHours(8);
                return Task.FromResult(ScriptedServer.Response(ScriptedServer.ErrorJson("authorization_pending"), 400));
            })
            .Error("expired_token");

        var failure = await Assert.ThrowsAsync<DeviceLoginException>(
            () => _server.RunAsync(() => DeviceLogin.LoginAsync(Options(clock), new RecordingPrompt())));

        Assert.Equal((DeviceLoginFailure.Expired, "expired_token"), (failure.Failure, failure.Error));
        Assert.Equal([6, 6], _server.Polls);
    }

    private DeviceLoginOptions Options(TimeProvider clock) => new()
    {
        Provider = ScriptedServer.Provider,
        Transport = new Transport { Handler = _server, TimeProvider = clock, Jitter = () => 1 },
    };

    // The clock of a machine whose wall clock is set, while its counter and its timers go on.
    private sealed class WallClock(ManualTime machine) : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override long TimestampFrequency => machine.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => machine.GetUtcNow() + Offset;

        public override long GetTimestamp() => machine.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            machine.CreateTimer(callback, state, dueTime, period);
    }
}
