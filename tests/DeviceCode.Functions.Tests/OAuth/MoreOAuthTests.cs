namespace DeviceCode.Functions.Tests.OAuth;

using DeviceCode.Testing;

/// <summary>PKCE (RFC 7636), metadata (RFC 8414), bearer tokens (RFC 6750) and behaviour that the RFCs leave open.</summary>
public sealed class MoreOAuthTests : IDisposable
{
    private static readonly (string Name, string Value)[] Challenge =
        [("code_challenge", OAuthWorld.Challenge), ("code_challenge_method", "S256")];

    private static readonly (string Name, string Value) Verifier = ("code_verifier", OAuthWorld.Verifier);

    private readonly OAuthService _oauth = new();

    public void Dispose() => _oauth.Dispose();

    [Theory]
    [InlineData(OAuthWorld.Challenge, "")]
    [InlineData(OAuthWorld.Challenge, "plain")]
    [InlineData(OAuthWorld.Challenge, "s256")]
    [InlineData("too-short", "S256")]
    [InlineData("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM", "S256")]
    [InlineData("", "S256")]
    public async Task Rfc7636_S4_3_a_challenge_must_be_S256(string challenge, string method) =>
        (await _oauth.DeviceCodeAsync("cli", ("code_challenge", challenge), ("code_challenge_method", method)))
            .IsOAuthError("invalid_request");

    [Theory]
    [InlineData("")]
    [InlineData("wrong")]
    [InlineData("wrongwrongwrongwrongwrongwrongwrongwrongwrongwrong")]
    [InlineData(OAuthWorld.Challenge)]
    public async Task Rfc7636_S4_6_a_wrong_verifier_is_rejected_and_the_code_stays_valid(string verifier)
    {
        var deviceCode = await _oauth.ApprovedAsync("cli", Challenge);
        (await _oauth.PollAsync(deviceCode, "cli", ("code_verifier", verifier))).IsOAuthError("invalid_grant");
        Assert.Equal(200, (await _oauth.PollAsync(deviceCode, "cli", Verifier)).Status);
    }

    [Fact]
    public async Task With_the_verifier_a_lost_response_is_repeated_for_90_seconds()
    {
        var deviceCode = await _oauth.ApprovedAsync("cli", Challenge);
        var first = await _oauth.PollAsync(deviceCode, "cli", Verifier);
        _oauth.Advance(89);
        var again = await _oauth.PollAsync(deviceCode, "cli", Verifier);

        Assert.Equal((first["access_token"], first["refresh_token"]), (again["access_token"], again["refresh_token"]));
        Assert.Equal("3511", again["expires_in"]);
        (await _oauth.PollAsync(deviceCode, "cli", ("code_verifier", new string('x', 43)))).IsOAuthError("invalid_grant");

        _oauth.Advance(1);
        (await _oauth.PollAsync(deviceCode, "cli", Verifier)).IsOAuthError("invalid_grant");
        Assert.True(await _oauth.IsActiveAsync(first["access_token"]));
    }

    [Fact]
    public async Task A_response_sent_at_the_last_moment_is_repeated_too()
    {
        var deviceCode = await _oauth.ApprovedAsync("cli", Challenge);
        _oauth.Advance(900 + 60);
        var first = await _oauth.PollAsync(deviceCode, "cli", Verifier);
        _oauth.Advance(89);
        Assert.Equal(first["access_token"], (await _oauth.PollAsync(deviceCode, "cli", Verifier))["access_token"]);
    }

    [Fact]
    public async Task A_response_whose_tokens_were_revoked_or_rotated_is_not_repeated()
    {
        var revoked = await _oauth.ApprovedAsync("cli", Challenge);
        await _oauth.RevokeAsync((await _oauth.PollAsync(revoked, "cli", Verifier))["refresh_token"]!);
        (await _oauth.PollAsync(revoked, "cli", Verifier)).IsOAuthError("invalid_grant");

        var rotated = await _oauth.ApprovedAsync("cli", Challenge);
        await _oauth.RefreshAsync((await _oauth.PollAsync(rotated, "cli", Verifier))["refresh_token"]!);
        (await _oauth.PollAsync(rotated, "cli", Verifier)).IsOAuthError("invalid_grant");
    }

