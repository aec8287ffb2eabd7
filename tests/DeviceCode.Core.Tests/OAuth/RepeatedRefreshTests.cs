namespace DeviceCode.Core.Tests.OAuth;

using DeviceCode.Core;
using DeviceCode.Core.OAuth;
using DeviceCode.Testing;
using Moq;

/// <summary>Repeated refreshes whose first access token is gone, and refreshes with an empty scope.</summary>
public sealed class RepeatedRefreshTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly InMemoryGrantStore _memory = new();
    private readonly Mock<IGrantStore> _grants = new();
    private readonly OAuthWorld _world;

    public RepeatedRefreshTests()
    {
        _grants.Setup(s => s.AddAsync(It.IsAny<Grant>(), It.IsAny<RequestOrigin>(), It.IsAny<CancellationToken>()))
            .Returns(_memory.AddAsync);
        _grants.Setup(s => s.FindAsync(It.IsAny<Guid>(), It.IsAny<CancellationToken>()))
            .Returns(_memory.FindAsync);
        _grants.Setup(s => s.TryReplaceAsync(It.IsAny<Grant>(), It.IsAny<RequestOrigin?>(), It.IsAny<CancellationToken>()))
            .Returns(_memory.TryReplaceAsync);
        _world = new OAuthWorld(grants: _grants.Object);
    }

    /// <summary>The read takes 9 seconds, the write loses its response, and the client waits for Retry-After, at the least grace.</summary>
    [Fact]
    public async Task A_slow_storage_that_loses_a_response_does_not_end_the_login()
    {
        _world.Options.RefreshGrace = TimeSpan.FromSeconds(20);
        var first = Issued(await _world.RedeemAsync(await _world.ApprovedAsync()));
        var isSlow = true;
        _grants.Setup(s => s.FindAsync(It.IsAny<Guid>(), It.IsAny<CancellationToken>())).Returns((Guid id, CancellationToken token) =>
        {
            _world.Time.Advance(TimeSpan.FromSeconds(9));
            return _memory.FindAsync(id, token);
        });
        _grants.Setup(s => s.TryReplaceAsync(It.IsAny<Grant>(), It.IsAny<RequestOrigin?>(), It.IsAny<CancellationToken>())).Returns(
            async (Grant grant, RequestOrigin? from, CancellationToken token) =>
            {
                var replaced = await _memory.TryReplaceAsync(grant, from, token);
                return isSlow ? throw new StoreUnavailableException("down") : replaced;
            });
        await Assert.ThrowsAsync<StoreUnavailableException>(() => _world.RefreshAsync(first.RefreshToken!));

        isSlow = false;
        _world.Time.Advance(TimeSpan.FromSeconds(10 + 5));
        var second = Issued(await _world.RefreshAsync(first.RefreshToken!));
        Assert.IsType<TokenResult.Issued>(await _world.RefreshAsync(second.RefreshToken!));
    }

    [Fact]
    public async Task It_is_tried_again_when_the_grant_changes_meanwhile()
    {
        var first = Issued(await _world.RedeemAsync(await _world.ApprovedAsync()));
        var second = Issued(await _world.RefreshAsync(first.RefreshToken!));
        await _world.RevokeAsync(second.AccessToken);
        var attempts = 0;
        _grants.Setup(s => s.TryReplaceAsync(It.IsAny<Grant>(), It.IsAny<RequestOrigin?>(), It.IsAny<CancellationToken>())).Returns(
            (Grant grant, RequestOrigin? from, CancellationToken token) =>
                ++attempts == 1 ? Task.FromResult(false) : _memory.TryReplaceAsync(grant, from, token));

        var again = Issued(await _world.RefreshAsync(first.RefreshToken!));

        Assert.Equal(2, attempts);
        Assert.NotNull(await _world.IntrospectAsync(again.AccessToken));
    }

    [Fact]
    public async Task It_adds_one_access_token_to_the_grant_and_changes_no_other()
    {
        var first = Issued(await _world.RedeemAsync(await _world.ApprovedAsync()));
        var second = Issued(await _world.RefreshAsync(first.RefreshToken!));
        await _world.RevokeAsync(second.AccessToken);
        var before = (await _memory.FindAsync(first.GrantId, None))!;

        var again = Issued(await _world.RefreshAsync(first.RefreshToken!));

        var now = _world.Time.GetUtcNow();
        var after = (await _memory.FindAsync(first.GrantId, None))!;
        Assert.Equal([.. before.AccessTokens, new(again.AccessToken.Hash(), again.Scope, now, now.AddHours(1))], after.AccessTokens);
        Assert.Equal((TokenKind.Access, first.GrantId), (again.AccessToken.Kind, again.AccessToken.GrantId));
        Assert.Equal(before with { AccessTokens = after.AccessTokens, Version = after.Version }, after);
    }

    [Fact]
    public async Task An_empty_scope_requests_a_token_without_scopes()
    {
        var first = Issued(await _world.RedeemAsync(await _world.ApprovedAsync()));

        Assert.Equal("", Issued(await _world.RefreshAsync(first.RefreshToken!, scope: "")).Scope);
    }

    private static TokenResult.Issued Issued(TokenResult result) => Assert.IsType<TokenResult.Issued>(result);
}
