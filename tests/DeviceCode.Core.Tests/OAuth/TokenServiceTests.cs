namespace DeviceCode.Core.Tests.OAuth;

using DeviceCode.Core.OAuth;
using DeviceCode.Testing;
using Moq;

/// <summary>Faults between two storage requests. The normal cases are tested over HTTP.</summary>
public sealed class TokenServiceTests
{
    private readonly InMemoryGrantStore _grants = new();
    private readonly Mock<IGrantStore> _failing = new();
    private bool _down = true;

    public TokenServiceTests()
    {
        _failing.Setup(s => s.FindAsync(It.IsAny<Guid>(), It.IsAny<CancellationToken>())).Returns(_grants.FindAsync);
        _failing.Setup(s => s.AddAsync(It.IsAny<Grant>(), It.IsAny<RequestOrigin>(), It.IsAny<CancellationToken>())).Returns(
            (Grant grant, RequestOrigin? from, CancellationToken token) =>
                _down ? throw new StoreUnavailableException("down") : _grants.AddAsync(grant, from!, token));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(OAuthWorld.Challenge, OAuthWorld.Verifier)]
    public async Task A_fault_between_claim_and_grant_neither_loses_the_login_nor_leads_to_two_sets_of_tokens(
        string? challenge, string? verifier)
    {
        var world = new OAuthWorld(grants: _failing.Object);
        var code = await world.ApprovedAsync(challenge: challenge);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => world.RedeemAsync(code, verifier));

        _down = false;
        world.Time.Advance(TimeSpan.FromSeconds(8)); // From then on, the claim can be taken over.
        var results = await Racing.RunAsync(16, _ => world.RedeemAsync(code, verifier));

