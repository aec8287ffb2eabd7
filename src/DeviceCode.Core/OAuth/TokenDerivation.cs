namespace DeviceCode.Core.OAuth;

using System.Security.Cryptography;
using System.Text;
using DeviceCode.Core.Devices;

/// <summary>
/// Derives tokens from the credential that the client presented and a stored salt. The same credential yields the same tokens again, so
/// a lost response can be repeated although no token is stored.
/// </summary>
internal static class TokenDerivation
{
    private const int TagBytes = 8;

    /// <summary>Creates a random salt or key, in hexadecimal digits.</summary>
    public static string NewSalt() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    /// <summary>Derives the first tokens of a grant.</summary>
    public static TokenPair FromDeviceCode(DeviceCode deviceCode, string? codeVerifier, Claim claim) =>
        Derive(Encoding.ASCII.GetBytes(deviceCode.Reveal()), $"{claim.Salt}\n{codeVerifier}", claim.Id, TagKeyOf(claim));

    /// <summary>Derives the tokens for which a refresh token is exchanged.</summary>
    public static TokenPair FromRefreshToken(Token refreshToken, string salt, Grant grant) =>
        Derive(refreshToken.Secret, salt, grant.Id, grant.TagKey);

    /// <summary>Derives the key of a grant's tags from its claim, so that a repeated redemption creates the same grant.</summary>
    public static string TagKeyOf(Claim claim) => Convert.ToHexStringLower(Mac(Convert.FromHexString(claim.Salt), "tag"u8));

    /// <summary>Whether this grant issued a refresh token, current or spent. Without the grant's key, the tag cannot be forged.</summary>
    public static bool IsIssuedBy(Grant grant, Token refreshToken) => refreshToken.Kind == TokenKind.Refresh
        && CryptographicOperations.FixedTimeEquals(
            refreshToken.Secret[^TagBytes..], TagOf(refreshToken.Secret[..^TagBytes], grant.Id, grant.TagKey));

    private static TokenPair Derive(ReadOnlySpan<byte> presented, string salt, Guid grantId, string tagKey)
    {
        var root = Mac(presented, Encoding.ASCII.GetBytes(salt));
        var refresh = Mac(root, "refresh"u8);
        TagOf(refresh.AsSpan(..^TagBytes), grantId, tagKey).CopyTo(refresh.AsSpan(^TagBytes..));
        return new(new Token(TokenKind.Access, grantId, Mac(root, "access"u8)), new Token(TokenKind.Refresh, grantId, refresh));
    }

    private static ReadOnlySpan<byte> TagOf(ReadOnlySpan<byte> secret, Guid grantId, string tagKey) =>
        Mac(Convert.FromHexString(tagKey), [.. grantId.ToByteArray(), .. secret]).AsSpan(..TagBytes);

    private static byte[] Mac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> text) => HMACSHA256.HashData(key, text);
}

/// <summary>The tokens that one redemption or exchange yields.</summary>
internal readonly record struct TokenPair(Token Access, Token Refresh);
