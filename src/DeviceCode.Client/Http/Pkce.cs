namespace DeviceCode.Client;

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

/// <summary>Proof Key for Code Exchange with S256 (RFC 7636).</summary>
internal static class Pkce
{
    public const string Method = "S256";

    public static string NewVerifier() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static string Challenge(string verifier) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
}
