namespace DeviceCode.Client.Tests.Broker;

public sealed class WaitTests
{
    [Fact]
    public async Task Waiting_shows_the_code_once_and_reads_until_there_is_a_token()
    {
        using var server = new ScriptedServer().Respond(BrokerScript.PendingJson).StillPending(2).Respond(BrokerScript.TokenJson);
        var prompt = new RecordingPrompt();

        var token = await WaitAsync(server, prompt);

        Assert.Equal(BrokerScript.AccessToken, token.AccessToken);
        Assert.Equal("WDJB-MJHT", prompt.Shown!.UserCode);
        Assert.Equal([DeviceLoginState.Started, DeviceLoginState.Pending, DeviceLoginState.Pending], prompt.States);
        Assert.Equal([0, 6, 12, 18], server.Requests.Select(request => request.At));
        Assert.Equal("GET /creds/github", server.Lines()[^1]);
    }

    [Theory]
    [InlineData("0", 6)]
    [InlineData("30", 30)]
    [InlineData("3600", 894)]
    public async Task Retry_after_is_obeyed_between_the_interval_and_the_end_of_the_code(string retryAfter, double wait)
    {
        using var server = new ScriptedServer()
            .Respond(BrokerScript.PendingJson)
            .Respond("""{"error": "authorization_pending"}""", 503, "application/json", ("Retry-After", retryAfter))
            .Respond(BrokerScript.TokenJson);

        await WaitAsync(server);

        Assert.Equal(wait, Math.Round(server.Requests[2].At - server.Requests[1].At, 3), tolerance: 7);
        Assert.True(server.Requests[2].At <= 906);
    }

    [Fact]
    public async Task Waiting_goes_on_through_every_failure_of_the_network_and_the_service()
    {
        using var server = new ScriptedServer()
            .Respond(BrokerScript.PendingJson)
            .Fail(new HttpRequestException("reset"))
            .Hang()
            .Respond("<html>", 502, "text/html")
            .Respond("<html>", 404, "text/html")
            .Respond("{}", 200)
            .Error("temporarily_unavailable", 503)
            .Error("too_many_requests", 429)
            .Respond(BrokerScript.TokenJson);
        var prompt = new RecordingPrompt();

        await WaitAsync(server, prompt);

        Assert.Equal(
            [
                DeviceLoginState.Started, .. Enumerable.Repeat(DeviceLoginState.Retrying, 6), DeviceLoginState.SlowDown,
            ],
            prompt.States);
        var waits = server.Requests.Zip(server.Requests.Skip(1), (first, second) => second.At - first.At).ToList();
        Assert.Equal(12, waits[1], tolerance: 0.1);
        Assert.True(waits.Max() <= 60 + 30);
    }

    [Theory]
    [InlineData(410, "access_denied", DeviceLoginFailure.Denied)]
    [InlineData(410, "expired_token", DeviceLoginFailure.Expired)]
    [InlineData(410, "account_mismatch", DeviceLoginFailure.Policy)]
    [InlineData(410, "invalid_grant", DeviceLoginFailure.SignInAgain)]
    [InlineData(404, "not_found", DeviceLoginFailure.SignInAgain)]
    [InlineData(401, "unauthorized", DeviceLoginFailure.SignInAgain)]
    [InlineData(403, "insufficient_scope", DeviceLoginFailure.Configuration)]
    public async Task Waiting_stops_at_a_definite_answer(int status, string error, DeviceLoginFailure kind)
    {
        using var server = new ScriptedServer()
            .Respond(BrokerScript.PendingJson).StillPending().Fail(new HttpRequestException("reset")).Error(error, status);

        var failure = await CredentialClientTests.FailAsync(() => WaitAsync(server));

        Assert.Equal((kind, error), (failure.Failure, failure.Error));
        Assert.Equal(4, server.Requests.Count);
    }

    [Fact]
    public async Task Waiting_ends_with_the_code_even_if_the_service_does_not_say_so()
    {
        using var server = new ScriptedServer().Respond(BrokerScript.PendingJson).StillPending().Forever();

        var failure = await CredentialClientTests.FailAsync(() => WaitAsync(server));

        Assert.Equal(DeviceLoginFailure.Expired, failure.Failure);
        Assert.Equal(900, server.Requests[^1].At, tolerance: 6);
    }

    [Fact]
    public async Task A_user_whose_token_cannot_be_refreshed_for_now_waits_on()
    {
        using var server = new ScriptedServer().Respond(BrokerScript.TokenJson);
        var calls = 0;
        var client = new CredentialClient(
            BrokerScript.Service,
            _ => ++calls > 1 ? Task.FromResult("at-1") : throw new DeviceLoginException(DeviceLoginFailure.Network, "Down.", "Wait."),
            server.Transport);
        var prompt = new RecordingPrompt();
        var pending = new CredentialResponse.Pending
        {
            Name = "github",
            ExpiresAt = server.Time.GetUtcNow().AddMinutes(15),
            Interval = TimeSpan.FromSeconds(5),
        };

        await server.RunAsync(() => client.WaitAsync(pending, prompt));

        Assert.Null(prompt.Shown);
        Assert.Equal([DeviceLoginState.Started, DeviceLoginState.Retrying], prompt.States);
    }

    [Fact]
    public async Task Cancelling_stops_the_waiting_only()
    {
        using var cancellation = new CancellationTokenSource();
        using var server = new ScriptedServer().Respond(BrokerScript.PendingJson).StillPending().Forever();
        var prompt = new RecordingPrompt { OnReport = progress => Cancel(progress, cancellation) };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => WaitAsync(server, prompt, cancellation.Token));

        Assert.All(server.Requests, request => Assert.NotEqual("DELETE", request.Method));

        static void Cancel(DeviceLoginProgress progress, CancellationTokenSource cancellation)
        {
            if (progress.State == DeviceLoginState.Pending)
            {
                cancellation.Cancel();
            }
        }
    }

    private static Task<CredentialResponse.Token> WaitAsync(
        ScriptedServer server, RecordingPrompt? prompt = null, CancellationToken cancellationToken = default) => server.RunAsync(async () =>
        {
            var client = server.ForUser();
            var pending = Assert.IsType<CredentialResponse.Pending>(await client.PutAsync("github", null, CancellationToken.None));
            return await client.WaitAsync(pending, prompt ?? new RecordingPrompt(), null, cancellationToken);
        });
}
