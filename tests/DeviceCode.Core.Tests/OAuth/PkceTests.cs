namespace DeviceCode.Core.Tests.OAuth;

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using DeviceCode.Core.OAuth;
using DeviceCode.Testing;

public sealed class PkceTests
{
    [Fact]
    public void The_example_of_the_RFC_matches() => Assert.True(Pkce.Verify(OAuthWorld.Verifier, OAuthWorld.Challenge));

    [Theory]
    [InlineData("")]
    [InlineData(OAuthWorld.Challenge)]
    [InlineData("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK")]
    public void Another_verifier_is_rejected(string verifier) => Assert.False(Pkce.Verify(verifier, OAuthWorld.Challenge));

    [Theory]
    [InlineData(42, "x", false)]
    [InlineData(43, "x", true)]
    [InlineData(128, "x", true)]
    [InlineData(129, "x", false)]
    [InlineData(43, "azAZ09-._~", true)]
    [InlineData(43, "+", false)]
    [InlineData(43, "=", false)]
    [InlineData(43, "é", false)]
    public void A_verifier_has_43_to_128_letters_digits_and_marks(int length, string ending, bool isVerifier)
    {
        var verifier = new string('x', length - ending.Length) + ending;
        var challenge = Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(verifier)));

        Assert.Equal(isVerifier, Pkce.Verify(verifier, challenge));
    }

    [Theory]
    [InlineData(OAuthWorld.Challenge, true)]
    [InlineData("", false)]
    [InlineData("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c", false)]
    [InlineData("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=", false)]
    [InlineData("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM", false)]
    public void A_challenge_is_43_characters_of_base64url(string text, bool isChallenge) =>
        Assert.Equal(isChallenge, Pkce.IsChallenge(text));

    [Fact]
    public void A_verifier_and_a_challenge_are_required()
    {
        Assert.Throws<ArgumentNullException>("text", () => Pkce.IsChallenge(null!));
        Assert.Throws<ArgumentNullException>("verifier", () => Pkce.Verify(null!, OAuthWorld.Challenge));
        Assert.Throws<ArgumentNullException>("challenge", () => Pkce.Verify(OAuthWorld.Verifier, null!));
    }
}
