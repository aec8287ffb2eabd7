namespace DeviceCode.Core.Broker;

using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using DeviceCode.Core.OAuth;

/// <summary>
/// The identifier of a session, which owns credentials without any login with us: <c>dcs_</c>, then 65 characters in base 62 (48 random
/// bytes), then a checksum of 6 characters. It is secret and returned once.
/// </summary>
public sealed class CredentialSession
{
    private const string Prefix = "dcs_";
    private const int SecretBytes = 48;

    private readonly byte[] _secret;

    private CredentialSession(byte[] secret) => _secret = secret;

    internal ReadOnlySpan<byte> Secret => _secret;

    /// <summary>Whether a text has the prefix of a session.</summary>
    public static bool HasPrefix(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.StartsWith(Prefix, StringComparison.Ordinal);
    }

    /// <summary>Creates a random session.</summary>
    public static CredentialSession Create() => new(RandomNumberGenerator.GetBytes(SecretBytes));

    /// <summary>Reads a session; false when this service cannot have issued it.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out CredentialSession? session)
    {
        var secret = new byte[SecretBytes];
        session = text is not null && TokenText.TryRead(text, Prefix, secret) ? new CredentialSession(secret) : null;
        return session is not null;
    }

    /// <summary>Returns the session itself, for the caller.</summary>
    public string Reveal() => TokenText.Write(Prefix, _secret);

    /// <summary>Hides the session.</summary>
    public override string ToString() => "CredentialSession(****)";
}
