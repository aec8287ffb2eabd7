namespace DeviceCode.Core.Tests.OAuth;

using System.Security.Cryptography;
using DeviceCode.Core.OAuth;
using DeviceCode.Testing;
using Moq;

/// <summary>Refreshing tokens (RFC 6749 §6), and the repeated use of a refresh token (RFC 9700 §4.14.2).</summary>
public sealed class RefreshTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly OAuthWorld _world = new();

    [Fact]
    public async Task A_refresh_replaces_the_refresh_token_and_adds_an_access_token()
    {
        var first = await RedeemedAsync();
        _world.Time.Advance(TimeSpan.FromMinutes(10));

        var second = Issued(await _world.RefreshAsync(first.RefreshToken!));

        Assert.Equal((first.GrantId, first.Scope, TimeSpan.FromHours(1)), (second.GrantId, second.Scope, second.ExpiresIn));
        Assert.Null(second.AuthorizationId);
        Assert.False(second.IsRepeated);
        var now = _world.Time.GetUtcNow();
        var stored = await GrantOf(first);
        Assert.Equal([first.AccessToken.Hash(), second.AccessToken.Hash()], stored.AccessTokens.Select(entry => entry.Hash));
        Assert.Equal((second.RefreshToken!.Hash(), now.AddDays(30)), (stored.RefreshTokenHash, stored.RefreshTokenExpiresAt));
        Assert.Equal((first.RefreshToken!.Hash(), now), (stored.LastExchange!.SpentHash, stored.LastExchange.At));
        Assert.Equal(now.AddDays(30).AddHours(2), stored.PurgeAfter);
    }

    [Fact]
    public async Task An_access_token_of_narrower_scope_can_be_requested_and_the_grant_keeps_its_scope()
    {
        var first = await RedeemedAsync();

        var second = Issued(await _world.RefreshAsync(first.RefreshToken!, "email profile"));
        Assert.Equal("email profile", second.Scope);

        var third = Issued(await _world.RefreshAsync(second.RefreshToken!));
        Assert.Equal(first.Scope, third.Scope);
    }

    [Theory]
    [InlineData("admin")]
    [InlineData("profile admin")]
    [InlineData("\"")]
    public async Task A_scope_that_is_malformed_or_exceeds_the_grant_is_refused_and_the_token_stays_valid(string scope)
    {
        var first = await RedeemedAsync();

        AssertRefused(OAuthError.InvalidScope, await _world.RefreshAsync(first.RefreshToken!, scope));
        Issued(await _world.RefreshAsync(first.RefreshToken!));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no token")]
    public async Task Text_that_is_not_a_token_is_refused_without_a_storage_request(string text)
    {
        var world = new OAuthWorld(grants: new Mock<IGrantStore>(MockBehavior.Strict).Object);

        AssertRefused(OAuthError.InvalidGrant, await world.Tokens.RefreshAsync(world.Client, text, null, Some.DeviceOrigin, None));
    }

    [Fact]
    public async Task An_access_token_does_not_refresh()
    {
        var first = await RedeemedAsync();

        AssertRefused(OAuthError.InvalidGrant, await _world.RefreshAsync(first.AccessToken));
        Assert.Null((await GrantOf(first)).RevokedAt);
    }

    [Fact]
    public async Task A_token_of_an_unknown_grant_is_refused() =>
        AssertRefused(OAuthError.InvalidGrant, await _world.RefreshAsync(Forged(Guid.NewGuid())));

    [Fact]
    public async Task A_token_of_another_client_is_refused_and_stays_valid()
    {
        var first = await RedeemedAsync();

        AssertRefused(OAuthError.InvalidGrant, await _world.RefreshAsync(first.RefreshToken!, client: _world.Other));
        Issued(await _world.RefreshAsync(first.RefreshToken!));
    }

    [Fact]
    public async Task A_forged_token_is_refused_and_does_not_revoke_the_grant()
    {
        var first = await RedeemedAsync();

        Assert.Null(AssertRefused(OAuthError.InvalidGrant, await _world.RefreshAsync(Forged(first.GrantId))).Incident);
        Issued(await _world.RefreshAsync(first.RefreshToken!));
    }

    [Fact]
    public async Task An_unused_refresh_token_expires_with_its_lifetime_and_not_a_tick_earlier()
    {
        var first = await RedeemedAsync();
        _world.Time.Advance(TimeSpan.FromDays(30) - Tick);
        var second = Issued(await _world.RefreshAsync(first.RefreshToken!));

        _world.Time.Advance(TimeSpan.FromDays(30));
        Assert.Null(AssertRefused(OAuthError.InvalidGrant, await _world.RefreshAsync(second.RefreshToken!)).Incident);
    }

    [Fact]
    public async Task Ten_access_tokens_of_a_grant_are_active_and_the_next_one_replaces_the_oldest()
    {
        List<TokenResult.Issued> issued = [await RedeemedAsync()];
        while (issued.Count < 11)
        {
            issued.Add(Issued(await _world.RefreshAsync(issued[^1].RefreshToken!)));
        }

        Assert.Null(await _world.IntrospectAsync(issued[0].AccessToken));
        foreach (var tokens in issued.Skip(1))
        {
            Assert.NotNull(await _world.IntrospectAsync(tokens.AccessToken));
        }

        Assert.Equal(
            issued.Skip(1).Select(tokens => tokens.AccessToken.Hash()),
            (await GrantOf(issued[0])).AccessTokens.Select(entry => entry.Hash));
    }

    [Fact]
    public async Task A_refresh_drops_access_tokens_that_expired_some_time_ago()
    {
        var first = await RedeemedAsync();
        _world.Time.Advance(TimeSpan.FromHours(1) - Tick);
        var second = Issued(await _world.RefreshAsync(first.RefreshToken!));
        Assert.Equal(2, (await GrantOf(first)).AccessTokens.Count);

        _world.Time.Advance(Tick + TimeSpan.FromSeconds(90));
        var third = Issued(await _world.RefreshAsync(second.RefreshToken!));
        Assert.Equal(
            [second.AccessToken.Hash(), third.AccessToken.Hash()], (await GrantOf(first)).AccessTokens.Select(entry => entry.Hash));
    }

    [Fact]
    public async Task A_refresh_keeps_access_tokens_that_do_not_expire()
    {
        var world = new OAuthWorld(
            configure: client => (client.AccessTokenLifetime, client.LoginLifetime) = (TimeSpan.Zero, TimeSpan.Zero));
        var first = Issued(await world.RedeemAsync(await world.ApprovedAsync()));
        Assert.Null(first.ExpiresIn);
        world.Time.Advance(TimeSpan.FromDays(29));

        var second = Issued(await world.RefreshAsync(first.RefreshToken!));

        Assert.Null(second.ExpiresIn);
        Assert.NotNull(await world.IntrospectAsync(first.AccessToken));
        var stored = (await world.Grants.FindAsync(first.GrantId, None))!;
        Assert.Null(stored.PurgeAfter);
    }

    [Fact]
    public Task A_client_is_required() =>
        Assert.ThrowsAsync<ArgumentNullException>(() => _world.Tokens.RefreshAsync(null!, "dcr_", null, Some.DeviceOrigin, None));

    // A refresh token that is used twice.

    [Fact]
    public async Task A_retry_gets_the_same_tokens_within_the_grace_and_revokes_the_grant_after_it()
    {
        var first = await RedeemedAsync();
        var second = Issued(await _world.RefreshAsync(first.RefreshToken!));

        _world.Time.Advance(Grace - Tick);
        var retried = Issued(await _world.RefreshAsync(first.RefreshToken!));
        Assert.Equal(second.AccessToken.Reveal(), retried.AccessToken.Reveal());
        Assert.Equal(second.RefreshToken!.Reveal(), retried.RefreshToken!.Reveal());
        Assert.Equal((second.Scope, second.ExpiresIn - Grace + Tick), (retried.Scope, retried.ExpiresIn));

        _world.Time.Advance(Tick);
        var refused = AssertRefused(OAuthError.InvalidGrant, await _world.RefreshAsync(first.RefreshToken!));
        Assert.Equal(IncidentKind.SpentRefreshTokenReused, refused.Incident?.Kind);
        AssertRefused(OAuthError.InvalidGrant, await _world.RefreshAsync(second.RefreshToken!));
        Assert.Null(await _world.IntrospectAsync(second.AccessToken));
        var stored = await GrantOf(first);
        Assert.Equal(_world.Time.GetUtcNow(), stored.RevokedAt);
        Assert.Equal(_world.Time.GetUtcNow().AddHours(2), stored.PurgeAfter);
    }

    [Fact]
    public async Task A_token_that_was_spent_before_the_last_exchange_revokes_the_grant_even_within_the_grace()
    {
        var first = await RedeemedAsync();
        var second = Issued(await _world.RefreshAsync(first.RefreshToken!));
        var third = Issued(await _world.RefreshAsync(second.RefreshToken!));

        Assert.NotNull(AssertRefused(OAuthError.InvalidGrant, await _world.RefreshAsync(first.RefreshToken!)).Incident);
        Assert.Null(await _world.IntrospectAsync(third.AccessToken));
    }

    [Theory]
    [InlineData(null, "profile", true)] // the first request had all scopes
    [InlineData("profile email", "profile", true)]
    [InlineData("profile", "email", true)]
    [InlineData("profile", "profile", false)]
    [InlineData("profile", "profile email", false)]
    [InlineData("profile", null, false)]
    public async Task A_retry_never_gets_more_than_it_asks_for(string? scope, string? scopeOfRetry, bool exceeds)
    {
        var first = await RedeemedAsync();
        var second = Issued(await _world.RefreshAsync(first.RefreshToken!, scope));

        var retried = await _world.RefreshAsync(first.RefreshToken!, scopeOfRetry);

        if (exceeds)
        {
            AssertRefused(OAuthError.InvalidScope, retried);
        }
        else
        {
            Assert.Equal(second.Scope, Issued(retried).Scope);
        }

        Issued(await _world.RefreshAsync(second.RefreshToken!));
    }

    [Fact]
    public async Task A_retry_is_refused_when_the_new_refresh_token_has_expired()
    {
        _world.Options.RefreshGrace = TimeSpan.FromMinutes(5);
        _world.Client.RefreshTokenLifetime = TimeSpan.FromMinutes(1);
        var first = await RedeemedAsync();
        Issued(await _world.RefreshAsync(first.RefreshToken!));
        _world.Time.Advance(TimeSpan.FromMinutes(1) - Tick);
        Issued(await _world.RefreshAsync(first.RefreshToken!));

        _world.Time.Advance(Tick);
        Assert.Null(AssertRefused(OAuthError.InvalidGrant, await _world.RefreshAsync(first.RefreshToken!)).Incident);
    }

    [Fact]
    public async Task A_token_of_a_revoked_grant_is_refused_without_an_incident()
    {
        var first = await RedeemedAsync();
        await _world.RevokeAsync(first.RefreshToken!);
        var revoked = await GrantOf(first);
        _world.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Null(AssertRefused(OAuthError.InvalidGrant, await _world.RefreshAsync(first.RefreshToken!)).Incident);
        Assert.Equal(revoked, await GrantOf(first));
    }

    [Fact]
    public async Task The_revocation_after_a_theft_retries_until_it_is_stored_and_then_stops()
    {
        var memory = new InMemoryGrantStore();
        var grants = new Mock<IGrantStore>();
        grants.Setup(s => s.AddAsync(It.IsAny<Grant>(), It.IsAny<RequestOrigin>(), It.IsAny<CancellationToken>())).Returns(memory.AddAsync);
        grants.Setup(s => s.FindAsync(It.IsAny<Guid>(), It.IsAny<CancellationToken>())).Returns(memory.FindAsync);
        grants.Setup(s => s.TryReplaceAsync(It.IsAny<Grant>(), It.IsAny<RequestOrigin?>(), It.IsAny<CancellationToken>()))
            .Returns(memory.TryReplaceAsync);
        var world = new OAuthWorld(grants: grants.Object);
        var first = Issued(await world.RedeemAsync(await world.ApprovedAsync()));
        await world.RefreshAsync(first.RefreshToken!);
        world.Time.Advance(Grace);
        grants.SetupSequence(s => s.TryReplaceAsync(It.IsAny<Grant>(), It.IsAny<RequestOrigin?>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync(false).ReturnsAsync(true);
        grants.Invocations.Clear();

        AssertRefused(OAuthError.InvalidGrant, await world.RefreshAsync(first.RefreshToken!));

        grants.Verify(s => s.TryReplaceAsync(It.Is<Grant>(grant => grant.RevokedAt != null), null, None), Times.Exactly(2));
        grants.Verify(s => s.FindAsync(first.GrantId, None), Times.Exactly(2));
    }

    private static Token Forged(Guid grantId) => new(TokenKind.Refresh, grantId, RandomNumberGenerator.GetBytes(32));

    private static TokenResult.Issued Issued(TokenResult result) => Assert.IsType<TokenResult.Issued>(result);

    private static TokenResult.Refused AssertRefused(string error, TokenResult result)
    {
        var refused = Assert.IsType<TokenResult.Refused>(result);
        Assert.Equal(error, refused.Error);
        Assert.NotEmpty(refused.Description);
        return refused;
    }

    private async Task<TokenResult.Issued> RedeemedAsync() => Issued(await _world.RedeemAsync(await _world.ApprovedAsync()));

    private async Task<Grant> GrantOf(TokenResult.Issued tokens) => (await _world.Grants.FindAsync(tokens.GrantId, None))!;
}
