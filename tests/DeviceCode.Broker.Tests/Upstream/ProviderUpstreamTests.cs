namespace DeviceCode.Broker.Tests.Upstream;

using DeviceCode.Broker.Upstream;
using DeviceCode.Core.Broker;

public sealed class ProviderUpstreamTests : IAsyncLifetime
{
    private const string Tokens = """
        {"access_token": "at-1", "token_type": "bearer", "expires_in": 3600, "refresh_token": "rt-1", "scope": "repo"}
        """;

    private static readonly CancellationToken None = CancellationToken.None;

    private static readonly CredentialTokens Old = new() { AccessToken = "at-0", RefreshToken = "rt-0", Scope = "repo" };

    private ProviderServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await ProviderServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_code_is_requested_with_the_scope()
    {
        _server.Respond("""
            {"device_code": "dc", "user_code": "ABCD", "verification_url": "https://provider.example/device",
            "expires_in": 1800, "interval": 7}
            """);
        using var upstream = _server.Upstream(provider => provider.Parameters["audience"] = "api");
        var code = await upstream.RequestCodeAsync("p", "repo read:user", None);
        Assert.Equal(("dc", "ABCD", "https://provider.example/device", TimeSpan.FromSeconds(7)), (
            code.DeviceCode, code.UserCode, code.VerificationUri.AbsoluteUri, code.Interval));
        Assert.InRange(code.Lifetime.TotalSeconds, 1700, 1800);
        Assert.Equal("audience=api&scope=repo+read%3Auser&client_id=client", Assert.Single(_server.Requests).Body);
    }

    [Theory]
    [InlineData(503, "{}", UpstreamFault.Unavailable)]
    [InlineData(429, "{}", UpstreamFault.Unavailable)]
    [InlineData(200, "<html>", UpstreamFault.Rejected)]
    [InlineData(200, "", UpstreamFault.Rejected)]
    [InlineData(302, "", UpstreamFault.Rejected)]
    [InlineData(200, "{\"user_code\": \"\u00ff\"}", UpstreamFault.Rejected)]
    [InlineData(401, """{"error": "invalid_client"}""", UpstreamFault.Rejected)]
    [InlineData(404, """{"error": "Not Found"}""", UpstreamFault.Rejected)]
    [InlineData(400, """{"error": "invalid_scope"}""", UpstreamFault.InvalidScope)]
    public async Task A_failed_request_for_a_code_has_its_kind(int status, string body, UpstreamFault fault)
    {
        _server.Respond(body, status);
        using var upstream = _server.Upstream();
        Assert.Equal(fault, (await FaultAsync(() => upstream.RequestCodeAsync("p", "repo", None))).Fault);
    }

    [Theory]
    [InlineData(400, """{"error": "authorization_pending"}""")]
    [InlineData(200, """{"error": "authorization_pending", "error_description": "GitHub answers with HTTP 200."}""")]
    [InlineData(428, """{"error": "authorization_pending"}""")]
    [InlineData(503, "{}")]
    [InlineData(200, "<html>")]
    [InlineData(200, "")]
    [InlineData(302, "")]
    [InlineData(200, "{\"access_token\": \"\u00ff\"}")]
    public async Task A_poll_without_a_decision_stays_pending(int status, string body)
    {
        _server.Respond(body, status).Respond(Tokens);
        using var upstream = _server.Upstream();
        var pending = Assert.IsType<UpstreamPoll.Pending>(await PollAsync(upstream));
        Assert.Equal("at-1", Assert.IsType<UpstreamPoll.Completed>(await PollAsync(upstream, pending.Pace.Pace)).Tokens.AccessToken);
    }