    [Fact]
    public async Task Rfc9700_S4_8_2_a_verifier_without_a_challenge_is_rejected()
    {
        var deviceCode = await _oauth.ApprovedAsync();
        (await _oauth.PollAsync(deviceCode, "cli", Verifier)).IsOAuthError("invalid_grant");
        (await _oauth.PollAsync(deviceCode, "cli", ("code_verifier", "x"))).IsOAuthError("invalid_grant");
        Assert.Equal(200, (await _oauth.PollAsync(deviceCode, "cli", ("code_verifier", ""))).Status);
    }

    [Fact]
    public async Task Rfc8414_S3_2_without_scopes_the_metadata_omit_the_list()
    {
        using var oauth = new TestService(new()
        {
            ["OAuth:Clients:0:Scopes"] = "",
            ["OAuth:Clients:1:Scopes"] = "",
            ["OAuth:Clients:broker:Scopes"] = "",
            ["OAuth:Clients:tools:Scopes"] = "",
        });
        var metadata = await oauth.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/.well-known/oauth-authorization-server"));
        Assert.DoesNotContain("scopes_supported", metadata.Members());
        Assert.Equal("[]", metadata["response_types_supported"]);
        Assert.DoesNotContain(metadata.Members(), name => name != "response_types_supported" && metadata[name] is "[]" or "");
    }

    [Fact]
    public async Task Rfc9110_S9_1_HEAD_is_GET_without_the_body()
    {
        var tokens = await _oauth.SignInAsync();
        string[] paths = ["/.well-known/oauth-authorization-server", "/device", "/device/config.json", "/healthz", "/oauth/userinfo"];
        foreach (var path in paths)
        {
            var get = await SendAsync(HttpMethod.Get, path);
            var head = await SendAsync(HttpMethod.Head, path);
            Assert.Equal((200, 200, ""), (get.Status, head.Status, head.Text));
            Assert.Equal(get.ContentHeaders.ContentType, head.ContentHeaders.ContentType);
            Assert.Equal(get.Headers.CacheControl, head.Headers.CacheControl);
        }

        Task<ServiceResponse> SendAsync(HttpMethod method, string path) => _oauth.Service.SendAsync(
            new HttpRequestMessage(method, path) { Headers = { { "Authorization", $"Bearer {tokens["access_token"]}" } } });
    }

    [Fact]
    public async Task Rfc8414_S3_the_metadata_list_all_endpoints_and_capabilities()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/.well-known/oauth-authorization-server");
        var response = (await _oauth.Service.SendAsync(request)).IsWellFormed();

