namespace DeviceCode.Client.Tests.KnownProviders;

/// <summary>Tests that the requests and responses are those that the providers document.</summary>
public sealed class KnownProviderTests : IDisposable
{
    private const string DeviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

    private readonly ScriptedServer _server = new();
    private readonly RecordingPrompt _prompt = new();

    public void Dispose() => _server.Dispose();

    // https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps#device-flow
    [Fact]
    public async Task GitHub()
    {
        _server
            .Respond("""
                {"device_code": "3584d83530557fdd1f46af8289938c8ef79f9dc5", "user_code": "WDJB-MJHT",
                "verification_uri": "https://github.com/login/device", "expires_in": 900, "interval": 5}
                """)
            .Respond("""
                {"error": "authorization_pending", "error_description": "The authorization request is still pending.",
                "error_uri":
                  "https://developer.github.com/apps/building-oauth-apps/authorizing-oauth-apps/#error-codes-for-the-device-flow"}
                """)
            .Respond("""
                {"error": "slow_down", "error_description": "Too many requests have been made in the same timeframe.", "interval": 10}
                """)
            .Respond("""{"access_token": "gho_sample", "token_type": "bearer", "scope": "repo,gist"}""");

        var tokens = await LoginAsync(Providers.GitHub(), "Iv1.1234", scope: "repo gist");

        AssertRequest(0, "https://github.com/login/device/code", ("client_id", "Iv1.1234"), ("scope", "repo gist"));
        AssertRequest(
            1, "https://github.com/login/oauth/access_token", (
                "client_id", "Iv1.1234"), ("device_code", "3584d83530557fdd1f46af8289938c8ef79f9dc5"), ("grant_type", DeviceGrant));
        Assert.All(_server.Requests, request => Assert.Contains("Accept: application/json", request.Headers, StringComparison.Ordinal));
        Assert.All(_server.Requests, request => Assert.Matches(@"User-Agent: DeviceCode\.Client/\d", request.Headers));
        Assert.Equal(("WDJB-MJHT", "https://github.com/login/device", null),
            (_prompt.Shown!.UserCode, _prompt.Shown.VerificationUri.AbsoluteUri, _prompt.Shown.VerificationUriComplete));
        Assert.Equal([6, 12, 26], _server.Polls);
        Assert.Equal(
            new TokenSet { AccessToken = "gho_sample", TokenType = "Bearer", Scope = "repo,gist" }, tokens);
    }

    // https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens
    [Fact]
    public async Task GitHub_Apps_with_expiring_tokens()
    {
        var now = _server.Time.GetUtcNow();
        _server.Respond("""
            {"access_token": "ghu_new", "expires_in": 28800, "refresh_token": "ghr_new", "refresh_token_expires_in": 15897600,
            "scope": "", "token_type": "bearer"}
            """)
            .Respond("""
                {"error": "bad_refresh_token", "error_description": "The refresh token passed is incorrect or expired.",
                "error_uri": "https://docs.github.com"}
                """);
        var login = Login(Providers.GitHub(), "Iv1.1234");
        var old = new TokenSet { AccessToken = "ghu_old", RefreshToken = "ghr_old" };

        var tokens = await _server.RunAsync(() => login.RefreshAsync(old));

        AssertRequest(0, "https://github.com/login/oauth/access_token", ("client_id", "Iv1.1234"), ("grant_type", "refresh_token"),
            ("refresh_token", "ghr_old"));
        Assert.Equal(
            new TokenSet
            {
                AccessToken = "ghu_new",
                RefreshToken = "ghr_new",
                ExpiresAt = now.AddHours(8),
                Lifetime = TimeSpan.FromHours(8),
                RefreshTokenExpiresAt = now.AddSeconds(15897600)
            }, tokens);
        var refusal = await Assert.ThrowsAsync<DeviceLoginException>(() => _server.RunAsync(() => login.RefreshAsync(old)));
        Assert.Equal((DeviceLoginFailure.SignInAgain, "bad_refresh_token"), (refusal.Failure, refusal.Error));
    }

    [Fact]
    public async Task GitHub_with_the_device_flow_switched_off_says_where_to_switch_it_on()
    {
        _server.Respond("""
            {"error": "device_flow_disabled", "error_description": "Device Flow must be explicitly enabled for this App",
            "error_uri": "https://docs.github.com"}
            """, 400);

        var refusal = await Assert.ThrowsAsync<DeviceLoginException>(() => LoginAsync(Providers.GitHub(), "Iv1.1234"));

        Assert.Equal(DeviceLoginFailure.Configuration, refusal.Failure);
        Assert.Equal("Enable the device flow in the client's settings, at https://github.com/settings/developers.", refusal.Fix);
    }

