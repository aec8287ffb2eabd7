namespace DeviceCode.Core.OAuth;

using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

/// <summary>The kinds of tokens.</summary>
public enum TokenKind
{
    /// <summary>Presented to APIs (RFC 6749 §1.4).</summary>
    Access,

    /// <summary>Exchanged for new tokens (RFC 6749 §1.5).</summary>
    Refresh,
}

/// <summary>
/// An opaque token: <c>dca_</c> (access) or <c>dcr_</c> (refresh), then 65 characters in base 62 with the id of its grant (16 bytes) and
/// its secret (32 bytes), then a checksum of 6 characters.
/// </summary>
/// <remarks>
/// By the prefix, secret scanners find leaked tokens. By the checksum (the first four bytes of the SHA-256 of the text before it), they
/// and we recognise a typo without a storage request. The id leads to the row of the grant, which contains only a hash of the secret.
/// </remarks>
public sealed class Token
{
    internal const int SecretBytes = 32;

    private const string AccessPrefix = "dca_";
    private const string RefreshPrefix = "dcr_";
    private const int IdBytes = 16;

    private readonly byte[] _secret;

    internal Token(TokenKind kind, Guid grantId, byte[] secret)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(secret.Length, SecretBytes);
        Kind = kind;
        GrantId = grantId;
        _secret = secret;
    }

    /// <summary>Whether it is an access or a refresh token.</summary>
    public TokenKind Kind { get; }

    /// <summary>The grant of the token.</summary>
    public Guid GrantId { get; }

    internal ReadOnlySpan<byte> Secret => _secret;

    /// <summary>Creates a random access token. The other tokens are derived (<see cref="TokenDerivation"/>).</summary>
    internal static Token NewAccessToken(Guid grantId) => new(TokenKind.Access, grantId, RandomNumberGenerator.GetBytes(SecretBytes));

    /// <summary>Reads a token; false when this service cannot have issued it.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out Token? token)
    {
        token = null;
        TokenKind? kind = text switch
        {
            null => null,
            _ when text.StartsWith(AccessPrefix, StringComparison.Ordinal) => TokenKind.Access,
            _ when text.StartsWith(RefreshPrefix, StringComparison.Ordinal) => TokenKind.Refresh,
            _ => null,
        };
        Span<byte> payload = stackalloc byte[IdBytes + SecretBytes];
        if (kind is null || !TokenText.TryRead(text!, PrefixOf(kind.Value), payload))
        {
            return false;
        }

        token = new Token(kind.Value, new Guid(payload[..IdBytes], bigEndian: true), payload[IdBytes..].ToArray());
        return true;
    }

    /// <summary>Returns the SHA-256 of the secret, in lower-case hexadecimal digits. Nothing else of the secret is stored.</summary>
    public string Hash() => Convert.ToHexStringLower(SHA256.HashData(_secret));

    /// <summary>Returns the token itself, for the client.</summary>
    public string Reveal()
    {
        Span<byte> payload = stackalloc byte[IdBytes + SecretBytes];
        GrantId.TryWriteBytes(payload, bigEndian: true, out _);
        _secret.CopyTo(payload[IdBytes..]);
        return TokenText.Write(PrefixOf(Kind), payload);
    }

    /// <summary>Hides the token.</summary>
    public override string ToString() => "Token(****)";

    private static string PrefixOf(TokenKind kind) => kind == TokenKind.Access ? AccessPrefix : RefreshPrefix;
}