        const string Expected = """
            {"issuer":"http://localhost:7071",
            "token_endpoint":"http://localhost:7071/oauth/token",
            "device_authorization_endpoint":"http://localhost:7071/oauth/device/code",
            "revocation_endpoint":"http://localhost:7071/oauth/revoke",
            "introspection_endpoint":"http://localhost:7071/oauth/introspect",
            "userinfo_endpoint":"http://localhost:7071/oauth/userinfo",
            "scopes_supported":["creds","email","logins","offline_access","profile"],
            "response_types_supported":[],
            "grant_types_supported":["urn:ietf:params:oauth:grant-type:device_code","refresh_token"],
            "token_endpoint_auth_methods_supported":["none","client_secret_basic","client_secret_post"],
            "revocation_endpoint_auth_methods_supported":["none","client_secret_basic","client_secret_post"],
            "introspection_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post"],
            "code_challenge_methods_supported":["S256"]}
            """;
        Assert.Equal(Expected.ReplaceLineEndings(""), response.Text);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("/", "/")]
    [InlineData("/login", "/login")]
    [InlineData("/login/", "/login")]
    [InlineData("/login", "/login/")]
    [InlineData("/a/b", "/a/b")]
    [InlineData("/caf%C3%A9%20a", "/caf%c3%a9%20%61")]
    [InlineData("/café a", "/caf%C3%A9%20a")]
    [InlineData("/a%2Fb", "/a%2Fb")]
    [InlineData("/login", "")] // PublicUrl/.well-known/oauth-authorization-server, behind a proxy that removes the path
    public async Task Rfc8414_S3_1_the_path_of_the_issuer_follows_the_well_known_path(string publicPath, string suffix)
    {
        var publicUrl = $"https://login.example.com{publicPath}";
        using var service = new TestService(new() { ["DeviceCode:PublicUrl"] = publicUrl });

        var response = (await GetMetadataAsync(service, suffix)).IsWellFormed();

        Assert.Equal(200, response.Status);
        Assert.Equal(new Uri(publicUrl).AbsoluteUri.TrimEnd('/'), response["issuer"]);
        Assert.Equal($"{response["issuer"]}/oauth/device/code", response["device_authorization_endpoint"]);
    }

    [Theory]
    [InlineData("", "/login")]
    [InlineData("/", "//")]
    [InlineData("/login", "/Login")]
    [InlineData("/login", "/log")]
    [InlineData("/login", "/login/more")]
    [InlineData("/login", "/login//")]
    [InlineData("/login", "//login")]
    [InlineData("/a/b", "/a")]
    [InlineData("/a/b", "/b")]
    [InlineData("/a/b", "/a%2Fb")]
    [InlineData("/a%2Fb", "/a/b")]
    [InlineData("/caf%C3%A9", "/cafe")]
    public async Task Rfc8414_S3_1_the_path_of_another_issuer_gets_a_404(string publicPath, string suffix)
    {
        using var service = new TestService(new() { ["DeviceCode:PublicUrl"] = $"https://login.example.com{publicPath}" });

        (await GetMetadataAsync(service, suffix)).IsError(404, "not_found");
    }

    [Fact]
    public async Task The_metadata_of_an_issuer_with_a_path_cannot_be_posted_to()
    {
        using var service = new TestService(new() { ["DeviceCode:PublicUrl"] = "https://login.example.com/login" });

        var response = (await service.PostAsync("/.well-known/oauth-authorization-server/login")).IsError(405, "method_not_allowed");

        Assert.Contains("GET", response.ContentHeaders.Allow);
    }

    [Theory]
    [InlineData("profile email", "sub email name preferred_username")]
    [InlineData("profile", "sub name preferred_username")]
    [InlineData("email", "sub email")]
    [InlineData("offline_access", "sub")]
    public async Task Userinfo_returns_only_the_claims_of_the_scopes(string scope, string members)
    {
        var token = (await _oauth.SignInAsync("cli", ("scope", scope)))["access_token"]!;
        var response = (await _oauth.UserInfoAsync($"Bearer {token}")).IsWellFormed();
        Assert.Equal(members.Split(' '), response.Members());
        Assert.Equal("03fa7d87-eefb-5baa-581d-3e49a74cdb3f", response["sub"]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Basic YTpi")]
    public async Task Rfc6750_S3_without_a_token_the_challenge_has_no_error(string? authorization)
    {
        var response = (await _oauth.UserInfoAsync(authorization)).IsError(401, "unauthorized");
        Assert.Equal("Bearer realm=\"DeviceCode\"", response.Headers.WwwAuthenticate.ToString());
    }

    [Fact]
    public async Task Rfc6750_S3_1_an_invalid_token_gets_the_error_invalid_token()
    {
        var tokens = await _oauth.SignInAsync();
        foreach (var token in new[] { "nonsense", "", tokens["refresh_token"] })
        {
            var response = (await _oauth.UserInfoAsync($"Bearer {token}")).IsError(401, token is "" ? "unauthorized" : "invalid_token");
            Assert.StartsWith("Bearer realm=\"DeviceCode\"", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Disabling_a_client_deactivates_its_tokens()
    {
        var grants = new Core.OAuth.InMemoryGrantStore();
        var world = new OAuthWorld(grants: grants);
        var tokens = Assert.IsType<Core.OAuth.TokenResult.Issued>(await world.RedeemAsync(await world.ApprovedAsync()));
        Assert.NotNull(await world.IntrospectAsync(tokens.AccessToken));

        world.Client.Enabled = false;
        Assert.Null(await world.IntrospectAsync(tokens.AccessToken));
        Assert.Null(await world.IntrospectAsync(tokens.RefreshToken!));
    }

    [Fact]
    public async Task A_grant_has_at_most_ten_active_access_tokens()
    {
        var first = await _oauth.SignInAsync();
        var latest = first;
        for (var i = 0; i < 10; i++)
        {
            latest = await _oauth.RefreshAsync(latest["refresh_token"]!);
        }

        Assert.False(await _oauth.IsActiveAsync(first["access_token"]));
        Assert.True(await _oauth.IsActiveAsync(latest["access_token"]));
    }

    private static Task<ServiceResponse> GetMetadataAsync(TestService service, string suffix) =>
        service.SendAsync(new HttpRequestMessage(HttpMethod.Get, $"/.well-known/oauth-authorization-server{suffix}"));
}
