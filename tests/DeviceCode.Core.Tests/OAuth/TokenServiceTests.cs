namespace DeviceCode.Core.Tests.OAuth;

using global::DeviceCode.Core.OAuth;
using global::DeviceCode.Testing;
using Moq;

/// <summary>Faults in the middle of things; what goes right is tested over HTTP.</summary>
public sealed class TokenServiceTests
{
    private readonly InMemoryGrantStore _grants = new();
    private readonly Mock<IGrantStore> _failing = new();
    private bool _down = true;

    public TokenServiceTests()
    {
        _failing.Setup(s => s.FindAsync(It.IsAny<Guid>(), It.IsAny<CancellationToken>())).Returns(_grants.FindAsync);
        _failing.Setup(s => s.AddAsync(It.IsAny<Grant>(), It.IsAny<CancellationToken>())).Returns(
            (Grant grant, CancellationToken token) => _down ? throw new StoreUnavailableException("down") : _grants.AddAsync(grant, token));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(OAuthWorld.Challenge, OAuthWorld.Verifier)]
    public async Task A_fault_between_claim_and_mint_loses_nothing_and_never_leaves_two_sets_of_tokens(string? challenge, string? verifier)
    {
        var world = new OAuthWorld(grants: _failing.Object);
        var code = await world.ApprovedAsync(challenge: challenge);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => world.RedeemAsync(code, verifier));

        _down = false;
        var results = await Racing.RunAsync(16, _ => world.RedeemAsync(code, verifier));

        var issued = results.OfType<TokenResult.Issued>().ToList();
        Assert.Equal(challenge is null ? 1 : 16, issued.Count);
        Assert.Single(issued.Select(tokens => tokens.AccessToken.Reveal()).Distinct());
        Assert.NotNull(await world.IntrospectAsync(issued[0].AccessToken));
    }

    [Fact]
    public async Task What_was_claimed_and_not_minted_for_30_seconds_is_used_up()
    {
        var world = new OAuthWorld(grants: _failing.Object);
        var code = await world.ApprovedAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => world.RedeemAsync(code));

        _down = false;
        world.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(OAuthError.InvalidGrant, Assert.IsType<TokenResult.Refused>(await world.RedeemAsync(code)).Error);
    }

    [Fact]
    public async Task What_looks_like_theft_is_an_incident_and_what_just_happens_is_none()
    {
        var world = new OAuthWorld();
        var code = await world.ApprovedAsync(challenge: OAuthWorld.Challenge);
        Assert.NotNull(Assert.IsType<TokenResult.Refused>(await world.RedeemAsync(code, new string('x', 43))).Incident);

        var first = Assert.IsType<TokenResult.Issued>(await world.RedeemAsync(code, OAuthWorld.Verifier));
        await world.RefreshAsync(first.RefreshToken!);
        world.Time.Advance(TimeSpan.FromSeconds(15));
        Assert.NotNull(Assert.IsType<TokenResult.Refused>(await world.RefreshAsync(first.RefreshToken!)).Incident);
        Assert.Null(Assert.IsType<TokenResult.Refused>(await world.RefreshAsync(first.RefreshToken!)).Incident);
    }

    [Fact]
    public async Task A_grant_is_purged_when_all_its_tokens_are_long_over()
    {
        var world = new OAuthWorld();
        var tokens = Assert.IsType<TokenResult.Issued>(await world.RedeemAsync(await world.ApprovedAsync()));
        world.Time.Advance(TimeSpan.FromDays(30) + TimeSpan.FromHours(1));
        Assert.Equal(0, await world.Tokens.PurgeAsync(CancellationToken.None));
        world.Time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(1, await world.Tokens.PurgeAsync(CancellationToken.None));
        Assert.Null(await world.IntrospectAsync(tokens.AccessToken));
    }

    [Fact]
    public async Task A_grant_for_ever_is_purged_only_when_it_is_revoked()
    {
        var world = new OAuthWorld(configure: client => client.AccessTokenLifetime = TimeSpan.Zero);
        var tokens = Assert.IsType<TokenResult.Issued>(await world.RedeemAsync(await world.ApprovedAsync()));
        world.Time.Advance(TimeSpan.FromDays(3650));
        Assert.Equal(0, await world.Tokens.PurgeAsync(CancellationToken.None));
        Assert.NotNull(await world.IntrospectAsync(tokens.AccessToken));

        await world.RevokeAsync(tokens.RefreshToken!);
        world.Time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(1, await world.Tokens.PurgeAsync(CancellationToken.None));
    }
}
