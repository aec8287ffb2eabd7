namespace DeviceCode.Client.Tests.Broker;

using System.Text.Json.Nodes;

public sealed class CredentialClientTests
{
    [Fact]
    public async Task A_device_login_returns_the_code_to_show()
    {
        using var server = new ScriptedServer().Respond(BrokerScript.PendingJson);

        var response = await server.ForUser().PutAsync("github", new() { Provider = "github", Account = "alice", Scope = "repo" });

        var pending = Assert.IsType<CredentialResponse.Pending>(response);
        Assert.Equal(("github", "github", null), (pending.Name, pending.Provider, pending.Session));
        Assert.Equal(("WDJB-MJHT", "", "https://github.com/login/device"),
            (pending.Authorization!.UserCode, pending.Authorization.DeviceCode, pending.Authorization.VerificationUri.AbsoluteUri));
        Assert.Equal((server.Time.GetUtcNow().AddSeconds(900), TimeSpan.FromSeconds(5)), (pending.ExpiresAt, pending.Interval));
        var request = Assert.Single(server.Requests);
        Assert.Equal(["PUT /creds/github"], server.Lines());
        Assert.Contains("Authorization: Bearer at-user-secret", request.Headers, StringComparison.Ordinal);
        Assert.DoesNotContain("If-None-Match", request.Headers, StringComparison.Ordinal);
        AssertJson(
            """
            {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "provider": "github", "account": "alice", "scope": "repo"}
            """,
            request.Body);
    }

    [Fact]
    public async Task A_request_without_options_is_a_device_login_at_the_provider_of_that_name()
    {
        using var server = new ScriptedServer().Respond(BrokerScript.PendingJson);

        await server.ForUser().PutAsync("github");

        AssertJson("""{"grant_type": "urn:ietf:params:oauth:grant-type:device_code"}""", server.Requests[0].Body);
    }

