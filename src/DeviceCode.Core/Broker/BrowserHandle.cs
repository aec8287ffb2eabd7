namespace DeviceCode.Core.Broker;

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

/// <summary>
/// The text by which our page finds a login in a browser: the keys of its row, and for the <c>state</c> of RFC 6749 §4.1.1 also a random
/// value. The keys are hashes, and not secret.
/// </summary>
internal static class BrowserHandle
{
    private const char Separator = '.';

    /// <summary>Returns the handle of a login.</summary>
    public static string Write(Credential row) => $"{row.OwnerKey}{Separator}{row.NameKey}{Separator}{row.Flow:N}";

    /// <summary>Returns a new state, which contains the handle.</summary>
    public static string NewState(Credential row) =>
        $"{Write(row)}{Separator}{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32))}";

    /// <summary>Reads a handle or a state.</summary>
    public static (string OwnerKey, string NameKey, Guid Flow)? TryRead(string text) =>
        text.Length <= 256
        && text.Split(Separator) is [{ Length: 64 } owner, { Length: 32 } name, { Length: 32 } id, ..]
        && owner.All(char.IsAsciiHexDigitLower)
        && name.All(char.IsAsciiHexDigitLower)
        && Guid.TryParseExact(id, "N", out var flow)
            ? (owner, name, flow)
            : null;

    /// <summary>Compares two states in constant time.</summary>
    public static bool AreEqual(string one, string? other) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other ?? ""));
}
