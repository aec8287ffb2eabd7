namespace DeviceCode.Core.OAuth;

using System.Security.Cryptography;
using System.Text;

/// <summary>The text of a token: a prefix, the payload in base 62, then the first four bytes of the SHA-256 of both, in base 62.</summary>
internal static class TokenText
{
    private const int ChecksumBytes = 4;

    public static string Write(string prefix, ReadOnlySpan<byte> payload)
    {
        var text = prefix + Base62.Write(payload);
        return text + Checksum(text);
    }

    /// <summary>Reads the payload of a token; false when the prefix, the length or the checksum is wrong.</summary>
    public static bool TryRead(string text, string prefix, Span<byte> payload)
    {
        var checksumAt = text.Length - Base62.LengthOf(ChecksumBytes);
        return text.Length == prefix.Length + Base62.LengthOf(payload.Length) + Base62.LengthOf(ChecksumBytes)
            && text.StartsWith(prefix, StringComparison.Ordinal)
            && text.AsSpan(checksumAt).SequenceEqual(Checksum(text[..checksumAt]))
            && Base62.TryRead(text.AsSpan(prefix.Length..checksumAt), payload);
    }

    private static string Checksum(string text) => Base62.Write(SHA256.HashData(Encoding.ASCII.GetBytes(text)).AsSpan(0, ChecksumBytes));
}