        var issued = results.OfType<TokenResult.Issued>().ToList();
        Assert.Equal(challenge is null ? 1 : 16, issued.Count);
        Assert.Single(issued.Select(tokens => tokens.AccessToken.Reveal()).Distinct());
        Assert.NotNull(await world.IntrospectAsync(issued[0].AccessToken));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(OAuthWorld.Challenge, OAuthWorld.Verifier)]
    public async Task A_long_outage_between_claim_and_grant_does_not_lose_the_login(string? challenge, string? verifier)
    {
        var world = new OAuthWorld(grants: _failing.Object);
        var code = await world.ApprovedAsync(challenge: challenge);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => world.RedeemAsync(code, verifier));

        _down = false;
        world.Time.Advance(TimeSpan.FromMinutes(5));
        var tokens = Assert.IsType<TokenResult.Issued>(await world.RedeemAsync(code, verifier));
        Assert.Equal(TimeSpan.FromHours(1), tokens.ExpiresIn);
    }

    [Fact]
    public async Task A_grant_whose_response_is_lost_is_issued_by_the_next_poll_and_by_no_other()
    {
        _failing.Setup(s => s.AddAsync(It.IsAny<Grant>(), It.IsAny<RequestOrigin>(), It.IsAny<CancellationToken>())).Returns(
            async (Grant grant, RequestOrigin? from, CancellationToken token) =>
            {
                var stored = await _grants.AddAsync(grant, from!, token);
                return _down ? throw new StoreUnavailableException("down") : stored;
            });
        var world = new OAuthWorld(grants: _failing.Object);
        var code = await world.ApprovedAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => world.RedeemAsync(code));

        _down = false;
        world.Time.Advance(TimeSpan.FromSeconds(8));
        Assert.IsType<TokenResult.Issued>(await world.RedeemAsync(code));
        Assert.IsType<TokenResult.Refused>(await world.RedeemAsync(code));
    }

    [Fact]
    public async Task A_refresh_whose_response_from_the_storage_is_late_is_not_taken_for_theft()
    {
        var world = new OAuthWorld(grants: _failing.Object);
        _down = false;
        var first = Assert.IsType<TokenResult.Issued>(await world.RedeemAsync(await world.ApprovedAsync()));
        var writes = 0;
        _failing.Setup(s => s.TryReplaceAsync(It.IsAny<Grant>(), It.IsAny<RequestOrigin?>(), It.IsAny<CancellationToken>())).Returns(
            async (Grant grant, RequestOrigin? from, CancellationToken token) =>
            {
                // The write succeeds, but its response is late and gets lost, and the retry finds that the row has changed.
                var written = await _grants.TryReplaceAsync(grant, from, token);
                world.Time.Advance(TimeSpan.FromMinutes(1));
                return writes++ > 0 && written;
            });

        var second = Assert.IsType<TokenResult.Issued>(await world.RefreshAsync(first.RefreshToken!));
        Assert.IsType<TokenResult.Issued>(await world.RefreshAsync(second.RefreshToken!));
    }

    [Fact]
    public async Task Revoking_the_only_token_of_a_grant_ends_it()
    {
        var world = new OAuthWorld();
        var tokens = Assert.IsType<TokenResult.Issued>(await world.RedeemAsync(await world.ApprovedAsync(scope: "profile")));
        Assert.Equal(new RevokeResult.Revoked(tokens.GrantId, EndsGrant: true), await world.RevokeAsync(tokens.AccessToken));
        world.Time.Advance(TimeSpan.FromHours(3));
        Assert.Equal(1, await world.Tokens.PurgeAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Only_what_may_be_theft_is_an_incident()
    {
        var world = new OAuthWorld();
        var code = await world.ApprovedAsync(challenge: OAuthWorld.Challenge);
        var wrongVerifier = Assert.IsType<TokenResult.Refused>(await world.RedeemAsync(code, new string('x', 43))).Incident;
        Assert.NotNull(wrongVerifier);
        Assert.Equal((IncidentKind.WrongCodeVerifier, "cli"), (wrongVerifier.Kind, wrongVerifier.ClientId));
        Assert.NotNull(wrongVerifier.AuthorizationId);

        var first = Assert.IsType<TokenResult.Issued>(await world.RedeemAsync(code, OAuthWorld.Verifier));
        await world.RefreshAsync(first.RefreshToken!);
        world.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(
            new Incident(IncidentKind.SpentRefreshTokenReused, "cli") { GrantId = first.GrantId },
            Assert.IsType<TokenResult.Refused>(await world.RefreshAsync(first.RefreshToken!)).Incident);
        Assert.Null(Assert.IsType<TokenResult.Refused>(await world.RefreshAsync(first.RefreshToken!)).Incident);
    }

    [Fact]
    public async Task A_grant_is_purged_some_time_after_its_last_token_expires()
    {
        var world = new OAuthWorld();
        var tokens = Assert.IsType<TokenResult.Issued>(await world.RedeemAsync(await world.ApprovedAsync()));
        world.Time.Advance(TimeSpan.FromDays(30) + TimeSpan.FromHours(2));
        Assert.Equal(0, await world.Tokens.PurgeAsync(CancellationToken.None));
        world.Time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(1, await world.Tokens.PurgeAsync(CancellationToken.None));
        Assert.Null(await world.IntrospectAsync(tokens.AccessToken));
    }

    [Fact]
    public async Task A_grant_that_does_not_expire_is_purged_only_when_it_is_revoked()
    {
        var world = new OAuthWorld(
            configure: client => (client.AccessTokenLifetime, client.LoginLifetime) = (TimeSpan.Zero, TimeSpan.Zero));
        var tokens = Assert.IsType<TokenResult.Issued>(await world.RedeemAsync(await world.ApprovedAsync()));
        world.Time.Advance(TimeSpan.FromDays(3650));
        Assert.Equal(0, await world.Tokens.PurgeAsync(CancellationToken.None));
        Assert.NotNull(await world.IntrospectAsync(tokens.AccessToken));

        await world.RevokeAsync(tokens.RefreshToken!);
        world.Time.Advance(TimeSpan.FromHours(3));
        Assert.Equal(1, await world.Tokens.PurgeAsync(CancellationToken.None));
    }
}
