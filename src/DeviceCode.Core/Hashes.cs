namespace DeviceCode.Core;

using System.Security.Cryptography;
using System.Text;

/// <summary>Hashes of lists of texts, in lower-case hexadecimal digits.</summary>
public static class Hashes
{
    /// <summary>Returns the SHA-256 of the texts, each preceded by its length, so that no two lists have the same input.</summary>
    public static string Of(params ReadOnlySpan<string> texts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var text in texts)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            hash.AppendData(BitConverter.GetBytes((long)bytes.Length));
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
