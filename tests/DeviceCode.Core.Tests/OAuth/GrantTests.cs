namespace DeviceCode.Core.Tests.OAuth;

using System.Security.Cryptography;
using DeviceCode.Core.OAuth;
using DeviceCode.Testing;

public sealed class GrantTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly Guid Id = Guid.NewGuid();
    private static readonly Token Access = New(TokenKind.Access);
    private static readonly Token Refresh = New(TokenKind.Refresh);
    private static readonly Token Spent = New(TokenKind.Refresh);

    private static readonly Grant Active = new()
    {
        Id = Id,
        MintId = Guid.NewGuid(),
        ClientId = "cli",
        User = Some.User(),
        Scope = "profile",
        TagKey = "",
        AccessTokens = [new(Access.Hash(), "profile", Noon, Noon.AddHours(1))],
        RefreshTokenHash = Refresh.Hash(),
        RefreshTokenExpiresAt = Noon.AddDays(30),
        LastExchange = new(Spent.Hash(), Noon, "salt"),
    };

    [Fact]
    public void It_finds_each_of_its_tokens()
    {
        Assert.Equal(Active.AccessTokens[0], Active.FindActive(Access, Noon));
        Assert.True(Active.IsCurrent(Refresh));
        Assert.Equal(Active.LastExchange, Active.FindExchangeOf(Spent));
    }

    [Fact]
    public void It_confuses_no_token_with_another_one()
    {
        Assert.Null(Active.FindActive(New(TokenKind.Access), Noon));
        Assert.False(Active.IsCurrent(Spent));
        Assert.Null(Active.FindExchangeOf(Refresh));
        Assert.Null((Active with { LastExchange = null }).FindExchangeOf(Spent));
        Assert.False((Active with { RefreshTokenHash = null }).IsCurrent(Refresh));
    }

    /// <summary>A client can write the secret of one token behind the prefix of the other kind.</summary>
    [Fact]
    public void A_token_of_one_kind_is_not_accepted_as_the_other()
    {
        Assert.Null(Active.FindActive(AsKind(TokenKind.Refresh, Access), Noon));
        Assert.False(Active.IsCurrent(AsKind(TokenKind.Access, Refresh)));
        Assert.Null(Active.FindExchangeOf(AsKind(TokenKind.Access, Spent)));
    }

    [Fact]
    public void No_token_is_active_after_the_revocation_even_if_the_row_still_has_it()
    {
        var revoked = Active with { RevokedAt = Noon };

        Assert.Null(revoked.FindActive(Access, Noon));
        Assert.False(revoked.IsCurrent(Refresh));
        Assert.Null(revoked.FindExchangeOf(Spent));
    }

    [Fact]
    public void A_revocation_removes_everything_about_its_tokens()
    {
        var revoked = Active.Revoke(Noon, TimeSpan.FromHours(2));

        Assert.Empty(revoked.AccessTokens);
        Assert.Null(revoked.RefreshTokenHash);
        Assert.Null(revoked.RefreshTokenExpiresAt);
        Assert.Null(revoked.LastExchange);
        Assert.Equal(Noon, revoked.RevokedAt);
        Assert.Equal(Noon.AddHours(2), revoked.PurgeAfter);
    }

    [Fact]
    public void It_prints_its_id_and_no_token() => Assert.Equal($"Grant({Id})", $"{Active}");

    private static Token New(TokenKind kind) => new(kind, Id, RandomNumberGenerator.GetBytes(Token.SecretBytes));

    private static Token AsKind(TokenKind kind, Token token) => new(kind, Id, token.Secret.ToArray());
}