    [Theory]
    [InlineData(200, "access_denied", UpstreamFault.Denied)]
    [InlineData(403, "access_denied", UpstreamFault.Denied)]
    [InlineData(200, "expired_token", UpstreamFault.Expired)]
    [InlineData(400, "invalid_grant", UpstreamFault.InvalidGrant)]
    [InlineData(200, "incorrect_device_code", UpstreamFault.InvalidGrant)]
    [InlineData(200, "incorrect_client_credentials", UpstreamFault.Rejected)]
    [InlineData(200, "device_flow_disabled", UpstreamFault.Rejected)]
    [InlineData(400, "unheard_of", UpstreamFault.Rejected)]
    public async Task An_error_ends_the_login_whatever_its_status(int status, string error, UpstreamFault fault)
    {
        _server.Respond($$"""{"error": "{{error}}"}""", status);
        using var upstream = _server.Upstream();
        Assert.Equal(fault, Assert.IsType<UpstreamPoll.Failed>(await PollAsync(upstream)).Fault);
    }

    [Fact]
    public async Task A_body_of_300_KiB_stays_pending_and_a_lost_answer_is_noticed()
    {
        _server.Respond($$"""{"access_token": "{{new string('a', 300 * 1024)}}"}""").Abort().Respond("""{"error": "invalid_grant"}""", 400);
        using var upstream = _server.Upstream();
        var pace = Assert.IsType<UpstreamPoll.Pending>(await PollAsync(upstream)).Pace;
        pace = Assert.IsType<UpstreamPoll.Pending>(await PollAsync(upstream, pace.Pace)).Pace;
        Assert.True(Assert.IsType<UpstreamPoll.Failed>(await PollAsync(upstream, pace.Pace)).MayHaveLostAnswer);
    }

    [Fact]
    public async Task Slow_down_changes_the_pace_and_pending_does_not()
    {
        _server.Respond("""{"error": "authorization_pending"}""", 400).Respond("""{"error": "slow_down", "interval": 100000}""", 400);
        using var upstream = _server.Upstream();
        var first = upstream.PaceOf(TimeSpan.FromSeconds(5));
        Assert.Equal((TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(6)), (first.Interval, first.Wait));
        Assert.Equal(first.Pace, Assert.IsType<UpstreamPoll.Pending>(await PollAsync(upstream, first.Pace)).Pace.Pace);
        Assert.Equal(
            TimeSpan.FromMinutes(5), Assert.IsType<UpstreamPoll.Pending>(await PollAsync(upstream, first.Pace)).Pace.Interval);
    }

