namespace DeviceCode.Core.OAuth;

using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

/// <summary>What a token is good for.</summary>
public enum TokenKind
{
    /// <summary>Shown to APIs (RFC 6749 §1.4).</summary>
    Access,

    /// <summary>Exchanged for new tokens (RFC 6749 §1.5).</summary>
    Refresh,
}

/// <summary>
/// An opaque token: <c>dca_</c> or <c>dcr_</c>, then 65 characters in base 62 that hold the id of its grant (16 bytes) and its secret
/// (32 bytes), then a checksum of 6 characters.
/// </summary>
/// <remarks>
/// The prefix lets secret scanners find a token that has leaked, and the checksum, the first four bytes of the SHA-256 of all that
/// stands before it, lets them and us tell a token from a typo without asking the storage. The id leads to the one row in which everything
/// about the grant is; of the secret, that row has only a hash.
/// </remarks>
public sealed class Token
{
    /// <summary>The length of the secret in bytes.</summary>
    public const int SecretBytes = 32;

    private const int IdBytes = 16;
    private const int ChecksumBytes = 4;
    private const int PrefixLength = 4;

    private readonly byte[] _secret;

    /// <summary>A token of a grant.</summary>
    public Token(TokenKind kind, Guid grantId, byte[] secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        ArgumentOutOfRangeException.ThrowIfNotEqual(secret.Length, SecretBytes);
        Kind = kind;
        GrantId = grantId;
        _secret = secret;
    }

    /// <summary>What it is good for.</summary>
    public TokenKind Kind { get; }

    /// <summary>The grant it belongs to.</summary>
    public Guid GrantId { get; }

    internal ReadOnlySpan<byte> Secret => _secret;

    /// <summary>Reads a token; false when it cannot be one of ours, be it a typo or somebody else's.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out Token? token)
    {
        token = null;
        if (text is null || text.Length != PrefixLength + Base62.LengthOf(IdBytes + SecretBytes) + Base62.LengthOf(ChecksumBytes))
        {
            return false;
        }

        TokenKind? kind = text[..PrefixLength] switch
        {
            "dca_" => TokenKind.Access,
            "dcr_" => TokenKind.Refresh,
            _ => null,
        };
        var checksumAt = text.Length - Base62.LengthOf(ChecksumBytes);
        Span<byte> payload = stackalloc byte[IdBytes + SecretBytes];
        if (kind is null
            || !text.AsSpan(checksumAt).SequenceEqual(Checksum(text[..checksumAt]))
            || !Base62.TryRead(text.AsSpan(PrefixLength..checksumAt), payload))
        {
            return false;
        }

        token = new Token(kind.Value, new Guid(payload[..IdBytes], bigEndian: true), payload[IdBytes..].ToArray());
        return true;
    }

    /// <summary>The SHA-256 of the secret, in lower-case hexadecimal digits: all that is ever stored of it.</summary>
    public string Hash() => Convert.ToHexStringLower(SHA256.HashData(_secret));

    /// <summary>The token as its client gets it.</summary>
    public string Reveal()
    {
        Span<byte> payload = stackalloc byte[IdBytes + SecretBytes];
        GrantId.TryWriteBytes(payload, bigEndian: true, out _);
        _secret.CopyTo(payload[IdBytes..]);
        var text = (Kind == TokenKind.Access ? "dca_" : "dcr_") + Base62.Write(payload);
        return text + Checksum(text);
    }

    /// <summary>Never the token itself.</summary>
    public override string ToString() => "Token(****)";

    private static string Checksum(string text) => Base62.Write(SHA256.HashData(Encoding.ASCII.GetBytes(text)).AsSpan(0, ChecksumBytes));
}
