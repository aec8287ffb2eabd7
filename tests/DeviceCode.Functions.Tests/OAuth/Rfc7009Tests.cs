namespace DeviceCode.Functions.Tests.OAuth;

/// <summary>OAuth 2.0 Token Revocation, section by section.</summary>
public sealed class Rfc7009Tests : IDisposable
{
    private readonly OAuthService _oauth = new();

    public void Dispose() => _oauth.Dispose();

    [Fact]
    public async Task S2_1_token_is_required() =>
        (await _oauth.PostAsync("/oauth/revoke", ("client_id", "cli"))).IsOAuthError("invalid_request");

    [Fact]
    public async Task S2_1_the_client_must_be_known_and_authenticate()
    {
        (await _oauth.RevokeAsync("x", "nobody")).IsOAuthError("invalid_client", 401);
        (await _oauth.RevokeAsync("x", "confidential")).IsOAuthError("invalid_client", 401);
    }

    [Fact]
    public async Task S2_1_a_refresh_token_is_revoked_at_once_with_its_access_tokens()
    {
        var first = await _oauth.SignInAsync();
        var second = await _oauth.RefreshAsync(first["refresh_token"]!);

        Assert.Equal(200, (await _oauth.RevokeAsync(second["refresh_token"]!)).IsWellFormed().Status);

        Assert.False(await _oauth.IsActiveAsync(first["access_token"]));
        Assert.False(await _oauth.IsActiveAsync(second["access_token"]));
        (await _oauth.RefreshAsync(second["refresh_token"]!)).IsOAuthError("invalid_grant");
    }

    [Fact]
    public async Task S2_1_a_spent_refresh_token_revokes_its_grant_too()
    {
        var first = await _oauth.SignInAsync();
        var second = await _oauth.RefreshAsync(first["refresh_token"]!);
        Assert.Equal(200, (await _oauth.RevokeAsync(first["refresh_token"]!)).Status);
        Assert.False(await _oauth.IsActiveAsync(second["access_token"]));
    }

    [Fact]
    public async Task S2_1_an_access_token_is_revoked_alone()
    {
        var first = await _oauth.SignInAsync();
        var second = await _oauth.RefreshAsync(first["refresh_token"]!);

        Assert.Equal(200, (await _oauth.RevokeAsync(first["access_token"]!)).Status);

        Assert.False(await _oauth.IsActiveAsync(first["access_token"]));
        Assert.True(await _oauth.IsActiveAsync(second["access_token"]));
        Assert.Equal(200, (await _oauth.RefreshAsync(second["refresh_token"]!)).Status);
    }

    [Fact]
    public async Task S2_1_another_clients_token_is_rejected_and_stays_valid()
    {
        var tokens = await _oauth.SignInAsync();
        (await _oauth.RevokeAsync(tokens["access_token"]!, "cli2")).IsOAuthError("invalid_grant");
        (await _oauth.RevokeAsync(tokens["refresh_token"]!, "cli2")).IsOAuthError("invalid_grant");
        Assert.True(await _oauth.IsActiveAsync(tokens["access_token"]));
        Assert.True(await _oauth.IsActiveAsync(tokens["refresh_token"]));
    }

    [Theory]
    [InlineData("access_token")]
    [InlineData("refresh_token")]
    [InlineData("something_else")]
    public async Task S2_1_a_hint_is_only_a_hint(string hint)
    {
        var tokens = await _oauth.SignInAsync();
        Assert.Equal(200, (await _oauth.RevokeAsync(tokens["refresh_token"]!, "cli", ("token_type_hint", hint))).Status);
        Assert.False(await _oauth.IsActiveAsync(tokens["refresh_token"]));
    }

    [Fact]
    public async Task S2_2_an_unknown_malformed_or_revoked_token_is_not_an_error()
    {
        var tokens = await _oauth.SignInAsync();
        await _oauth.RevokeAsync(tokens["refresh_token"]!);
        var unknown = new Core.OAuth.Token(Core.OAuth.TokenKind.Access, Guid.NewGuid(), new byte[32]).Reveal();
        foreach (var token in new[] { "nonsense", "dca_", unknown, tokens["refresh_token"]!, tokens["access_token"]! })
        {
            Assert.Equal((200, "{}"), ((await _oauth.RevokeAsync(token)).IsWellFormed().Status, (await _oauth.RevokeAsync(token)).Text));
        }
    }
}
