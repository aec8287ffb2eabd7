namespace DeviceCode.Core.Tests.OAuth;

using DeviceCode.Core.Devices;
using DeviceCode.Core.OAuth;
using DeviceCode.Testing;

public sealed class TokenDerivationTests
{
    private static readonly DeviceCode Code = Some.NewDeviceCode();
    private static readonly Claim Claim = Some.Claim();
    private static readonly TokenPair Pair = TokenDerivation.FromDeviceCode(Code, null, Claim);

    private static readonly Grant Grant = new()
    {
        Id = Claim.Id,
        MintId = Guid.NewGuid(),
        ClientId = "cli",
        User = Some.User(),
        Scope = "profile",
        TagKey = TokenDerivation.TagKeyOf(Claim),
        AccessTokens = [],
    };

    [Fact]
    public void The_same_credential_and_salt_yield_the_same_tokens()
    {
        Assert.Equal(Revealed(Pair), Revealed(TokenDerivation.FromDeviceCode(Code, null, Claim)));
        Assert.Equal(
            Revealed(TokenDerivation.FromRefreshToken(Pair.Refresh, "salt", Grant)),
            Revealed(TokenDerivation.FromRefreshToken(Pair.Refresh, "salt", Grant)));
    }

    [Fact]
    public void Another_device_code_verifier_or_salt_yields_other_tokens()
    {
        (string, string)[] pairs =
        [
            Revealed(Pair),
            Revealed(TokenDerivation.FromDeviceCode(Some.NewDeviceCode(), null, Claim)),
            Revealed(TokenDerivation.FromDeviceCode(Code, OAuthWorld.Verifier, Claim)),
            Revealed(TokenDerivation.FromDeviceCode(Code, null, Claim with { Salt = new string('b', 64) })),
            Revealed(TokenDerivation.FromRefreshToken(Pair.Refresh, "salt", Grant)),
            Revealed(TokenDerivation.FromRefreshToken(Pair.Refresh, "another salt", Grant)),
        ];

        Assert.Equal(pairs.Length, pairs.Select(pair => pair.Item1).Distinct().Count());
        Assert.Equal(pairs.Length, pairs.Select(pair => pair.Item2).Distinct().Count());
    }

    [Fact]
    public void A_grant_recognizes_every_refresh_token_that_it_issued()
    {
        var next = TokenDerivation.FromRefreshToken(Pair.Refresh, "salt", Grant).Refresh;

        Assert.True(TokenDerivation.IsIssuedBy(Grant, Pair.Refresh));
        Assert.True(TokenDerivation.IsIssuedBy(Grant, next));
    }

    [Fact]
    public void A_grant_does_not_recognize_the_tokens_of_another_grant_or_key()
    {
        Assert.False(TokenDerivation.IsIssuedBy(Grant with { Id = Guid.NewGuid() }, Pair.Refresh));
        Assert.False(TokenDerivation.IsIssuedBy(Grant with { TagKey = TokenDerivation.NewSalt() }, Pair.Refresh));
        Assert.False(TokenDerivation.IsIssuedBy(Grant, Pair.Access));
        Assert.False(TokenDerivation.IsIssuedBy(Grant, new Token(TokenKind.Access, Grant.Id, Pair.Refresh.Secret.ToArray())));
    }

    [Fact]
    public void The_tag_covers_every_byte_of_a_refresh_token()
    {
        for (var i = 0; i < Token.SecretBytes; i++)
        {
            var secret = Pair.Refresh.Secret.ToArray();
            secret[i] ^= 1;
            Assert.False(TokenDerivation.IsIssuedBy(Grant, new Token(TokenKind.Refresh, Grant.Id, secret)), $"byte {i}");
        }
    }

    private static (string Access, string Refresh) Revealed(TokenPair pair) => (pair.Access.Reveal(), pair.Refresh.Reveal());
}
