namespace DeviceCode.Functions.Tests.OAuth;

/// <summary>OAuth 2.0 Token Introspection, section by section.</summary>
public sealed class Rfc7662Tests : IDisposable
{
    private const string Inactive = """{"active":false}""";

    private readonly OAuthService _oauth = new();

    public void Dispose() => _oauth.Dispose();

    [Fact]
    public async Task S2_1_token_is_required() =>
        (await _oauth.IntrospectAsync("")).IsOAuthError("invalid_request");

    [Fact]
    public async Task S2_1_only_resource_servers_may_introspect()
    {
        var token = (await _oauth.SignInAsync())["access_token"]!;
        (await _oauth.PostAsync("/oauth/introspect", ("token", token))).IsOAuthError("invalid_request");
        (await _oauth.PostAsync("/oauth/introspect", ("client_id", "api"), ("token", token))).IsOAuthError("invalid_client", 401);
        (await _oauth.PostAsync("/oauth/introspect", ("client_id", "cli"), ("token", token))).IsOAuthError("unauthorized_client");
        (await _oauth.PostAsync("/oauth/introspect", OAuthService.Basic("confidential", OAuthService.Secret), ("token", token)))
            .IsOAuthError("unauthorized_client");
        var response = await _oauth.PostAsync(
            "/oauth/introspect", ("client_id", "api"), ("client_secret", "development-secret"), ("token", token));
        Assert.Equal(200, response.Status);
    }

    [Fact]
    public async Task S2_2_the_response_for_an_active_access_token_has_all_its_data()
    {
        var token = (await _oauth.SignInAsync("cli", ("scope", "email profile")))["access_token"]!;
        var response = (await _oauth.IntrospectAsync(token)).IsWellFormed();

        var issued = new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();
        Assert.Equal(
            $$"""
            {"active":true,"scope":"email profile","client_id":"cli","username":"alice@wonderland.example",
            "token_type":"Bearer","exp":{{issued + 3600}},"iat":{{issued}},
            "sub":"03fa7d87-eefb-5baa-581d-3e49a74cdb3f","iss":"http://localhost:7071"}
            """.ReplaceLineEndings(""),
            response.Text);
    }

    [Fact]
    public async Task S2_2_an_active_refresh_token_is_not_a_bearer_token()
    {
        var response = await _oauth.IntrospectAsync((await _oauth.SignInAsync())["refresh_token"]!);
        Assert.True(response.Json.GetProperty("active").GetBoolean());
        Assert.Null(response["token_type"]);
    }

    [Fact]
    public async Task S2_2_the_response_for_an_inactive_token_has_only_active()
    {
        var expired = (await _oauth.SignInAsync("slow"))["access_token"]!;
        _oauth.Advance(600);
        var revoked = (await _oauth.SignInAsync())["access_token"]!;
        await _oauth.RevokeAsync(revoked);
        var unknown = new Core.OAuth.Token(Core.OAuth.TokenKind.Access, Guid.NewGuid(), new byte[32]).Reveal();
        foreach (var token in new[] { expired, revoked, unknown, "nonsense", revoked[..^1] + "x", new string('x', 5000) })
        {
            var response = (await _oauth.IntrospectAsync(token)).IsWellFormed();
            Assert.Equal((200, Inactive), (response.Status, response.Text));
        }
    }

    [Fact]
    public async Task S2_2_a_token_becomes_inactive_exactly_at_its_expiry()
    {
        var token = (await _oauth.SignInAsync())["access_token"]!;
        _oauth.Advance(3599.9);
        Assert.True(await _oauth.IsActiveAsync(token));
        _oauth.Advance(0.1);
        Assert.False(await _oauth.IsActiveAsync(token));
    }

    [Fact]
    public async Task S2_3_wrong_credentials_are_a_401()
    {
        var response = await _oauth.PostAsync("/oauth/introspect", OAuthService.Basic("api", "wrong"), ("token", "x"));
        response.IsOAuthError("invalid_client", 401);
        Assert.Equal("Basic", response.AuthenticationScheme());
    }

    [Fact]
    public async Task The_secret_of_another_grants_token_is_rejected()
    {
        var (one, other) = ((await _oauth.SignInAsync())["access_token"], (await _oauth.SignInAsync())["access_token"]);
        Assert.True(Core.OAuth.Token.TryParse(one, out var first));
        Assert.True(Core.OAuth.Token.TryParse(other, out var second));
        var mixed = new Core.OAuth.Token(Core.OAuth.TokenKind.Access, first.GrantId, second.Secret.ToArray());
        Assert.False(await _oauth.IsActiveAsync(mixed.Reveal()));
    }
}
