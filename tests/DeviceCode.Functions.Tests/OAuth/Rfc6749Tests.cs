namespace DeviceCode.Functions.Tests.OAuth;

using System.Text;

/// <summary>The OAuth 2.0 Authorization Framework, section by section, where it applies to the token endpoint.</summary>
public sealed class Rfc6749Tests : IDisposable
{
    private static readonly string Unknown = new('0', 40);
    private static readonly string Basic = OAuthService.Basic("confidential", OAuthService.Secret);

    private readonly OAuthService _oauth = new();

    public void Dispose() => _oauth.Dispose();

    [Fact]
    public async Task S2_3_1_a_client_authenticates_by_Basic_or_in_the_body()
    {
        (await TokenAsync(Basic)).IsOAuthError("invalid_grant");
        (await TokenAsync(null, ("client_id", "confidential"), ("client_secret", OAuthService.Secret))).IsOAuthError("invalid_grant");
        (await TokenAsync(Basic, ("client_id", "confidential"))).IsOAuthError("invalid_grant");
        (await TokenAsync(OAuthService.Basic("cli", ""))).IsOAuthError("invalid_grant");
    }

    [Fact]
    public async Task S2_3_a_client_must_not_authenticate_in_two_ways()
    {
        (await TokenAsync(Basic, ("client_secret", OAuthService.Secret))).IsOAuthError("invalid_request");
        (await TokenAsync(Basic, ("client_id", "cli"))).IsOAuthError("invalid_request");
    }

    [Fact]
    public async Task S2_3_1_credentials_in_the_URL_are_ignored() => (await _oauth.PostAsync(
        $"/oauth/token?client_id=confidential&client_secret={Uri.EscapeDataString(OAuthService.Secret)}",
        ("grant_type", "refresh_token"),
        ("refresh_token", "x"))).IsOAuthError("invalid_request");

    [Theory]
    [InlineData("Basic")]
    [InlineData("Basic !!!")]
    [InlineData("Basic bm9jb2xvbg==")] // no colon
    [InlineData("Bearer abc")]
    [InlineData("Digest username=cli")]
    public async Task S5_2_a_malformed_authentication_is_an_invalid_client(string authorization)
    {
        var response = (await TokenAsync(authorization)).IsOAuthError("invalid_client", 401);
        Assert.Equal("Basic", response.AuthenticationScheme());
    }

    [Fact]
    public async Task S5_2_an_unknown_client_and_a_wrong_secret_get_the_same_response()
    {
        var responses = new[]
        {
            await TokenAsync(OAuthService.Basic("nobody", OAuthService.Secret)),
            await TokenAsync(OAuthService.Basic("confidential", "wrong")),
            await TokenAsync(OAuthService.Basic("confidential", "")),
            await TokenAsync(OAuthService.Basic("cli", "a public client has no secret")),
            await TokenAsync(OAuthService.Basic("off", "")),
            await TokenAsync(null, ("client_id", "confidential")),
            await TokenAsync(null, ("client_id", "nobody"), ("client_secret", "x")),
        };

        Assert.All(responses, response => response.IsOAuthError("invalid_client", 401));
        Assert.All(responses, response => Assert.Equal("Basic", response.AuthenticationScheme()));
        Assert.Single(responses.Select(response => response.Text).Distinct());
    }

    [Fact]
    public async Task S3_2_only_POST_is_allowed()
    {
        const string Path = "/oauth/token?client_id=cli&grant_type=refresh_token&refresh_token=x";
        var response = await _oauth.Service.SendAsync(new HttpRequestMessage(HttpMethod.Get, Path));
        response.IsError(405, "method_not_allowed");
    }

    [Fact]
    public async Task S3_2_unknown_parameters_are_ignored_empty_ones_omitted_and_repeated_ones_rejected()
    {
        (await TokenAsync(null, ("client_id", "cli"), ("unknown", "x"), ("code_verifier", ""))).IsOAuthError("invalid_grant");
        (await TokenAsync(null, ("client_id", "cli"), ("client_id", "cli"))).IsOAuthError("invalid_request");
        (await _oauth.PostAsync("/oauth/token", ("client_id", "cli"), ("grant_type", ""))).IsOAuthError("invalid_request");
    }