    [Fact]
    public async Task GitHub_does_not_find_a_client_that_it_does_not_know()
    {
        _server.Respond("""{"error": "Not Found"}""", 404);

        var refusal = await Assert.ThrowsAsync<DeviceLoginException>(() => LoginAsync(Providers.GitHub(), "nobody"));

        Assert.Equal((DeviceLoginFailure.Configuration, "GitHub does not know this client, or its secret is wrong."),
            (refusal.Failure, refusal.Message));
    }

    [Theory]
    [InlineData("github.com", "https://api.github.com/user")]
    [InlineData("example.ghe.com", "https://api.example.ghe.com/user")]
    [InlineData("github.example.com", "https://github.example.com/api/v3/user")]
    public void GitHubs_API_is_elsewhere_for_each_kind_of_host(string host, string user) =>
        Assert.Equal(user, Providers.GitHub(host).UserinfoEndpoint!.AbsoluteUri);

    [Fact]
    public async Task GitHub_tells_who_signed_in()
    {
        _server.Respond("""{"login": "octocat", "id": 1, "name": "monalisa octocat", "email": null, "plan": {"name": "Medium"}}""");

        var user = await _server.RunAsync(() => Login(Providers.GitHub(), "x").GetUserInfoAsync(new TokenSet { AccessToken = "gho_1" }));

        Assert.Equal(new UserInfo("1") { Username = "octocat", Name = "monalisa octocat" }, user);
        Assert.Equal(("GET", "https://api.github.com/user"), (_server.Requests[0].Method, _server.Requests[0].Uri.AbsoluteUri));
        Assert.Contains("Authorization: Bearer gho_1", _server.Requests[0].Headers, StringComparison.Ordinal);
    }

    // https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code
    [Fact]
    public async Task Microsoft()
    {
        const string Message = "To sign in, use a web browser to open the page https://microsoft.com/devicelogin "
            + "and enter the code ABCDEFGHI to authenticate.";
        _server
            .Respond($$"""
                {"user_code": "ABCDEFGHI", "device_code": "GMMhmHCXhWEzkobqIHGG_EnNYYsAkukHspeYUk9E8",
                "verification_uri": "https://microsoft.com/devicelogin", "expires_in": 900, "interval": 5, "message": "{{Message}}"}
                """)
            .Respond("""
                {"error": "authorization_pending",
                "error_description":
                  "AADSTS70016: OAuth 2.0 device flow error. Authorization is pending. Continue polling.\r\nTrace ID: 21a7ca08",
                "error_codes": [70016], "timestamp": "2022-08-25 09:34:07Z", "trace_id": "21a7ca08", "correlation_id": "55137716",
                "error_uri": "https://login.microsoftonline.com/error?code=70016"}
                """, 400)
            .Respond("""
                {"token_type": "Bearer", "scope": "User.Read profile openid email", "expires_in": 3599, "ext_expires_in": 3599,
                "access_token": "eyJ0eXAi.a.b", "refresh_token": "AwABAAAAvPM1KaPlrEqdFSBzjqfTGAMxZGUTdM0t4B4",
                "id_token": "eyJ0eXAi.c.d"}
                """);

        var tokens = await LoginAsync(
            Providers.Microsoft("contoso.onmicrosoft.com"), "535fb089-9ff3-47b6-9bfb-4f1264799865", scope: "user.read openid profile");

        AssertRequest(
            0, "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/devicecode", (
                "client_id", "535fb089-9ff3-47b6-9bfb-4f1264799865"), ("scope", "user.read openid profile"));
        AssertRequest(
            1,
            "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token",
            ("client_id", "535fb089-9ff3-47b6-9bfb-4f1264799865"),
            ("device_code", "GMMhmHCXhWEzkobqIHGG_EnNYYsAkukHspeYUk9E8"),
            ("grant_type", DeviceGrant));
        Assert.Equal(Message, _prompt.Shown!.Message);
        Assert.Equal(("eyJ0eXAi.a.b", "eyJ0eXAi.c.d", _server.Time.GetUtcNow().AddSeconds(3599)),
            (tokens.AccessToken, tokens.IdToken, tokens.ExpiresAt));
    }

