namespace DeviceCode.Core.Tests.OAuth;

using System.Security.Cryptography;
using DeviceCode.Core.OAuth;
using DeviceCode.Testing;

public sealed class GrantTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly Guid Id = Guid.NewGuid();

    private readonly Token _access = New(TokenKind.Access);
    private readonly Token _refresh = New(TokenKind.Refresh);
    private readonly Token _spent = New(TokenKind.Refresh);
    private readonly Grant _active;

    public GrantTests() => _active = new()
    {
        Id = Id,
        MintId = Guid.NewGuid(),
        ClientId = "cli",
        User = Some.User(),
        Scope = "profile",
        TagKey = "",
        AccessTokens = [new(_access.Hash(), "profile", Noon, Noon.AddHours(1))],
        RefreshTokenHash = _refresh.Hash(),
        RefreshTokenExpiresAt = Noon.AddDays(30),
        LastExchange = new(_spent.Hash(), Noon, "salt"),
    };

    [Fact]
    public void It_finds_each_of_its_tokens()
    {
        Assert.Equal(_active.AccessTokens[0], _active.FindActive(_access, Noon));
        Assert.True(_active.IsCurrent(_refresh));
        Assert.Equal(_active.LastExchange, _active.FindExchangeOf(_spent));
    }

    [Fact]
    public void It_confuses_no_token_with_another_one()
    {
        Assert.Null(_active.FindActive(New(TokenKind.Access), Noon));
        Assert.False(_active.IsCurrent(_spent));
        Assert.Null(_active.FindExchangeOf(_refresh));
        Assert.Null((_active with { LastExchange = null }).FindExchangeOf(_spent));
        Assert.False((_active with { RefreshTokenHash = null }).IsCurrent(_refresh));
    }

    /// <summary>A client can write the secret of one token behind the prefix of the other kind.</summary>
    [Fact]
    public void A_token_of_one_kind_is_not_accepted_as_the_other()
    {
        Assert.Null(_active.FindActive(AsKind(TokenKind.Refresh, _access), Noon));
        Assert.False(_active.IsCurrent(AsKind(TokenKind.Access, _refresh)));
        Assert.Null(_active.FindExchangeOf(AsKind(TokenKind.Access, _spent)));
    }

    [Fact]
    public void No_token_is_active_after_the_revocation_even_if_the_row_still_has_it()
    {
        var revoked = _active with { RevokedAt = Noon };

        Assert.Null(revoked.FindActive(_access, Noon));
        Assert.False(revoked.IsCurrent(_refresh));
        Assert.Null(revoked.FindExchangeOf(_spent));
    }

    [Fact]
    public void A_revocation_removes_everything_about_its_tokens()
    {
        var revoked = _active.Revoke(Noon);

        Assert.Empty(revoked.AccessTokens);
        Assert.Null(revoked.RefreshTokenHash);
        Assert.Null(revoked.RefreshTokenExpiresAt);
        Assert.Null(revoked.LastExchange);
        Assert.Equal(Noon, revoked.RevokedAt);
        Assert.Equal(Noon.AddHours(2), revoked.PurgeAfter);
    }

    [Fact]
    public void It_prints_its_id_and_no_token() => Assert.Equal($"Grant({Id})", $"{_active}");

    private static Token New(TokenKind kind) => new(kind, Id, RandomNumberGenerator.GetBytes(Token.SecretBytes));

    private static Token AsKind(TokenKind kind, Token token) => new(kind, Id, token.Secret.ToArray());
}
