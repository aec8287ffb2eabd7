namespace DeviceCode.Core.OAuth;

using System.Security.Cryptography;
using System.Text;
using DeviceCode.Core.Devices;

/// <summary>
/// Derives tokens from what the client presented and a stored salt. Presented again, the same comes out again, so an answer
/// that got lost can be given once more without any token having been stored.
/// </summary>
internal static class TokenDerivation
{
    private const int TagBytes = 8;

    /// <summary>A new random salt or key, in hexadecimal digits.</summary>
    public static string NewSalt() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    /// <summary>The first tokens of a grant.</summary>
    public static (Token Access, Token Refresh) FromDeviceCode(DeviceCode deviceCode, string? codeVerifier, Claim claim) =>
        Derive(Encoding.ASCII.GetBytes(deviceCode.Reveal()), $"{claim.Salt}\n{codeVerifier}", claim.Id, TagKeyOf(claim));

    /// <summary>The next tokens of a grant.</summary>
    public static (Token Access, Token Refresh) FromRefreshToken(Token refreshToken, string salt, Grant grant) =>
        Derive(refreshToken.Secret, salt, grant.Id, grant.TagKey);

    /// <summary>The key of a grant's tags. It follows from the claim, so that a repeated mint makes the same grant.</summary>
    public static string TagKeyOf(Claim claim) => Convert.ToHexStringLower(Mac(Convert.FromHexString(claim.Salt), "tag"u8));

    /// <summary>Whether a refresh token was issued by this grant, be it current or long spent. Nobody else can make one that was.</summary>
    public static bool IsOurs(Token refreshToken, Grant grant) => refreshToken.Kind == TokenKind.Refresh && CryptographicOperations.FixedTimeEquals(
        refreshToken.Secret[^TagBytes..], TagOf(refreshToken.Secret[..^TagBytes], grant.Id, grant.TagKey));

    private static (Token Access, Token Refresh) Derive(ReadOnlySpan<byte> presented, string salt, Guid grantId, string tagKey)
    {
        var root = Mac(presented, Encoding.ASCII.GetBytes(salt));
        var refresh = Mac(root, "refresh"u8);
        TagOf(refresh.AsSpan(..^TagBytes), grantId, tagKey).CopyTo(refresh.AsSpan(^TagBytes..));
        return (new Token(TokenKind.Access, grantId, Mac(root, "access"u8)), new Token(TokenKind.Refresh, grantId, refresh));
    }

    private static ReadOnlySpan<byte> TagOf(ReadOnlySpan<byte> secret, Guid grantId, string tagKey) =>
        Mac(Convert.FromHexString(tagKey), [.. grantId.ToByteArray(), .. secret]).AsSpan(..TagBytes);

    private static byte[] Mac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> text) => HMACSHA256.HashData(key, text);
}
