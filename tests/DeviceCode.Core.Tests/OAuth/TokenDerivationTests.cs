namespace DeviceCode.Core.Tests.OAuth;

using DeviceCode.Core.Devices;
using DeviceCode.Core.OAuth;
using DeviceCode.Testing;

public sealed class TokenDerivationTests
{
    private readonly DeviceCode _code = Some.NewDeviceCode();
    private readonly Claim _claim = Some.Claim();
    private readonly TokenPair _pair;
    private readonly Grant _grant;

    public TokenDerivationTests()
    {
        _pair = TokenDerivation.FromDeviceCode(_code, null, _claim);
        _grant = new()
        {
            Id = _claim.Id,
            MintId = Guid.NewGuid(),
            ClientId = "cli",
            User = Some.User(),
            Scope = "profile",
            TagKey = TokenDerivation.TagKeyOf(_claim),
            AccessTokens = [],
        };
    }

    [Fact]
    public void The_same_credential_and_salt_yield_the_same_tokens()
    {
        Assert.Equal(Revealed(_pair), Revealed(TokenDerivation.FromDeviceCode(_code, null, _claim)));
        Assert.Equal(
            Revealed(TokenDerivation.FromRefreshToken(_pair.Refresh, "salt", _grant)),
            Revealed(TokenDerivation.FromRefreshToken(_pair.Refresh, "salt", _grant)));
    }

    [Fact]
    public void Another_device_code_verifier_or_salt_yields_other_tokens()
    {
        (string, string)[] pairs =
        [
            Revealed(_pair),
            Revealed(TokenDerivation.FromDeviceCode(Some.NewDeviceCode(), null, _claim)),
            Revealed(TokenDerivation.FromDeviceCode(_code, OAuthWorld.Verifier, _claim)),
            Revealed(TokenDerivation.FromDeviceCode(_code, null, _claim with { Salt = new string('b', 64) })),
            Revealed(TokenDerivation.FromRefreshToken(_pair.Refresh, "salt", _grant)),
            Revealed(TokenDerivation.FromRefreshToken(_pair.Refresh, "another salt", _grant)),
        ];

        Assert.Equal(pairs.Length, pairs.Select(pair => pair.Item1).Distinct().Count());
        Assert.Equal(pairs.Length, pairs.Select(pair => pair.Item2).Distinct().Count());
    }

    [Fact]
    public void A_grant_recognizes_every_refresh_token_that_it_issued()
    {
        var next = TokenDerivation.FromRefreshToken(_pair.Refresh, "salt", _grant).Refresh;

        Assert.True(TokenDerivation.IsIssuedBy(_grant, _pair.Refresh));
        Assert.True(TokenDerivation.IsIssuedBy(_grant, next));
    }

    [Fact]
    public void A_grant_does_not_recognize_the_tokens_of_another_grant_or_key()
    {
        Assert.False(TokenDerivation.IsIssuedBy(_grant with { Id = Guid.NewGuid() }, _pair.Refresh));
        Assert.False(TokenDerivation.IsIssuedBy(_grant with { TagKey = TokenDerivation.NewSalt() }, _pair.Refresh));
        Assert.False(TokenDerivation.IsIssuedBy(_grant, _pair.Access));
        Assert.False(TokenDerivation.IsIssuedBy(_grant, new Token(TokenKind.Access, _grant.Id, _pair.Refresh.Secret.ToArray())));
    }

    [Fact]
    public void The_tag_covers_every_byte_of_a_refresh_token()
    {
        for (var i = 0; i < Token.SecretBytes; i++)
        {
            var secret = _pair.Refresh.Secret.ToArray();
            secret[i] ^= 1;
            Assert.False(TokenDerivation.IsIssuedBy(_grant, new Token(TokenKind.Refresh, _grant.Id, secret)), $"byte {i}");
        }
    }

    private static (string Access, string Refresh) Revealed(TokenPair pair) => (pair.Access.Reveal(), pair.Refresh.Reveal());
}