    [Fact]
    public async Task Microsoft_asks_for_a_refresh_token_by_default()
    {
        _server.Error("authorization_declined", 400);

        await Assert.ThrowsAsync<DeviceLoginException>(() => LoginAsync(Providers.Microsoft(), "x"));

        AssertRequest(0, "https://login.microsoftonline.com/common/oauth2/v2.0/devicecode", ("client_id", "x"),
            ("scope", "openid profile email offline_access"));
    }

    // https://developers.google.com/identity/protocols/oauth2/limited-input-device
    [Fact]
    public async Task Google()
    {
        _server
            .Respond("""
                {"device_code": "4/4-GMMhmHCXhWEzkobqIHGG_EnNYYsAkukHspeYUk9E8", "user_code": "GQVQ-JKEC",
                "verification_url": "https://www.google.com/device", "expires_in": 1800, "interval": 5}
                """)
            .Respond("""{"error": "authorization_pending", "error_description": "Precondition Required"}""", 428)
            .Respond("""{"error": "slow_down", "error_description": "Forbidden"}""", 403)
            .Respond("""
                {"access_token": "1/fFAGRNJru1FTz70BzhT3Zg", "expires_in": 3920,
                "scope": "openid https://www.googleapis.com/auth/userinfo.profile", "token_type": "Bearer",
                "refresh_token": "1/xEoDL4iW3cxlI7yDbSRFYNG01kVKM2C-259HOF2aQbI"}
                """);

        var tokens = await LoginAsync(Providers.Google, "id.apps.googleusercontent.com", "GOCSPX-secret", "email profile");

        AssertRequest(
            0, "https://oauth2.googleapis.com/device/code", ("client_id", "id.apps.googleusercontent.com"), ("scope", "email profile"));
        AssertRequest(
            1,
            "https://oauth2.googleapis.com/token",
            ("client_id", "id.apps.googleusercontent.com"),
            ("client_secret", "GOCSPX-secret"),
            ("device_code", "4/4-GMMhmHCXhWEzkobqIHGG_EnNYYsAkukHspeYUk9E8"),
            ("grant_type", DeviceGrant));
        Assert.Equal("https://www.google.com/device", _prompt.Shown!.VerificationUri.AbsoluteUri);
        Assert.Equal([6, 12, 26], _server.Polls);
        Assert.Equal("1/xEoDL4iW3cxlI7yDbSRFYNG01kVKM2C-259HOF2aQbI", tokens.RefreshToken);
    }

    [Fact]
    public async Task Google_out_of_device_codes_is_not_the_users_fault()
    {
        _server.Respond("""{"error_code": "rate_limit_exceeded"}""", 403);

        var refusal = await Assert.ThrowsAsync<DeviceLoginException>(() => LoginAsync(Providers.Google, "x", "secret"));

        Assert.Equal((DeviceLoginFailure.Network, "rate_limit_exceeded"), (refusal.Failure, refusal.Error));
    }

    [Fact]
    public async Task Google_without_a_secret_fails_before_anything_is_shown()
    {
        var login = await Assert.ThrowsAsync<DeviceLoginException>(() => LoginAsync(Providers.Google, "x"));

        Assert.Equal((DeviceLoginFailure.Configuration, "A login at Google requires a client secret."), (login.Failure, login.Message));
        Assert.Empty(_server.Requests);
    }

    // https://huggingface.co/docs/hub/oauth#device-code-oauth
    [Fact]
    public async Task HuggingFace()
    {
        _server
            .Respond("""
                {"device_code": "dc", "user_code": "ABCD-EFGH", "verification_uri": "https://huggingface.co/oauth/device",
                "verification_uri_complete": "https://huggingface.co/oauth/device?user_code=ABCD-EFGH", "expires_in": 900,
                "interval": 5}
                """)
            .Respond("""
                {"access_token": "hf_oauth_1", "token_type": "bearer", "expires_in": 28800, "scope": "openid profile",
                "refresh_token": "hf_r"}
                """);

        await LoginAsync(Providers.HuggingFace, "id", "secret");

        AssertRequest(0, "https://huggingface.co/oauth/device", ("client_id", "id"), ("scope", "openid profile"));
        AssertRequest(1, "https://huggingface.co/oauth/token", ("client_id", "id"), ("device_code", "dc"), ("grant_type", DeviceGrant));
        Assert.All(_server.Requests,
            request => Assert.Contains("Authorization: Basic aWQ6c2VjcmV0", request.Headers, StringComparison.Ordinal));
    }

