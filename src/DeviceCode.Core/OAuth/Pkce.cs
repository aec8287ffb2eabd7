namespace DeviceCode.Core.OAuth;

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

/// <summary>
/// Checks that a code is redeemed by the client that requested it (RFC 7636). Only the method S256 is supported: with "plain", an
/// attacker who sees the request for the code has the verifier, too.
/// </summary>
public static class Pkce
{
    /// <summary>The name of the method (RFC 7636 §4.2).</summary>
    public const string Method = "S256";

    private const int ChallengeLength = 43;

    /// <summary>Whether the text has the form of a <c>code_challenge</c>: a SHA-256 in base64url.</summary>
    public static bool IsChallenge(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length == ChallengeLength && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
    }

    /// <summary>Compares a <c>code_verifier</c> with the challenge in constant time (RFC 7636 §4.6).</summary>
    public static bool Verify(string verifier, string challenge)
    {
        ArgumentNullException.ThrowIfNull(verifier);
        ArgumentNullException.ThrowIfNull(challenge);
        var isVerifier = verifier.Length is >= 43 and <= 128
            && verifier.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~');
        var hash = Base64Url.EncodeToUtf8(SHA256.HashData(Encoding.UTF8.GetBytes(verifier)));
        return CryptographicOperations.FixedTimeEquals(hash, Encoding.UTF8.GetBytes(challenge)) && isVerifier;
    }
}