    [Fact]
    public async Task S3_3_without_a_scope_a_client_gets_its_default_and_the_response_names_it()
    {
        var codes = await _oauth.DeviceCodeAsync("confidential", ("client_secret", OAuthService.Secret));
        await _oauth.Service.AuthorizeAsync(codes["user_code"]!);
        var tokens = await _oauth.PollAsync(codes["device_code"]!, "confidential", ("client_secret", OAuthService.Secret));
        Assert.Equal("profile", tokens["scope"]);

        Assert.Equal("profile email offline_access", (await _oauth.SignInAsync())["scope"]);
    }

    [Fact]
    public async Task S5_1_the_response_has_the_tokens_and_forbids_caching()
    {
        var tokens = (await _oauth.SignInAsync()).IsWellFormed();
        Assert.Equal(["access_token", "token_type", "expires_in", "refresh_token", "scope"], tokens.Members());
        Assert.Equal(("Bearer", "3600"), (tokens["token_type"], tokens["expires_in"]));
        Assert.Matches("^dca_[0-9A-Za-z]{71}$", tokens["access_token"]);
        Assert.Matches("^dcr_[0-9A-Za-z]{71}$", tokens["refresh_token"]);
    }

    [Fact]
    public async Task S5_1_expires_in_and_refresh_token_are_omitted_where_they_do_not_apply()
    {
        var tokens = await _oauth.SignInAsync("norefresh");
        Assert.Equal(["access_token", "token_type", "scope"], tokens.Members());
        _oauth.Advance(TimeSpan.FromDays(10_000).TotalSeconds);
        Assert.True(await _oauth.IsActiveAsync(tokens["access_token"]));
    }

    [Fact]
    public async Task S5_1_a_client_with_the_scope_offline_access_must_request_it_for_a_refresh_token()
    {
        Assert.DoesNotContain("refresh_token", (await _oauth.SignInAsync("cli", ("scope", "profile"))).Members());
        Assert.Contains("refresh_token", (await _oauth.SignInAsync("cli", ("scope", "offline_access"))).Members());
        Assert.Contains("refresh_token", (await _oauth.SignInAsync("slow", ("scope", "profile"))).Members());
    }

    [Theory]
    [InlineData("authorization_code")]
    [InlineData("password")]
    [InlineData("client_credentials")]
    [InlineData("device_code")]
    [InlineData("URN:ietf:params:oauth:grant-type:device_code")]
    public async Task S5_2_another_grant_type_is_unsupported(string grantType) =>
        (await _oauth.PostAsync("/oauth/token", ("client_id", "cli"), ("grant_type", grantType))).IsOAuthError("unsupported_grant_type");

    [Fact]
    public async Task S5_2_a_grant_type_that_the_client_may_not_use_is_rejected()
    {
        (await _oauth.RefreshAsync("dcr_x", "norefresh")).IsOAuthError("unauthorized_client");
        (await TokenAsync(OAuthService.Basic("resource", OAuthService.Secret))).IsOAuthError("unauthorized_client");
    }

    [Fact]
    public async Task S6_a_refresh_token_is_exchanged_for_its_successor()
    {
        var first = await _oauth.SignInAsync();
        var second = (await _oauth.RefreshAsync(first["refresh_token"]!)).IsWellFormed();

        Assert.Equal(200, second.Status);
        Assert.Equal(["access_token", "token_type", "expires_in", "refresh_token", "scope"], second.Members());
        Assert.Equal("profile email offline_access", second["scope"]);
        Assert.NotEqual(first["access_token"], second["access_token"]);
        Assert.NotEqual(first["refresh_token"], second["refresh_token"]);
        Assert.True(await _oauth.IsActiveAsync(first["access_token"]));
        Assert.True(await _oauth.IsActiveAsync(second["access_token"]));
        Assert.False(await _oauth.IsActiveAsync(first["refresh_token"]));
    }