    // https://docs.gitlab.com/api/oauth2/#device-authorization-grant-flow
    [Fact]
    public async Task GitLab()
    {
        _server
            .Respond("""
                {"device_code": "GmRhmhcxhwAzkoEqiMEg", "user_code": "0A44L90H",
                "verification_uri": "https://gitlab.example.com/oauth/device",
                "verification_uri_complete": "https://gitlab.example.com/oauth/device?user_code=0A44L90H", "expires_in": 300,
                "interval": 5}
                """)
            .Respond("""
                {"access_token": "at", "token_type": "Bearer", "expires_in": 7200, "refresh_token": "rt", "scope": "read_user",
                "created_at": 1593096829}
                """)
            .Respond("{}").Respond("{}");

        var tokens = await LoginAsync(Providers.GitLab("gitlab.example.com"), "id", scope: "read_user");
        Assert.True(await _server.RunAsync(() => Login(Providers.GitLab("gitlab.example.com"), "id").RevokeAsync(tokens)));

        AssertRequest(0, "https://gitlab.example.com/oauth/authorize_device", ("client_id", "id"), ("scope", "read_user"));
        AssertRequest(1, "https://gitlab.example.com/oauth/token", ("client_id", "id"), ("device_code", "GmRhmhcxhwAzkoEqiMEg"),
            ("grant_type", DeviceGrant));
        AssertRequest(
            2, "https://gitlab.example.com/oauth/revoke", ("client_id", "id"), ("token", "rt"), ("token_type_hint", "refresh_token"));
        AssertRequest(
            3, "https://gitlab.example.com/oauth/revoke", ("client_id", "id"), ("token", "at"), ("token_type_hint", "access_token"));
    }

    [Fact]
    public async Task Parameters_of_ones_own_are_sent_with_the_request_for_codes()
    {
        _server.Error("access_denied");

        await Assert.ThrowsAsync<DeviceLoginException>(() => _server.RunAsync(() => new DeviceLogin(new()
        {
            Provider = ScriptedServer.Provider,
            Parameters = new Dictionary<string, string> { ["audience"] = "https://api.example" },
            Transport = _server.Transport,
        }).RequestAsync()));

        AssertRequest(0, "https://as.example/device_authorization", ("audience", "https://api.example"), ("client_id", "cli"));
    }

    [Fact]
    public async Task A_missing_client_id_is_told_with_the_place_to_get_one()
    {
        var refusal = await Assert.ThrowsAsync<DeviceLoginException>(
            () => Login(Providers.GitHub("github.example.com"), null).RequestAsync());

        Assert.Equal(DeviceLoginFailure.Configuration, refusal.Failure);
        Assert.Equal("Register a client at https://github.example.com/settings/developers and use its id.", refusal.Fix);
    }

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("file:///etc/passwd")]
    [InlineData("/device")]
    [InlineData("")]
    public async Task An_address_that_no_browser_should_open_is_refused(string address)
    {
        _server.Respond($$"""{"device_code": "dc", "user_code": "uc", "verification_uri": "{{address}}", "expires_in": 900}""");

        var refusal = await Assert.ThrowsAsync<DeviceLoginException>(() => LoginAsync(ScriptedServer.Provider, "x"));

        Assert.Equal(DeviceLoginFailure.Protocol, refusal.Failure);
        Assert.Null(_prompt.Shown);
    }

    private DeviceLogin Login(Provider provider, string? clientId, string? secret = null, string? scope = null) =>
        new(new() { Provider = provider, ClientId = clientId, ClientSecret = secret, Scope = scope, Transport = _server.Transport });

    private Task<TokenSet> LoginAsync(Provider provider, string clientId, string? secret = null, string? scope = null) =>
        _server.RunAsync(() => Login(provider, clientId, secret, scope).LoginAsync(_prompt));

    private void AssertRequest(int index, string uri, params (string Name, string Value)[] form)
    {
        var request = _server.Requests[index];
        Assert.Equal(("POST", uri), (request.Method, request.Uri.AbsoluteUri));
        Assert.Equal(form, request.Form.OrderBy(field => field.Key).Select(field => (field.Key, field.Value)));
    }
}
