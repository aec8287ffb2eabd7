namespace DeviceCode.Client.Tests.Login;

/// <summary>The steps of a login as single requests, for a program that has its own schedule.</summary>
public sealed class SingleRequestTests : IDisposable
{
    private static readonly TokenSet Old = new()
    {
        AccessToken = "at-0",
        RefreshToken = "rt-0",
        Scope = "profile",
        Lifetime = TimeSpan.FromHours(1),
    };

    private readonly ScriptedServer _server = new();

    private DeviceLogin Login => new(_server.Options);

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task A_poll_sends_one_request_and_returns_its_outcome()
    {
        _server.Pending().Error("slow_down", more: "\"interval\": 10").Fail(new HttpRequestException("no"))
            .Error("access_denied", 200).Respond(ScriptedServer.Tokens);

        Assert.IsType<PollResponse<TokenSet>.Pending>(await PollAsync());
        Assert.Equal(TimeSpan.FromSeconds(10), Assert.IsType<PollResponse<TokenSet>.SlowDown>(await PollAsync()).Interval);
        Assert.IsType<PollResponse<TokenSet>.Retry>(await PollAsync());
        Assert.Equal(DeviceLoginFailure.Denied, Assert.IsType<PollResponse<TokenSet>.Failed>(await PollAsync()).Failure.Failure);
        Assert.Equal("at-1", Assert.IsType<PollResponse<TokenSet>.Completed>(await PollAsync()).Result.AccessToken);
        Assert.All(
            _server.Requests,
            request => Assert.Equal(("code", "verifier"), (request.Form["device_code"], request.Form["code_verifier"])));

        Task<PollResponse<TokenSet>> PollAsync() => Login.PollOnceAsync("code", "verifier");
    }

    [Fact]
    public async Task A_refresh_sends_one_request_and_keeps_the_values_that_the_response_omits()
    {
        _server.Respond("""{"access_token": "at-1"}""");
        var fresh = await Login.RefreshOnceAsync(Old);

        Assert.Equal(
            Old with { AccessToken = "at-1", ExpiresAt = _server.Time.GetUtcNow() + TimeSpan.FromHours(1) }, fresh);
        Assert.Single(_server.Requests);
    }

    [Theory]
    [InlineData(503, "{}", DeviceLoginFailure.Network)]
    [InlineData(200, "no JSON", DeviceLoginFailure.Protocol)]
    [InlineData(200, "{}", DeviceLoginFailure.Protocol)]
    [InlineData(400, """{"error": "invalid_grant"}""", DeviceLoginFailure.SignInAgain)]
    [InlineData(200, """{"error": "bad_refresh_token"}""", DeviceLoginFailure.SignInAgain)]
    [InlineData(401, """{"error": "invalid_client"}""", DeviceLoginFailure.Configuration)]
    public async Task A_failed_refresh_is_not_repeated_and_has_the_status(int status, string body, DeviceLoginFailure failure)
    {
        _server.Respond(body, status, headers: ("Retry-After", "7"));
        var failed = await Assert.ThrowsAsync<DeviceLoginException>(() => Login.RefreshOnceAsync(Old));

        Assert.Equal((failure, status), (failed.Failure, failed.Status));
        Assert.Equal(status == 503 ? TimeSpan.FromSeconds(7) : failed.RetryAfter, failed.RetryAfter);
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task A_refresh_without_a_response_has_no_status()
    {
        _server.Fail(new HttpRequestException("no"));
        var failed = await Assert.ThrowsAsync<DeviceLoginException>(() => Login.RefreshOnceAsync(Old));
        Assert.Equal((DeviceLoginFailure.Network, null), (failed.Failure, failed.Status));
    }

    [Theory]
    [InlineData(204)]
    [InlineData(404)]
    [InlineData(422)]
    public async Task GitHub_deletes_the_access_token_of_a_client_with_a_secret(int status)
    {
        _server.Respond(status == 204 ? "" : "{}", status);
        var login = new DeviceLogin(new DeviceLoginOptions
        {
            Provider = Providers.GitHub(),
            ClientId = "cli",
            ClientSecret = "secret",
            Transport = _server.Transport,
        });

        Assert.True(await login.RevokeAsync(Old));
        var request = Assert.Single(_server.Requests);
        Assert.Equal(
            ("DELETE", "https://api.github.com/applications/cli/token", """{"access_token":"at-0"}"""),
            (request.Method, request.Uri.AbsoluteUri, request.Body));
        Assert.Contains("Basic Y2xpOnNlY3JldA==", request.Headers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GitHub_revokes_nothing_without_a_secret_and_a_failed_deletion_is_reported()
    {
        var options = new DeviceLoginOptions { Provider = Providers.GitHub(), ClientId = "cli", Transport = _server.Transport };
        Assert.False(await new DeviceLogin(options).RevokeAsync(Old));
        Assert.Empty(_server.Requests);

        _server.Respond("{}", 503);
        var login = new DeviceLogin(new DeviceLoginOptions
        {
            Provider = Providers.GitHub(),
            ClientId = "cli",
            ClientSecret = "secret",
            Transport = _server.Transport,
        });
        var failed = await Assert.ThrowsAsync<DeviceLoginException>(() => login.RevokeAsync(Old));
        Assert.Equal(DeviceLoginFailure.Network, failed.Failure);
    }
}