    [Fact]
    public async Task S6_a_scope_may_be_narrowed_and_widened_again_but_not_beyond_the_grant()
    {
        var first = await _oauth.SignInAsync("cli", ("scope", "email offline_access"));
        var narrow = await _oauth.RefreshAsync(first["refresh_token"]!, "cli", ("scope", "email"));
        Assert.Equal("email", narrow["scope"]);
        Assert.Equal("email", (await _oauth.IntrospectAsync(narrow["access_token"]!))["scope"]);

        (await _oauth.RefreshAsync(narrow["refresh_token"]!, "cli", ("scope", "email profile"))).IsOAuthError("invalid_scope");
        (await _oauth.RefreshAsync(narrow["refresh_token"]!, "cli", ("scope", "em\"ail"))).IsOAuthError("invalid_scope");
        Assert.Equal("email offline_access", (await _oauth.RefreshAsync(narrow["refresh_token"]!))["scope"]);
    }

    [Fact]
    public async Task S6_another_clients_refresh_token_is_rejected_and_stays_valid()
    {
        var tokens = await _oauth.SignInAsync();
        (await _oauth.RefreshAsync(tokens["refresh_token"]!, "cli2")).IsOAuthError("invalid_grant");
        Assert.Equal(200, (await _oauth.RefreshAsync(tokens["refresh_token"]!)).Status);
    }

    [Fact]
    public async Task S6_a_client_with_a_secret_must_authenticate()
    {
        var codes = await _oauth.DeviceCodeAsync("confidential", ("client_secret", OAuthService.Secret));
        await _oauth.Service.AuthorizeAsync(codes["user_code"]!);
        var tokens = await _oauth.PollAsync(codes["device_code"]!, "confidential", ("client_secret", OAuthService.Secret));
        var refreshToken = tokens["refresh_token"]!;

        (await _oauth.RefreshAsync(refreshToken, "confidential")).IsOAuthError("invalid_client", 401);
        var response = await _oauth.RefreshAsync(refreshToken, "confidential", ("client_secret", OAuthService.Secret));
        Assert.Equal(200, response.Status);
    }

    [Fact]
    public async Task S6_an_access_token_or_a_mistyped_refresh_token_is_rejected()
    {
        var tokens = await _oauth.SignInAsync();
        var refreshToken = tokens["refresh_token"]!;
        (await _oauth.RefreshAsync(tokens["access_token"]!)).IsOAuthError("invalid_grant");
        (await _oauth.RefreshAsync(refreshToken[..^1])).IsOAuthError("invalid_grant");
        var mistyped = refreshToken[..20] + (refreshToken[20] == 'a' ? 'b' : 'a') + refreshToken[21..];
        (await _oauth.RefreshAsync(mistyped)).IsOAuthError("invalid_grant");
        Assert.Equal(200, (await _oauth.RefreshAsync(refreshToken)).Status);
    }

    [Fact]
    public async Task S6_a_refresh_token_expires_when_it_is_not_used()
    {
        var tokens = await _oauth.SignInAsync("slow");
        _oauth.Advance(3599);
        tokens = await _oauth.RefreshAsync(tokens["refresh_token"]!, "slow");
        Assert.Equal(("600", 200), (tokens["expires_in"], tokens.Status));
        _oauth.Advance(3600);
        (await _oauth.RefreshAsync(tokens["refresh_token"]!, "slow")).IsOAuthError("invalid_grant");
    }

    [Fact]
    public async Task S10_4_a_spent_refresh_token_returns_its_successor_again_for_a_few_seconds()
    {
        var first = await _oauth.SignInAsync();
        var second = await _oauth.RefreshAsync(first["refresh_token"]!);
        _oauth.Advance(29);
        var again = await _oauth.RefreshAsync(first["refresh_token"]!);

        Assert.Equal(
            (second["access_token"], second["refresh_token"], second["scope"]),
            (again["access_token"], again["refresh_token"], again["scope"]));
        Assert.Equal("3571", again["expires_in"]);
    }

    [Fact]
    public async Task S10_4_the_successor_is_not_returned_again_for_another_scope()
    {
        var first = await _oauth.SignInAsync();
        await _oauth.RefreshAsync(first["refresh_token"]!);
        (await _oauth.RefreshAsync(first["refresh_token"]!, "cli", ("scope", "email"))).IsOAuthError("invalid_scope");
        (await _oauth.RefreshAsync(first["refresh_token"]!, "cli", ("scope", "admin"))).IsOAuthError("invalid_scope");
        Assert.Equal(200, (await _oauth.RefreshAsync(first["refresh_token"]!)).Status);
    }