    [Fact]
    public async Task A_new_session_is_returned_with_the_response()
    {
        using var server = new ScriptedServer().Respond($$"""{"session": "{{BrokerScript.Session}}", {{BrokerScript.PendingJson[1..]}}""");

        var response = await server.ForSession(session: null).PutAsync("github");

        Assert.Equal(BrokerScript.Session, response.Session);
        Assert.DoesNotContain("Authorization", server.Requests[0].Headers, StringComparison.Ordinal);
        Assert.DoesNotContain(BrokerScript.Session, response.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("WDJB-MJHT", response.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_is_the_bearer_of_later_requests()
    {
        using var server = new ScriptedServer().Respond(BrokerScript.TokenJson);

        var token = Assert.IsType<CredentialResponse.Token>(await server.ForSession().GetAsync("github"));

        Assert.Equal(("gho_secret-access-token-1", "alice", "repo", "github", server.Time.GetUtcNow().AddHours(1)),
            (token.AccessToken, token.Account, token.Scope, token.Provider, token.ExpiresAt));
        Assert.Contains($"Authorization: Bearer {BrokerScript.Session}", server.Requests[0].Headers, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", token.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_of_the_program_is_handed_over()
    {
        using var server = new ScriptedServer().Respond(
            """{"name": "github", "provider": "github", "status": "pending", "expires_in": 880, "interval": 5}""");
        var login = new DeviceAuthorization
        {
            DeviceCode = ScriptedServer.DeviceCode,
            UserCode = "WDJB-MJHT",
            VerificationUri = new Uri("https://github.com/login/device"),
            ExpiresAt = server.Time.GetUtcNow().AddSeconds(880.5),
            Interval = TimeSpan.FromSeconds(5),
            CodeVerifier = "verifier",
        };

        var response = await server.ForUser().PutAsync("github", new() { Login = login });

        Assert.Null(Assert.IsType<CredentialResponse.Pending>(response).Authorization);
        AssertJson(
            $$"""
            {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": "{{ScriptedServer.DeviceCode}}",
            "code_verifier": "verifier", "interval": 5, "expires_in": 880}
            """,
            server.Requests[0].Body);
    }

    [Fact]
    public async Task A_refresh_token_makes_a_credential_that_is_ready()
    {
        using var server = new ScriptedServer().Respond(
            """{"name": "gh", "provider": "github", "status": "ready", "account": "alice", "scope": "repo"}""");
        var options = new CredentialOptions { Provider = "github", RefreshToken = "ghr_secret" };

        var ready = Assert.IsType<CredentialResponse.Ready>(await server.ForUser().PutAsync("gh", options));

        Assert.Equal(("github", "alice", "repo"), (ready.Provider, ready.Account, ready.Scope));
        AssertJson("""{"grant_type": "refresh_token", "provider": "github", "refresh_token": "ghr_secret"}""", server.Requests[0].Body);
        Assert.DoesNotContain("ghr_secret", options.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_in_the_browser_has_a_page_and_no_code()
    {
        using var server = new ScriptedServer().Respond("""
            {"name": "google", "provider": "google", "status": "pending", "authorization_uri": "https://login.example.com/creds/-/connect",
            "expires_in": 600, "interval": 5}
            """);

        var response = await server.ForUser().PutAsync("google", new() { UsesAuthorizationCode = true, FailsIfExists = true });

        var shown = Assert.IsType<CredentialResponse.Pending>(response).Authorization!;
        Assert.Equal(("", "https://login.example.com/creds/-/connect"), (shown.UserCode, shown.VerificationUri.AbsoluteUri));
        Assert.Equal(shown.VerificationUri, shown.VerificationUriComplete);
        AssertJson("""{"grant_type": "authorization_code"}""", server.Requests[0].Body);
        Assert.Contains("If-None-Match: *", server.Requests[0].Headers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_one_grant_can_be_used()
    {
        using var server = new ScriptedServer();

        await Assert.ThrowsAsync<ArgumentException>(
            () => server.ForUser().PutAsync("github", new() { RefreshToken = "r", UsesAuthorizationCode = true }));
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"status": "ready?"}""")]
    [InlineData("""{"status": "pending", "expires_in": 900, "interval": 5}""")]
    [InlineData("""{"status": "pending", "user_code": "WDJB-MJHT", "verification_uri": "file:///etc/passwd"}""")]
    public async Task A_response_without_what_must_be_shown_does_not_follow_the_protocol(string json)
    {
        using var server = new ScriptedServer().Respond(json);

        Assert.Equal(DeviceLoginFailure.Protocol, (await FailAsync(() => server.ForUser().PutAsync("github"))).Failure);
    }

    [Fact]
    public async Task A_response_without_the_session_does_not_follow_the_protocol()
    {
        using var server = new ScriptedServer().Respond(BrokerScript.PendingJson);

        Assert.Equal(DeviceLoginFailure.Protocol, (await FailAsync(() => server.ForSession(null).PutAsync("github"))).Failure);
    }

    [Fact]
    public async Task A_credential_that_nobody_has_decided_about_is_not_an_error()
    {
        using var server = new ScriptedServer().StillPending();

        var pending = Assert.IsType<CredentialResponse.Pending>(await server.ForUser().GetAsync("github"));

        Assert.Equal(("github", "WDJB-MJHT"), (pending.Name, pending.Authorization!.UserCode));
    }

    [Theory]
    [InlineData(null, "/creds/github")]
    [InlineData(0.0, "/creds/github?minimum_seconds=0")]
    [InlineData(90.2, "/creds/github?minimum_seconds=91")]
    [InlineData(3600.0, "/creds/github?minimum_seconds=3600")]
    public async Task The_minimum_is_sent_in_whole_seconds(double? seconds, string path)
    {
        using var server = new ScriptedServer().Respond(BrokerScript.TokenJson);

        await server.ForUser().GetAsync("github", seconds is { } some ? TimeSpan.FromSeconds(some) : null);

        Assert.Equal($"GET {path}", Assert.Single(server.Lines()));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3601)]
    public async Task A_minimum_that_no_service_accepts_is_not_sent(int seconds)
    {
        using var server = new ScriptedServer();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => server.ForUser().GetAsync("github", TimeSpan.FromSeconds(seconds)));
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData("github", true)]
    [InlineData("0-a.b_c", true)]
    [InlineData("", false)]
    [InlineData("GitHub", false)]
    [InlineData("-", false)]
    [InlineData(".hidden", false)]
    [InlineData("a/b", false)]
    [InlineData("a?b", false)]
    [InlineData("..", false)]
    [InlineData("ä", false)]
    public async Task A_name_is_checked_before_it_is_sent(string name, bool isName)
    {
        using var server = new ScriptedServer().Respond(BrokerScript.TokenJson).Forever();
        var client = server.ForUser();
        Assert.Equal(isName, CredentialClient.IsName(name));
        if (isName)
        {
            await client.GetAsync(name);
            return;
        }

        foreach (var call in new Func<Task>[]
        {
            () => client.GetAsync(name), () => client.PutAsync(name), () => client.DeleteAsync(name),
            () => client.RefuseAsync(name, BrokerScript.AccessToken),
        })
        {
            var failure = await FailAsync(call);
            Assert.Equal((DeviceLoginFailure.Configuration, $"Invalid credential name \"{name}\"."), (failure.Failure, failure.Message));
        }

        Assert.Empty(server.Requests);
    }

    [Fact]
    public void A_name_has_up_to_64_characters()
    {
        Assert.True(CredentialClient.IsName(new string('a', 64)));
        Assert.False(CredentialClient.IsName(new string('a', 65)));
    }

    [Fact]
    public async Task A_rejected_token_is_replaced()
    {
        using var server = new ScriptedServer().Respond(BrokerScript.TokenJson.Replace("token-1", "token-2", StringComparison.Ordinal));

        var token = await server.ForUser().RefuseAsync("github", BrokerScript.AccessToken);

        Assert.Equal("gho_secret-access-token-2", Assert.IsType<CredentialResponse.Token>(token).AccessToken);
        Assert.Equal(["POST /creds/github/refresh"], server.Lines());
        AssertJson($$"""{"refused": "{{BrokerScript.AccessToken}}"}""", server.Requests[0].Body);
    }

    [Fact]
    public async Task Credentials_are_listed()
    {
        using var server = new ScriptedServer().Respond("""
            {"credentials": [
              {"name": "gh", "provider": "github", "status": "ready", "account": "alice", "scope": "repo",
               "created_at": "2026-11-21T12:00:00Z", "refreshed_at": "2026-11-21T13:00:00Z", "expires_at": "2026-11-21T21:00:00Z"},
              {"name": "google", "provider": "google", "status": "ended", "scope": "", "error": "access_denied",
               "created_at": "2026-11-21T12:00:00Z"}]}
            """);

        var credentials = await server.ForUser().ListAsync();

        var made = new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
        Assert.Equal(
            [
                new Credential("gh", "github", CredentialStatus.Ready)
                {
                    Account = "alice", Scope = "repo", CreatedAt = made, RefreshedAt = made.AddHours(1), ExpiresAt = made.AddHours(9),
                },
                new Credential("google", "google", CredentialStatus.Ended) { Error = "access_denied", CreatedAt = made },
            ],
            credentials);
        Assert.Equal(["GET /creds"], server.Lines());
    }

    [Theory]
    [InlineData("""{"credentials": []}""", true)]
    [InlineData("{}", true)]
    [InlineData("""{"credentials": [{}]}""", false)]
    [InlineData("""{"credentials": ["gh"]}""", false)]
    [InlineData("""{"credentials": [{"name": "gh", "provider": "github", "status": "lost"}]}""", false)]
    public async Task A_list_has_credentials_or_none(string json, bool isList)
    {
        using var server = new ScriptedServer().Respond(json);

        if (isList)
        {
            Assert.Empty(await server.ForUser().ListAsync());
        }
        else
        {
            Assert.Equal(DeviceLoginFailure.Protocol, (await FailAsync(() => server.ForUser().ListAsync())).Failure);
        }
    }

    [Fact]
    public async Task Providers_are_listed()
    {
        using var server = new ScriptedServer().Respond("""
            {"providers": [
              {"id": "github", "name": "GitHub", "grants": ["urn:ietf:params:oauth:grant-type:device_code"],
               "scopes": ["repo", "read:user"]},
              {"id": "google", "scopes": "openid email"}]}
            """);

        var providers = await server.ForUser().ListProvidersAsync();

        Assert.Equal(["GET /creds/-/providers"], server.Lines());
        Assert.Equal(["github GitHub repo read:user", "google google openid email"],
            providers.Select(provider => $"{provider.Id} {provider.Name} {string.Join(' ', provider.Scopes)}"));
        Assert.Equal([1, 0], providers.Select(provider => provider.Grants.Count));
    }

    [Fact]
    public async Task A_credential_is_deleted_and_a_session_ended()
    {
        using var server = new ScriptedServer()
            .Respond("""{"status": "deleted", "revoked": false, "approvals_page": "https://github.com/settings/applications"}""")
            .Respond("""{"status": "deleted", "revoked": true}""")
            .Respond("""{"status": "deleted"}""");
        var client = server.ForSession();

        Assert.Equal(new(false, new Uri("https://github.com/settings/applications")), await client.DeleteAsync("github"));
        Assert.Equal(new(true, null), await client.DeleteAsync("gitlab"));
        await client.EndSessionAsync();

        Assert.Equal(["DELETE /creds/github", "DELETE /creds/gitlab", "DELETE /creds"], server.Lines());
    }

    [Fact]
    public async Task A_rejected_access_token_of_the_user_is_refreshed_once()
    {
        using var server = new ScriptedServer().Error("unauthorized", 401).Respond(BrokerScript.TokenJson);
        using var issuer = new ScriptedServer().Respond("""{"access_token": "at-2", "expires_in": 3600}""");
        var store = new InMemoryTokenStore();
        await store.SaveAsync("k", new TokenSet { AccessToken = "at-1", RefreshToken = "rt-1" }, default);
        var client = new CredentialClient(
            BrokerScript.Service, new StoredTokens(new DeviceLogin(issuer.Options), store, "k"), server.Transport);

        Assert.IsType<CredentialResponse.Token>(await client.GetAsync("github"));

        Assert.Equal(["at-1", "at-2"], server.Requests.Select(request => request.Headers.Split("Bearer ")[1][..4]));
        Assert.Single(issuer.Requests);
    }

    public static TheoryData<int, string, DeviceLoginFailure, string> Errors => new()
    {
        { 400, "bad_request", DeviceLoginFailure.Configuration, "login.example.com rejected the request as invalid: Because." },
        {
            400, "unknown_provider", DeviceLoginFailure.Configuration,
            "login.example.com does not know the provider, or does not offer it to this client: Because."
        },
        { 400, "invalid_scope", DeviceLoginFailure.Configuration, "login.example.com does not allow the requested scope: Because." },
        {
            400, "unsupported_grant_type", DeviceLoginFailure.Configuration,
            "login.example.com does not support this kind of login at the provider: Because."
        },
        {
            400, "invalid_grant", DeviceLoginFailure.InvalidCode,
            "The provider does not accept the code or the refresh token: Because."
        },
        { 401, "unauthorized", DeviceLoginFailure.SignInAgain, "login.example.com no longer accepts the access token." },
        {
            403, "insufficient_scope", DeviceLoginFailure.Configuration,
            "The access token does not include the scope for this credential: Because."
        },
        {
            403, "access_denied", DeviceLoginFailure.Policy,
            "login.example.com or the provider denies access to the credential: Because."
        },
        { 404, "not_found", DeviceLoginFailure.SignInAgain, "There is no credential \"github\" at login.example.com." },
        { 409, "conflict", DeviceLoginFailure.Network, "Another request changes the credential \"github\" at the same time: Because." },
        { 410, "access_denied", DeviceLoginFailure.Denied, "The user denied the credential \"github\"." },
        { 410, "expired_token", DeviceLoginFailure.Expired, "The code expired before the credential \"github\" was approved." },
        {
            410, "account_mismatch", DeviceLoginFailure.Policy,
            "The credential \"github\" was approved by another account than the required one."
        },
        {
            410, "invalid_grant", DeviceLoginFailure.SignInAgain,
            "The credential \"github\" has ended: the provider no longer accepts its refresh token, which expired or was revoked."
        },
        {
            410, "answer_lost", DeviceLoginFailure.SignInAgain,
            "The credential \"github\" has ended: the provider's response to a refresh was lost, and it does not repeat it."
        },
        {
            410, "provider_error", DeviceLoginFailure.Protocol,
            "The credential \"github\" has ended: the provider returned an invalid response."
        },
        { 412, "already_exists", DeviceLoginFailure.Configuration, "There already is a credential \"github\" at login.example.com." },
        { 429, "too_many_requests", DeviceLoginFailure.Network, "login.example.com is rate-limiting requests (HTTP 429): Because." },
        { 500, "server_error", DeviceLoginFailure.Network, "login.example.com is unavailable (HTTP 500)." },
        {
            502, "provider_error", DeviceLoginFailure.Protocol,
            "The provider rejects the registration of login.example.com, or returned an invalid response: Because."
        },
        { 503, "temporarily_unavailable", DeviceLoginFailure.Network, "login.example.com is unavailable (HTTP 503): Because." },
    };

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task Every_error_says_what_is_wrong_and_how_to_fix_it(
        int status, string error, DeviceLoginFailure kind, string message)
    {
        using var server = new ScriptedServer().Error(error, status, "\"error_description\": \"Because.\"").Forever();
        var client = server.ForUser();

        foreach (var call in new Func<Task>[]
        {
            () => client.GetAsync("github"), () => client.DeleteAsync("github"),
            () => client.RefuseAsync("github", BrokerScript.AccessToken),
            status == 404 ? () => client.GetAsync("github") : () => client.PutAsync("github"),
        })
        {
            var failure = await FailAsync(call);
            Assert.Equal((kind, message, error), (failure.Failure, failure.Message, failure.Error));
            Assert.EndsWith(".", failure.Fix, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_is_wrong_with_a_session_is_said_of_the_session()
    {
        using var server = new ScriptedServer().Error("unauthorized", 401).Forever();

        Assert.Equal("login.example.com no longer accepts the session, which has ended or expired.",
            (await FailAsync(() => server.ForSession().GetAsync("github"))).Message);
        Assert.Equal("login.example.com does not offer this provider without a login.",
            (await FailAsync(() => server.ForSession(null).PutAsync("github"))).Message);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task A_service_without_a_broker_is_not_a_missing_credential()
    {
        using var server = new ScriptedServer().Error("not_found", 404).Forever();
        var client = server.ForUser();

        foreach (var call in new Func<Task>[]
        {
            () => client.ListAsync(), () => client.ListProvidersAsync(), () => client.EndSessionAsync(), () => client.PutAsync("github"),
        })
        {
            var failure = await FailAsync(call);
            Assert.Equal(
                (DeviceLoginFailure.Configuration, "login.example.com has no credential broker at the requested URL."),
                (failure.Failure, failure.Message));
        }
    }

    [Theory]
    [InlineData("<html>", 404, "text/html", DeviceLoginFailure.Protocol)]
    [InlineData("<html>", 502, "text/html", DeviceLoginFailure.Network)]
    [InlineData("{}", 200, "application/json", DeviceLoginFailure.Protocol)]
    [InlineData("""{"access_token": "two\nlines"}""", 200, "application/json", DeviceLoginFailure.Protocol)]
    public async Task A_page_of_a_proxy_says_nothing_about_the_credential(string body, int status, string type, DeviceLoginFailure kind)
    {
        using var server = new ScriptedServer().Respond(body, status, type);

        Assert.Equal(kind, (await FailAsync(() => server.ForUser().GetAsync("github"))).Failure);
    }

    [Fact]
    public async Task No_secret_that_a_server_echoes_is_displayed()
    {
        using var server = new ScriptedServer()
            .Error("bad_request", 400, "\"error_description\": \"at-user-secret ghr_secret dcs_\\u001b[31m\"")
            .Error("unauthorized", 400, $"\"error_description\": \"{BrokerScript.Session} {BrokerScript.AccessToken}\"");

        var put = await FailAsync(() => server.ForUser().PutAsync("github", new() { RefreshToken = "ghr_secret" }));
        var refused = await FailAsync(() => server.ForSession().RefuseAsync("github", BrokerScript.AccessToken));

        Assert.Equal("login.example.com rejected the request as invalid: **** **** dcs_ [31m.", put.Message);
        Assert.DoesNotContain("secret", $"{put}{refused}{put.ErrorDescription}{refused.ErrorDescription}", StringComparison.Ordinal);
        Assert.DoesNotContain(BrokerScript.Session, $"{refused}{refused.ErrorDescription}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_service_has_longer_than_other_servers_because_it_may_wait_for_the_provider()
    {
        using var server = new ScriptedServer().Hang();

        await server.RunAsync(async () => await FailAsync(() => server.ForUser().GetAsync("github")));

        Assert.Equal(30, (server.Time.GetUtcNow() - new ScriptedServer().Time.GetUtcNow()).TotalSeconds);
    }

    [Fact]
    public async Task A_service_with_a_path_is_one()
    {
        using var server = new ScriptedServer().Respond(BrokerScript.TokenJson);

        await CredentialClient.ForSession(new("https://example.com/login/"), BrokerScript.Session, server.Transport).GetAsync("github");

        Assert.Equal("https://example.com/login/creds/github", server.Requests[0].Uri.AbsoluteUri);
    }

    [Fact]
    public async Task A_service_must_be_https_or_on_this_machine()
    {
        using var server = new ScriptedServer();

        Assert.Equal(DeviceLoginFailure.Configuration, (await FailAsync(() =>
            CredentialClient.ForSession(new("http://login.example.com"), BrokerScript.Session, server.Transport).GetAsync("a"))).Failure);
        Assert.Empty(server.Requests);
    }

    internal static Task<DeviceLoginException> FailAsync(Func<Task> act) => Assert.ThrowsAsync<DeviceLoginException>(act);

    private static void AssertJson(string expected, string body) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(body)), body);
}
