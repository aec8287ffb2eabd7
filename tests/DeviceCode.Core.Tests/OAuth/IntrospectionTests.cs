namespace DeviceCode.Core.Tests.OAuth;

using System.Security.Cryptography;
using DeviceCode.Core.OAuth;
using DeviceCode.Testing;
using Moq;

/// <summary>Introspecting tokens (RFC 7662).</summary>
public sealed class IntrospectionTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    private readonly OAuthWorld _world = new();

    [Fact]
    public async Task Both_tokens_are_described_in_full()
    {
        var issuedAt = _world.Time.GetUtcNow();
        var tokens = await RedeemedAsync();

        Assert.Equal(
            new ActiveToken(tokens.GrantId, TokenKind.Access, "cli", Some.User(), tokens.Scope, issuedAt, issuedAt.AddHours(1)),
            await _world.IntrospectAsync(tokens.AccessToken));
        Assert.Equal(
            new ActiveToken(tokens.GrantId, TokenKind.Refresh, "cli", Some.User(), tokens.Scope, IssuedAt: null, issuedAt.AddDays(30)),
            await _world.IntrospectAsync(tokens.RefreshToken!));
    }

    [Fact]
    public async Task An_access_token_has_its_own_scope()
    {
        var first = await RedeemedAsync();
        var second = Assert.IsType<TokenResult.Issued>(await _world.RefreshAsync(first.RefreshToken!, "email"));

        Assert.Equal("email", (await _world.IntrospectAsync(second.AccessToken))!.Scope);
        Assert.Equal(first.Scope, (await _world.IntrospectAsync(second.RefreshToken!))!.Scope);
    }

    [Fact]
    public async Task A_token_is_active_until_it_expires_and_not_a_tick_longer()
    {
        var tokens = await RedeemedAsync();
        _world.Time.Advance(TimeSpan.FromHours(1) - Tick);
        Assert.NotNull(await _world.IntrospectAsync(tokens.AccessToken));
        _world.Time.Advance(Tick);
        Assert.Null(await _world.IntrospectAsync(tokens.AccessToken));

        _world.Time.Advance(TimeSpan.FromDays(30) - TimeSpan.FromHours(1) - Tick);
        Assert.NotNull(await _world.IntrospectAsync(tokens.RefreshToken!));
        _world.Time.Advance(Tick);
        Assert.Null(await _world.IntrospectAsync(tokens.RefreshToken!));
    }

    [Fact]
    public async Task A_spent_refresh_token_is_not_active()
    {
        var first = await RedeemedAsync();
        await _world.RefreshAsync(first.RefreshToken!);

        Assert.Null(await _world.IntrospectAsync(first.RefreshToken!));
    }

    [Fact]
    public async Task A_token_that_was_not_issued_here_is_not_active()
    {
        var tokens = await RedeemedAsync();
        foreach (var kind in new[] { TokenKind.Access, TokenKind.Refresh })
        {
            foreach (var grantId in new[] { tokens.GrantId, Guid.NewGuid() })
            {
                Assert.Null(await _world.IntrospectAsync(new Token(kind, grantId, RandomNumberGenerator.GetBytes(32))));
            }
        }
    }

    [Fact]
    public async Task Text_that_is_not_a_token_is_not_active_and_costs_no_storage_request()
    {
        var world = new OAuthWorld(grants: new Mock<IGrantStore>(MockBehavior.Strict).Object);

        Assert.Null(await world.Tokens.IntrospectAsync("no token", CancellationToken.None));
    }

    [Fact]
    public async Task The_tokens_of_a_disabled_client_are_not_active()
    {
        var tokens = await RedeemedAsync();
        _world.Client.Enabled = false;

        Assert.Null(await _world.IntrospectAsync(tokens.AccessToken));
        Assert.Null(await _world.IntrospectAsync(tokens.RefreshToken!));
    }

    private async Task<TokenResult.Issued> RedeemedAsync() =>
        Assert.IsType<TokenResult.Issued>(await _world.RedeemAsync(await _world.ApprovedAsync()));
}