    [Fact]
    public async Task S10_4_a_refresh_token_that_was_spent_long_ago_revokes_its_grant()
    {
        var first = await _oauth.SignInAsync();
        var second = await _oauth.RefreshAsync(first["refresh_token"]!);
        var third = await _oauth.RefreshAsync(second["refresh_token"]!);
        _oauth.Advance(30);

        (await _oauth.RefreshAsync(first["refresh_token"]!)).IsOAuthError("invalid_grant");

        foreach (var token in new[] { first["access_token"], second["access_token"], third["access_token"], third["refresh_token"] })
        {
            Assert.False(await _oauth.IsActiveAsync(token));
        }

        (await _oauth.RefreshAsync(third["refresh_token"]!)).IsOAuthError("invalid_grant");
    }

    [Fact]
    public async Task A_forged_refresh_token_of_a_known_grant_does_not_revoke_it()
    {
        var tokens = await _oauth.SignInAsync();
        Assert.True(Core.OAuth.Token.TryParse(tokens["access_token"], out var access));
        var forged = new Core.OAuth.Token(Core.OAuth.TokenKind.Refresh, access.GrantId, new byte[32]);

        (await _oauth.RefreshAsync(forged.Reveal())).IsOAuthError("invalid_grant");
        (await _oauth.RevokeAsync(forged.Reveal())).IsWellFormed();

        Assert.True(await _oauth.IsActiveAsync(tokens["access_token"]));
        Assert.Equal(200, (await _oauth.RefreshAsync(tokens["refresh_token"]!)).Status);
    }

    [Fact]
    public async Task A_JSON_body_is_equivalent_to_a_form()
    {
        var codes = await _oauth.Service.PostAsync(
            "/oauth/device/code", new { client_id = "cli", scope = "profile offline_access", unknown = 1 });
        await _oauth.Service.AuthorizeAsync(codes["user_code"]!);
        var tokens = await _oauth.Service.PostAsync(
            "/oauth/token", new { client_id = "cli", grant_type = OAuthService.DeviceGrant, device_code = codes["device_code"] });
        Assert.Equal(200, tokens.Status);
        _oauth.Service.Watch(tokens["access_token"]!);

        (await _oauth.Service.PostAsync("/oauth/token", new { client_id = 1 })).IsOAuthError("invalid_request");
        (await _oauth.Service.PostAsync("/oauth/token", new { client_id = "" })).IsOAuthError("invalid_request");
        var response = await _oauth.Service.PostAsync("/oauth/device/code", new { client_id = "cli", client_secret = "", scope = "" });
        Assert.Equal(200, response.Status);
        response = await _oauth.Service.PostBytesAsync("/oauth/token", "{\"client_id\":\"cli\",\"client_id\":\"cli\"}"u8.ToArray());
        response.IsOAuthError("invalid_request");
    }

    [Theory]
    [InlineData("", "application/x-www-form-urlencoded", 400)]
    [InlineData("client_id=cli", null, 415)]
    [InlineData("client_id=cli", "text/plain", 415)]
    [InlineData("client_id=cli", "application/x-www-form-urlencoded; charset=utf-16", 415)]
    [InlineData("{", "application/json", 400)]
    [InlineData("[]", "application/json", 400)]
    public async Task Any_other_body_is_an_invalid_request(string body, string? contentType, int status)
    {
        foreach (var path in new[] { "/oauth/device/code", "/oauth/device/token", "/oauth/token", "/oauth/revoke", "/oauth/introspect" })
        {
            (await _oauth.Service.PostBytesAsync(path, Encoding.ASCII.GetBytes(body), contentType)).IsOAuthError("invalid_request", status);
        }
    }

    [Fact]
    public async Task A_body_over_8_KiB_is_an_invalid_request() =>
        (await _oauth.PostAsync("/oauth/token", ("client_id", new string('x', 9000)))).IsOAuthError("invalid_request", 413);

    private Task<ServiceResponse> TokenAsync(string? authorization, params (string Name, string Value)[] more) =>
        _oauth.PostAsync("/oauth/token", authorization, [("grant_type", OAuthService.DeviceGrant), ("device_code", Unknown), .. more]);
}