    [Fact]
    public void Google_needs_a_secret()
    {
        Assert.Contains(
            "Broker:Providers:g:ClientSecrets is empty, and this kind of provider requires a client secret.",
            Assert.Single(ProviderKinds.Validate(new BrokerOptions { Providers = { ["g"] = new BrokerProvider { Kind = "google" } } })),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refresh_keeps_what_the_response_omits()
    {
        _server.Respond("""{"access_token": "at-1"}""");
        using var upstream = _server.Upstream();
        var fresh = await upstream.RefreshAsync("p", Old with { Lifetime = TimeSpan.FromHours(1) }, None);
        Assert.Equal(("at-1", "rt-0", "repo", TimeSpan.FromHours(1)), (
            fresh.AccessToken, fresh.RefreshToken, fresh.Scope, fresh.Lifetime));
        Assert.NotNull(fresh.ExpiresAt);
    }

    [Fact]
    public async Task Tokens_without_a_lifetime_have_the_assumed_one()
    {
        _server.Respond("""{"access_token": "at-1"}""").Respond("""{"access_token": "at-2"}""");
        using (var upstream = _server.Upstream(provider => provider.AssumedLifetime = TimeSpan.FromHours(8)))
        {
            Assert.Equal(TimeSpan.FromHours(8), (await upstream.RefreshAsync("p", Old, None)).Lifetime);
        }

        using var other = _server.Upstream();
        Assert.Null((await other.RefreshAsync("p", Old, None)).ExpiresAt);
    }

    [Theory]
    [InlineData(400, """{"error": "invalid_grant"}""", UpstreamFault.InvalidGrant, false)]
    [InlineData(200, """{"error": "bad_refresh_token"}""", UpstreamFault.InvalidGrant, false)]
    [InlineData(401, """{"error": "invalid_client"}""", UpstreamFault.Rejected, false)]
    [InlineData(429, "{}", UpstreamFault.Unavailable, false)]
    [InlineData(500, "{}", UpstreamFault.Unavailable, true)]
    [InlineData(502, "<html>", UpstreamFault.Unavailable, true)]
    [InlineData(200, "<html>", UpstreamFault.Unavailable, true)]
    [InlineData(200, "{}", UpstreamFault.Unavailable, true)]
    [InlineData(302, "", UpstreamFault.Unavailable, true)]
    [InlineData(0, "", UpstreamFault.Unavailable, true)]
    public async Task A_failed_refresh_tells_whether_its_answer_may_be_lost(int status, string body, UpstreamFault fault, bool isLost)
    {
        _ = status == 0 ? _server.Abort() : _server.Respond(body, status);
        using var upstream = _server.Upstream();
        var failed = await FaultAsync(() => upstream.RefreshAsync("p", Old, None));
        Assert.Equal((fault, isLost), (failed.Fault, failed.MayHaveLostAnswer));
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task While_a_secret_is_rotated_both_are_tried_and_the_right_one_is_kept()
    {
        _server.Respond("""{"error": "invalid_client"}""", 401).Respond(Tokens).Respond(Tokens)
            .Respond("""{"error": "invalid_client"}""", 401).Respond(Tokens)
            .Respond("""{"error": "invalid_client"}""", 401).Respond("""{"error": "invalid_client"}""", 401);
        using var upstream = _server.Upstream(provider =>
        {
            provider.ClientSecrets.Add("old");
            provider.ClientSecrets.Add("new");
        });
        await upstream.RefreshAsync("p", Old, None);
        await upstream.RefreshAsync("p", Old, None);
        Assert.IsType<UpstreamPoll.Completed>(await PollAsync(upstream));
        Assert.Equal(["old", "new", "new", "new", "old"], _server.Requests.Select(Secret));
        Assert.Equal(UpstreamFault.Rejected, (await FaultAsync(() => upstream.RefreshAsync("p", Old, None))).Fault);
        Assert.Equal(7, _server.Requests.Count);

        static string Secret((string Method, string Path, string Body, string Headers) request)
        {
            var basic = request.Headers.Split("Basic ")[1].Split('\n')[0];
            return System.Text.Encoding.ASCII.GetString(Convert.FromBase64String(basic)).Split(':')[1];
        }
    }

    [Fact]
    public async Task A_429_pauses_all_logins_at_the_provider()
    {
        var time = new TestTime();
        _server.Respond("{}", 429, headers: ("Retry-After", "60")).Respond(Tokens);
        using var upstream = _server.Upstream(time: time);
        Assert.Equal(TimeSpan.FromSeconds(60), (await FaultAsync(() => upstream.RequestCodeAsync("p", "repo", None))).RetryAfter);
        time.Advance(TimeSpan.FromSeconds(20));
        var paused = await FaultAsync(() => upstream.RefreshAsync("p", Old, None));
        Assert.Equal((UpstreamFault.Unavailable, false, TimeSpan.FromSeconds(40)), (
            paused.Fault, paused.MayHaveLostAnswer, paused.RetryAfter!.Value));
        var pending = Assert.IsType<UpstreamPoll.Pending>(await PollAsync(upstream));
        Assert.Equal((TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(40)), (pending.Pace.Interval, pending.Pace.Wait));
        Assert.Single(_server.Requests);
        time.Advance(TimeSpan.FromSeconds(40));
        await upstream.RefreshAsync("p", Old, None);
    }

    [Theory]
    [InlineData("""{"sub": "1", "email": "a@b.example", "preferred_username": "a"}""", "1", "a@b.example", "a", "a@b.example")]
    [InlineData("""{"id": 7, "login": "octocat", "email": null}""", "7", null, "octocat", "octocat")]
    [InlineData("""{"sub": "1"}""", "1", null, null, "1")]
    public async Task The_account_is_read(string json, string subject, string? email, string? username, string name)
    {
        _server.Respond(json);
        using var upstream = _server.Upstream();
        var account = await upstream.FindAccountAsync("p", Old, None);
        Assert.Equal(new UpstreamAccount(subject, email, username), account);
        Assert.Equal(name, account!.Name);
    }

    [Fact]
    public async Task An_account_that_is_not_for_this_token_is_unknown_and_an_outage_is_a_fault()
    {
        _server.Respond("{}", 401).Respond("{}", 403).Respond("{}", 503);
        using var upstream = _server.Upstream();
        Assert.Null(await upstream.FindAccountAsync("p", Old, None));
        Assert.Null(await upstream.FindAccountAsync("p", Old, None));
        await FaultAsync(() => upstream.FindAccountAsync("p", Old, None));
        using var none = _server.Upstream(provider => provider.UserinfoEndpoint = null);
        Assert.Null(await none.FindAccountAsync("p", Old, None));
        Assert.False(none.AbilitiesOf("p").NamesAccounts);
    }

    [Fact]
    public async Task Tokens_are_revoked_by_RFC_7009_or_not_at_all()
    {
        _server.Respond("").Respond("").Respond("", 503);
        using var upstream = _server.Upstream();
        Assert.True(await upstream.RevokeAsync("p", Old, None));
        Assert.Equal(
            ["token=rt-0&token_type_hint=refresh_token&client_id=client", "token=at-0&token_type_hint=access_token&client_id=client"],
            _server.Requests.Select(request => request.Body));
        await FaultAsync(() => upstream.RevokeAsync("p", Old, None));
        using var none = _server.Upstream(provider => provider.RevocationEndpoint = null);
        Assert.False(await none.RevokeAsync("p", Old, None));
    }

    [Fact]
    public async Task A_login_in_a_browser_is_begun_and_redeemed()
    {
        _server.Respond(Tokens).Respond("""{"error": "invalid_grant"}""", 400).Abort();
        using var upstream = _server.Upstream();
        var begun = await upstream.BeginBrowserLoginAsync("p", "repo", new Uri("https://broker.example/cb"), "state-1", None);
        Assert.Contains("state=state-1", begun.Page.Query, StringComparison.Ordinal);
        var response = new BrowserResponse("state-1", "code", null, null);
        Assert.Equal("at-1", (await upstream.RedeemAsync("p", begun.Request, response, None)).AccessToken);

        Assert.Equal(UpstreamFault.InvalidGrant, (await FaultAsync(() => upstream.RedeemAsync("p", begun.Request, response, None))).Fault);
        var lost = await FaultAsync(() => upstream.RedeemAsync("p", begun.Request, response, None));
        Assert.Equal((UpstreamFault.Unavailable, true), (lost.Fault, lost.MayHaveLostAnswer));
        var denied = response with { Code = null, Error = "access_denied" };
        Assert.Equal(UpstreamFault.Denied, (await FaultAsync(() => upstream.RedeemAsync("p", begun.Request, denied, None))).Fault);
        var other = response with { State = "other" };
        Assert.Equal(UpstreamFault.InvalidGrant, (await FaultAsync(() => upstream.RedeemAsync("p", begun.Request, other, None))).Fault);
    }

    [Fact]
    public async Task Google_is_asked_for_a_refresh_token_in_a_browser()
    {
        using var upstream = new ProviderUpstream(
            new BrokerOptions
            {
                Providers =
                {
                    ["google"] = new BrokerProvider { Kind = "google", ClientId = "c", ClientSecrets = { "s" } },
                },
            },
            TimeProvider.System,
            new BrokerMetrics(new System.Diagnostics.Metrics.Meter("test")));
        var begun = await upstream.BeginBrowserLoginAsync("google", "openid", new Uri("https://broker.example/cb"), "s", None);
        Assert.Contains("access_type=offline&prompt=consent", begun.Page.Query, StringComparison.Ordinal);
        Assert.Equal((true, true, "https://myaccount.google.com/permissions"), (
            upstream.AbilitiesOf("google").NamesAccounts,
            upstream.AbilitiesOf("google").RevocationEndsAllLogins,
            upstream.AbilitiesOf("google").ApprovalsPage!.AbsoluteUri));
    }

    [Theory]
    [InlineData("github", null, null)]
    [InlineData("github", "ghe.example.com", null)]
    [InlineData("github", "a b", "At")]
    [InlineData("microsoft", "contoso.com", null)]
    [InlineData("gitlab", "gitlab.example.com", null)]
    [InlineData("huggingface", null, null)]
    [InlineData("auth0", null, "At")]
    [InlineData("auth0", "example.eu.auth0.com", null)]
    [InlineData("okta", "example.okta.com", null)]
    [InlineData("keycloak", "sso.example.com/realm", null)]
    [InlineData("keycloak", "sso.example.com", "At")]
    [InlineData("devicecode", "https://login.example.com", null)]
    [InlineData("devicecode", null, "At")]
    [InlineData("discover", "http://login.example.com", "At")]
    [InlineData("discover", "https://login.example.com", null)]
    [InlineData("custom", null, "TokenEndpoint")]
    [InlineData("", null, "Kind")]
    [InlineData("GitHub", null, "Kind")]
    public void The_settings_of_each_kind_are_validated(string kind, string? at, string? setting)
    {
        var provider = new BrokerProvider { Kind = kind, At = at, ClientId = "c", ClientSecrets = { "s" } };
        var failures = ProviderKinds.Validate(new BrokerOptions { Providers = { ["p"] = provider } }).ToList();
        Assert.Equal(setting is null ? 0 : 1, failures.Count);
        Assert.All(failures, failure => Assert.StartsWith($"Broker:Providers:p:{setting} ", failure, StringComparison.Ordinal));
    }

    [Fact]
    public void Endpoints_are_only_for_custom_providers_and_must_be_secure()
    {
        var github = new BrokerProvider { Kind = "github", TokenEndpoint = new Uri("https://x.example") };
        Assert.Contains("TokenEndpoint is only for the kind custom", Failure(github), StringComparison.Ordinal);
        var insecure = new BrokerProvider
        {
            Kind = "custom",
            TokenEndpoint = new Uri("https://x.example"),
            UserinfoEndpoint = new Uri("http://x.example"),
        };
        Assert.Contains("UserinfoEndpoint is \"http://x.example/\"; it must be an https URL.", Failure(insecure), StringComparison.Ordinal);

        static string Failure(BrokerProvider provider) =>
            Assert.Single(ProviderKinds.Validate(new BrokerOptions { Providers = { ["p"] = provider } }));
    }

    [Fact]
    public async Task Without_private_networks_this_machine_is_not_reached()
    {
        using var upstream = new ProviderUpstream(
            new BrokerOptions
            {
                Providers =
                {
                    ["p"] = new BrokerProvider
                    {
                        Kind = "custom",
                        ClientId = "c",
                        TokenEndpoint = new Uri(_server.Address, "/token"),
                        DeviceAuthorizationEndpoint = new Uri(_server.Address, "/device"),
                    },
                },
            },
            TimeProvider.System,
            new BrokerMetrics(new System.Diagnostics.Metrics.Meter("test")));
        var fault = await FaultAsync(() => upstream.RequestCodeAsync("p", "repo", None));
        Assert.Equal(
            (UpstreamFault.Unavailable, "127.0.0.1 is on a network that this program must not reach."), (fault.Fault, fault.Message));
        Assert.Empty(_server.Requests);
    }

    private static Task<UpstreamPoll> PollAsync(ProviderUpstream upstream, string? pace = null) =>
        upstream.PollAsync("p", "dc", codeVerifier: null, pace ?? upstream.PaceOf(TimeSpan.FromSeconds(5)).Pace, None);

    private static async Task<UpstreamException> FaultAsync(Func<Task> request) =>
        await Assert.ThrowsAsync<UpstreamException>(request);
}
