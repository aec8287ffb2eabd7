namespace DeviceCode.Core.Tests.OAuth;

using System.Runtime.CompilerServices;
using DeviceCode.Core.Devices;
using DeviceCode.Core.OAuth;
using DeviceCode.Testing;
using Moq;

/// <summary>Redeeming device codes (RFC 8628 §3.4, §3.5), with PKCE (RFC 7636) and without.</summary>
public sealed class RedemptionTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    private readonly OAuthWorld _world = new();

    [Fact]
    public async Task Each_poll_before_the_approval_has_the_error_code_of_the_RFC()
    {
        var (code, userCode) = await _world.IssueAsync();
        AssertRefused(OAuthError.AuthorizationPending, await _world.RedeemAsync(code));
        var slowDown = AssertRefused(OAuthError.SlowDown, await _world.RedeemAsync(code));
        Assert.Equal(TimeSpan.FromSeconds(10), slowDown.Interval);

        await _world.Devices.DecideAsync(userCode, approve: false);
        AssertRefused(OAuthError.AccessDenied, await _world.RedeemAsync(code));
        _world.Time.Advance(TimeSpan.FromMinutes(18));
        AssertRefused(OAuthError.ExpiredToken, await _world.RedeemAsync(code));
        AssertRefused(OAuthError.InvalidGrant, await _world.RedeemAsync(Some.NewDeviceCode()));
    }

    [Fact]
    public async Task The_tokens_are_those_that_the_client_may_have()
    {
        var (code, userCode) = await _world.IssueAsync();
        var decided = Assert.IsType<DecideResult.Decided>(await _world.Devices.DecideAsync(userCode));

        var tokens = Assert.IsType<TokenResult.Issued>(await _world.RedeemAsync(code));

        Assert.Equal(TimeSpan.FromHours(1), tokens.ExpiresIn);
        Assert.Equal("profile email offline_access", tokens.Scope);
        Assert.Equal(decided.Authorization.Id, tokens.AuthorizationId);
        Assert.False(tokens.IsRepeated);
        Assert.Equal((TokenKind.Access, tokens.GrantId), (tokens.AccessToken.Kind, tokens.AccessToken.GrantId));
        Assert.Equal((TokenKind.Refresh, tokens.GrantId), (tokens.RefreshToken!.Kind, tokens.RefreshToken.GrantId));

        var now = _world.Time.GetUtcNow();
        var stored = (await _world.Grants.FindAsync(tokens.GrantId, CancellationToken.None))!;
        Assert.Equal(("cli", Some.User(), tokens.Scope), (stored.ClientId, stored.User, stored.Scope));
        Assert.Equal([new(tokens.AccessToken.Hash(), tokens.Scope, now, now.AddHours(1))], stored.AccessTokens);
        Assert.Equal((tokens.RefreshToken.Hash(), now.AddDays(30)), (stored.RefreshTokenHash, stored.RefreshTokenExpiresAt));
        Assert.Equal(now.AddDays(30).AddHours(2), stored.PurgeAfter);
    }

    [Fact]
    public async Task A_client_that_may_not_refresh_gets_no_refresh_token()
    {
        var tokens = await RedeemedAsync(scope: "profile");

        Assert.Null(tokens.RefreshToken);
        var stored = (await _world.Grants.FindAsync(tokens.GrantId, CancellationToken.None))!;
        Assert.Null(stored.RefreshTokenHash);
        Assert.Null(stored.RefreshTokenExpiresAt);
        Assert.Equal(_world.Time.GetUtcNow().AddHours(3), stored.PurgeAfter);
    }

    [Fact]
    public async Task A_code_is_unknown_to_another_client_and_to_the_login_without_clients()
    {
        var code = await _world.ApprovedAsync();

        AssertRefused(OAuthError.InvalidGrant, await _world.RedeemAsync(code, client: _world.Other));
        Assert.IsType<PollResult.Unknown>(await _world.Devices.PollAsync(code));
        Assert.IsType<TokenResult.Issued>(await _world.RedeemAsync(code));
    }

    [Fact]
    public async Task A_code_of_the_login_without_clients_is_unknown_to_every_client()
    {
        var issued = await _world.Devices.IssueAsync();
        await _world.Devices.DecideAsync(issued.Authorization.UserCode.Reveal());

        AssertRefused(OAuthError.InvalidGrant, await _world.RedeemAsync(issued.DeviceCode));
        Assert.IsType<PollResult.Complete>(await _world.Devices.PollAsync(issued.DeviceCode));
    }

    [Fact]
    public Task A_client_is_required() => Assert.ThrowsAsync<ArgumentNullException>(
        () => _world.Tokens.RedeemAsync(null!, Some.NewDeviceCode(), null, CancellationToken.None));

    // PKCE.

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0123456789012345678901234567890123456789012")]
    public async Task A_wrong_or_missing_verifier_is_rejected_and_does_not_use_up_the_code(string? verifier)
    {
        var code = await _world.ApprovedAsync(challenge: OAuthWorld.Challenge);

        var refused = AssertRefused(OAuthError.InvalidGrant, await _world.RedeemAsync(code, verifier));

        Assert.Equal(IncidentKind.WrongCodeVerifier, refused.Incident?.Kind);
        Assert.IsType<TokenResult.Issued>(await _world.RedeemAsync(code, OAuthWorld.Verifier));
    }

    [Theory]
    [InlineData("profile email offline_access")]
    [InlineData("profile")] // without a refresh token
    public async Task With_PKCE_the_response_is_repeated_for_a_minute_and_a_half_and_not_a_tick_longer(string scope)
    {
        var code = await _world.ApprovedAsync(scope, OAuthWorld.Challenge);
        var first = Assert.IsType<TokenResult.Issued>(await _world.RedeemAsync(code, OAuthWorld.Verifier));

        _world.Time.Advance(TimeSpan.FromSeconds(90) - Tick);
        var second = Assert.IsType<TokenResult.Issued>(await _world.RedeemAsync(code, OAuthWorld.Verifier));
        Assert.Equal(first.AccessToken.Reveal(), second.AccessToken.Reveal());
        Assert.Equal(first.RefreshToken?.Reveal(), second.RefreshToken?.Reveal());
        Assert.Equal((first.AuthorizationId, true), (second.AuthorizationId, second.IsRepeated));
        Assert.Equal(first.ExpiresIn - TimeSpan.FromSeconds(90) + Tick, second.ExpiresIn);

        _world.Time.Advance(Tick);
        AssertRefused(OAuthError.InvalidGrant, await _world.RedeemAsync(code, OAuthWorld.Verifier));
    }

    [Fact]
    public async Task With_PKCE_the_response_is_not_repeated_once_its_refresh_token_is_used()
    {
        var code = await _world.ApprovedAsync(challenge: OAuthWorld.Challenge);
        var first = Assert.IsType<TokenResult.Issued>(await _world.RedeemAsync(code, OAuthWorld.Verifier));
        await _world.RefreshAsync(first.RefreshToken!);

        AssertRefused(OAuthError.InvalidGrant, await _world.RedeemAsync(code, OAuthWorld.Verifier));
    }

    [Fact]
    public async Task With_PKCE_the_response_is_not_repeated_once_its_access_token_is_revoked()
    {
        var code = await _world.ApprovedAsync(challenge: OAuthWorld.Challenge);
        var first = Assert.IsType<TokenResult.Issued>(await _world.RedeemAsync(code, OAuthWorld.Verifier));
        await _world.RevokeAsync(first.AccessToken);

        AssertRefused(OAuthError.InvalidGrant, await _world.RedeemAsync(code, OAuthWorld.Verifier));
    }

    [Fact]
    public async Task The_error_for_a_verifier_without_a_challenge_names_both_ways_out()
    {
        var refused = AssertRefused(
            OAuthError.InvalidGrant, await _world.RedeemAsync(await _world.ApprovedAsync(), OAuthWorld.Verifier));

        Assert.Equal(
            "This device_code was requested without a code_challenge, so a code_verifier does not protect it. "
            + "Request a new code with a code_challenge, or leave the code_verifier out.",
            refused.Description);
    }

    // Storage requests.

    [Fact]
    public async Task The_first_redemption_does_not_look_for_a_grant_and_a_repeated_one_does_not_insert_one()
    {
        var memory = new InMemoryGrantStore();
        var grants = new Mock<IGrantStore>();
        grants.Setup(s => s.AddAsync(It.IsAny<Grant>(), It.IsAny<RequestOrigin>(), It.IsAny<CancellationToken>())).Returns(memory.AddAsync);
        grants.Setup(s => s.FindAsync(It.IsAny<Guid>(), It.IsAny<CancellationToken>())).Returns(memory.FindAsync);
        var world = new OAuthWorld(grants: grants.Object);
        var code = await world.ApprovedAsync(challenge: OAuthWorld.Challenge);

        await world.RedeemAsync(code, OAuthWorld.Verifier);
        grants.Verify(s => s.FindAsync(It.IsAny<Guid>(), It.IsAny<CancellationToken>()), Times.Never);
        await world.RedeemAsync(code, OAuthWorld.Verifier);
        grants.Verify(s => s.AddAsync(It.IsAny<Grant>(), It.IsAny<RequestOrigin>(), It.IsAny<CancellationToken>()), Times.Once);
    }

    [Fact]
    public async Task After_a_lost_response_the_next_poll_gets_the_stored_tokens()
    {
        var (world, down) = WorldThatLosesResponses();
        var code = await world.ApprovedAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => world.RedeemAsync(code));

        down.Value = false;
        world.Time.Advance(TimeSpan.FromMinutes(5));
        var tokens = Assert.IsType<TokenResult.Issued>(await world.RedeemAsync(code));

        Assert.Equal(TimeSpan.FromMinutes(55), tokens.ExpiresIn);
        Assert.False(tokens.IsRepeated);
        Assert.NotNull(await world.IntrospectAsync(tokens.AccessToken));
        AssertRefused(OAuthError.InvalidGrant, await world.RedeemAsync(code));
        Assert.IsType<TokenResult.Issued>(await world.RefreshAsync(tokens.RefreshToken!));
    }

    [Fact]
    public async Task After_a_lost_response_the_next_poll_gets_a_working_access_token_although_the_first_has_expired()
    {
        var (world, down) = WorldThatLosesResponses(client => client.AccessTokenLifetime = TimeSpan.FromMinutes(1));
        var code = await world.ApprovedAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => world.RedeemAsync(code));

        down.Value = false;
        world.Time.Advance(TimeSpan.FromMinutes(2));
        var tokens = Assert.IsType<TokenResult.Issued>(await world.RedeemAsync(code));

        Assert.NotNull(await world.IntrospectAsync(tokens.AccessToken));
        Assert.IsType<TokenResult.Issued>(await world.RefreshAsync(tokens.RefreshToken!));
    }

    /// <summary>Returns a world whose store of grants stores the new ones, but fails while the flag is set.</summary>
    private static (OAuthWorld World, StrongBox<bool> Down) WorldThatLosesResponses(Action<Client>? configure = null)
    {
        var (memory, grants, down) = (new InMemoryGrantStore(), new Mock<IGrantStore>(), new StrongBox<bool>(true));
        grants.Setup(s => s.FindAsync(It.IsAny<Guid>(), It.IsAny<CancellationToken>())).Returns(memory.FindAsync);
        grants.Setup(s => s.TryReplaceAsync(It.IsAny<Grant>(), It.IsAny<RequestOrigin?>(), It.IsAny<CancellationToken>()))
            .Returns(memory.TryReplaceAsync);
        grants.Setup(s => s.AddAsync(It.IsAny<Grant>(), It.IsAny<RequestOrigin>(), It.IsAny<CancellationToken>())).Returns(
            async (Grant grant, RequestOrigin? from, CancellationToken token) =>
            {
                var stored = await memory.AddAsync(grant, from!, token);
                return down.Value ? throw new StoreUnavailableException("down") : stored;
            });
        return (new OAuthWorld(grants: grants.Object, configure: configure), down);
    }

    private static TokenResult.Refused AssertRefused(string error, TokenResult result)
    {
        var refused = Assert.IsType<TokenResult.Refused>(result);
        Assert.Equal(error, refused.Error);
        Assert.NotEmpty(refused.Description);
        return refused;
    }

    private async Task<TokenResult.Issued> RedeemedAsync(string scope) =>
        Assert.IsType<TokenResult.Issued>(await _world.RedeemAsync(await _world.ApprovedAsync(scope)));
}
