namespace DeviceCode.Core.Tests.OAuth;

using System.Security.Cryptography;
using DeviceCode.Core.OAuth;
using DeviceCode.Testing;
using Moq;

/// <summary>Revoking tokens (RFC 7009).</summary>
public sealed class RevocationTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly OAuthWorld _world = new();

    [Fact]
    public async Task Revoking_an_access_token_leaves_the_others_of_its_grant()
    {
        var first = await RedeemedAsync();
        var second = Issued(await _world.RefreshAsync(first.RefreshToken!));

        Assert.Equal(new RevokeResult.Revoked(first.GrantId, EndsGrant: false), await _world.RevokeAsync(first.AccessToken));

        Assert.Null(await _world.IntrospectAsync(first.AccessToken));
        Assert.NotNull(await _world.IntrospectAsync(second.AccessToken));
        Assert.NotNull(await _world.IntrospectAsync(second.RefreshToken!));
        Assert.Equal(new RevokeResult.NothingToRevoke(), await _world.RevokeAsync(first.AccessToken));
    }

    [Fact]
    public async Task Revoking_the_last_access_token_leaves_the_refresh_token()
    {
        var first = await RedeemedAsync();

        Assert.Equal(new RevokeResult.Revoked(first.GrantId, EndsGrant: false), await _world.RevokeAsync(first.AccessToken));

        Issued(await _world.RefreshAsync(first.RefreshToken!));
    }

    [Fact]
    public async Task Without_a_refresh_token_the_grant_ends_with_its_last_access_token()
    {
        var tokens = await RedeemedAsync("profile");

        Assert.Equal(new RevokeResult.Revoked(tokens.GrantId, EndsGrant: true), await _world.RevokeAsync(tokens.AccessToken));

        var stored = await GrantOf(tokens);
        Assert.Equal(_world.Time.GetUtcNow(), stored.RevokedAt);
        Assert.Equal(_world.Time.GetUtcNow().AddHours(2), stored.PurgeAfter);
    }

    [Fact]
    public async Task Without_a_refresh_token_the_grant_lives_on_while_another_access_token_is_active()
    {
        // Two access tokens without a refresh token: the client's grant had one, and lost it.
        var first = await RedeemedAsync();
        var second = Issued(await _world.RefreshAsync(first.RefreshToken!));
        Assert.True(await _world.Grants.TryReplaceAsync(await GrantOf(first) with { RefreshTokenHash = null }, usedFrom: null, None));

        Assert.Equal(new RevokeResult.Revoked(first.GrantId, EndsGrant: false), await _world.RevokeAsync(first.AccessToken));
        Assert.Equal(new RevokeResult.Revoked(first.GrantId, EndsGrant: true), await _world.RevokeAsync(second.AccessToken));
    }

    [Fact]
    public async Task Revoking_an_access_token_moves_the_time_at_which_the_grant_may_be_deleted()
    {
        var world = new OAuthWorld(configure: client =>
        {
            client.AccessTokenLifetime = TimeSpan.FromDays(60);
            client.RefreshTokenLifetime = TimeSpan.FromDays(1);
        });
        var tokens = Issued(await world.RedeemAsync(await world.ApprovedAsync()));
        var now = world.Time.GetUtcNow();
        Assert.Equal(now.AddDays(60).AddHours(2), (await world.Grants.FindAsync(tokens.GrantId, None))!.PurgeAfter);

        await world.RevokeAsync(tokens.AccessToken);

        Assert.Equal(now.AddDays(1).AddHours(2), (await world.Grants.FindAsync(tokens.GrantId, None))!.PurgeAfter);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Revoking_a_refresh_token_current_or_spent_ends_the_grant(bool spent)
    {
        var first = await RedeemedAsync();
        var second = Issued(await _world.RefreshAsync(first.RefreshToken!));

        var revoked = await _world.RevokeAsync(spent ? first.RefreshToken! : second.RefreshToken!);

        Assert.Equal(new RevokeResult.Revoked(first.GrantId, EndsGrant: true), revoked);
        Assert.Null(await _world.IntrospectAsync(second.AccessToken));
        Assert.Null(await _world.IntrospectAsync(second.RefreshToken!));
        Assert.Equal(new RevokeResult.NothingToRevoke(), await _world.RevokeAsync(second.RefreshToken!));
    }

    [Fact]
    public async Task A_token_of_another_client_is_not_revoked()
    {
        var tokens = await RedeemedAsync();

        Assert.Equal(new RevokeResult.AnotherClients(), await _world.RevokeAsync(tokens.AccessToken, _world.Other));
        Assert.Equal(new RevokeResult.AnotherClients(), await _world.RevokeAsync(tokens.RefreshToken!, _world.Other));
        Assert.NotNull(await _world.IntrospectAsync(tokens.AccessToken));
        Assert.NotNull(await _world.IntrospectAsync(tokens.RefreshToken!));
    }

    [Fact]
    public async Task There_is_nothing_to_revoke_in_a_token_that_was_not_issued_here()
    {
        var tokens = await RedeemedAsync();
        foreach (var kind in new[] { TokenKind.Access, TokenKind.Refresh })
        {
            foreach (var grantId in new[] { tokens.GrantId, Guid.NewGuid() })
            {
                var forged = new Token(kind, grantId, RandomNumberGenerator.GetBytes(32));
                Assert.Equal(new RevokeResult.NothingToRevoke(), await _world.RevokeAsync(forged));
            }
        }

        Assert.NotNull(await _world.IntrospectAsync(tokens.RefreshToken!));
    }

    [Fact]
    public async Task There_is_nothing_to_revoke_in_text_that_is_not_a_token()
    {
        var world = new OAuthWorld(grants: new Mock<IGrantStore>(MockBehavior.Strict).Object);

        Assert.Equal(new RevokeResult.NothingToRevoke(), await world.Tokens.RevokeAsync(world.Client, "no token", None));
    }

    [Fact]
    public async Task There_is_nothing_to_revoke_in_an_expired_access_token()
    {
        var tokens = await RedeemedAsync();
        _world.Time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(new RevokeResult.NothingToRevoke(), await _world.RevokeAsync(tokens.AccessToken));
        Assert.NotNull(await _world.IntrospectAsync(tokens.RefreshToken!));
    }

    [Fact]
    public async Task A_revocation_is_retried_when_the_grant_changes_meanwhile()
    {
        var memory = new InMemoryGrantStore();
        var grants = new Mock<IGrantStore>();
        var attempts = 0;
        grants.Setup(s => s.AddAsync(It.IsAny<Grant>(), It.IsAny<RequestOrigin>(), It.IsAny<CancellationToken>())).Returns(memory.AddAsync);
        grants.Setup(s => s.FindAsync(It.IsAny<Guid>(), It.IsAny<CancellationToken>())).Returns(memory.FindAsync);
        grants.Setup(s => s.TryReplaceAsync(It.IsAny<Grant>(), It.IsAny<RequestOrigin?>(), It.IsAny<CancellationToken>())).Returns(
            (Grant grant, RequestOrigin? from, CancellationToken token) =>
                attempts++ == 0 ? Task.FromResult(false) : memory.TryReplaceAsync(grant, from, token));
        var world = new OAuthWorld(grants: grants.Object);
        var tokens = Issued(await world.RedeemAsync(await world.ApprovedAsync()));

        Assert.IsType<RevokeResult.Revoked>(await world.RevokeAsync(tokens.RefreshToken!));

        Assert.Equal(2, attempts);
        Assert.Null(await world.IntrospectAsync(tokens.AccessToken));
    }

    [Fact]
    public Task A_client_is_required() => Assert.ThrowsAsync<ArgumentNullException>(() => _world.Tokens.RevokeAsync(null!, "dca_", None));

    private static TokenResult.Issued Issued(TokenResult result) => Assert.IsType<TokenResult.Issued>(result);

    private async Task<TokenResult.Issued> RedeemedAsync(string scope = "profile email offline_access") =>
        Issued(await _world.RedeemAsync(await _world.ApprovedAsync(scope)));

    private async Task<Grant> GrantOf(TokenResult.Issued tokens) => (await _world.Grants.FindAsync(tokens.GrantId, None))!;
}
