namespace DeviceCode.Core.Broker;

using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

/// <summary>
/// Seals the secrets of a row, so that a copy of the storage reveals none of them. Each box opens only in its own row, login, generation
/// and column.
/// </summary>
/// <remarks>
/// The tokens of a user are sealed with the key ring. Those of a session are sealed to a public key of the row, whose private key is sealed
/// with the ring and the session together: a poll can write them, and only a request that presents the session can read them.
/// </remarks>
internal sealed class CredentialSealer(KeyRing ring)
{
    /// <summary>The most that a sealed value can take: two columns of Table Storage.</summary>
    public const int MaxBytes = 2 * 64 * 1024;

    private static readonly ECCurve Curve = ECCurve.NamedCurves.nistP256;

    public KeyRing Ring => ring;

    /// <summary>Returns a row with the sealed login and, for a session, its own pair of keys.</summary>
    public Credential Prepare(Credential row, CredentialLogin login, CredentialOwner owner)
    {
        row = row with { SealedLogin = SealLogin(row, login) };
        if (owner is not CredentialOwner.OfSession { Session: var session })
        {
            return row;
        }

        using var keys = ECDiffieHellman.Create(Curve);
        return row with
        {
            SessionPublicKey = keys.ExportSubjectPublicKeyInfo(),
            SealedSessionKey = ring.Seal(keys.ExportPkcs8PrivateKey(), session.Secret, PlaceOf(row, 0, "session")),
        };
    }

    /// <summary>Returns a row whose boxes, except for that of the tokens, are sealed by the current key of the ring.</summary>
    public Credential Renew(Credential row, CredentialOwner owner) => row with
    {
        SealedLogin = SealLogin(row, OpenLogin(row)),
        SealedSessionKey = row.SealedSessionKey is { } key && owner is CredentialOwner.OfSession { Session: var session }
            ? ring.Seal(ring.Open(key, session.Secret, PlaceOf(row, 0, "session")), session.Secret, PlaceOf(row, 0, "session"))
            : row.SealedSessionKey,
    };

    public byte[] SealLogin(Credential row, CredentialLogin login) =>
        ring.Seal(Write(login, BrokerJson.Default.CredentialLogin), [], PlaceOf(row, 0, "login"));

    public CredentialLogin OpenLogin(Credential row) =>
        Read(ring.Open(row.SealedLogin, [], PlaceOf(row, 0, "login")), BrokerJson.Default.CredentialLogin);

    /// <summary>Seals tokens for a generation of a row.</summary>
    /// <exception cref="UpstreamException">They are too large to be stored.</exception>
    public byte[] SealTokens(Credential row, int generation, CredentialTokens tokens)
    {
        var (content, place) = (Write(tokens, BrokerJson.Default.CredentialTokens), PlaceOf(row, generation, "tokens"));
        var box = row.SessionPublicKey is { } key ? SealTo(key, content, place) : ring.Seal(content, [], place);
        return box.Length <= MaxBytes ? box : throw new UpstreamException(
            UpstreamFault.Rejected, $"The tokens of the provider {row.ProviderId} are too large to be stored.");
    }

    /// <summary>Opens the tokens of a row, which must have some.</summary>
    public CredentialTokens OpenTokens(Credential row, CredentialOwner? owner)
    {
        var place = PlaceOf(row, row.Generation, "tokens");
        var content = (row.SealedSessionKey, owner) switch
        {
            (null, _) => ring.Open(row.SealedTokens, [], place),
            ({ } key, CredentialOwner.OfSession { Session: var session }) =>
                OpenWith(ring.Open(key, session.Secret, PlaceOf(row, 0, "session")), row.SealedTokens, place),
            _ => throw new InvalidOperationException("The tokens of a session open only in its own requests."),
        };
        return Read(content, BrokerJson.Default.CredentialTokens);
    }

    /// <summary>Whether the tokens of a row can be opened without a request of its owner.</summary>
    public static bool OpensWithoutOwner(Credential row) => row.SealedSessionKey is null;

    /// <summary>Seals the tokens that a revocation in the background needs.</summary>
    public byte[] SealForRevocation(Credential row, CredentialTokens tokens) =>
        ring.Seal(Write(tokens, BrokerJson.Default.CredentialTokens), [], PlaceOf(row, 0, "revocation"));

    /// <summary>Opens what <see cref="SealForRevocation"/> has sealed.</summary>
    public CredentialTokens OpenForRevocation(CredentialAlarm alarm) => Read(
        ring.Open(alarm.SealedTokens, [], PlaceOf(alarm.OwnerKey, alarm.NameKey, alarm.Flow, 0, "revocation")),
        BrokerJson.Default.CredentialTokens);

    private static string PlaceOf(Credential row, int generation, string column) =>
        PlaceOf(row.OwnerKey, row.NameKey, row.Flow, generation, column);

    private static string PlaceOf(string ownerKey, string nameKey, Guid flow, int generation, string column) =>
        FormattableString.Invariant($"{ownerKey}/{nameKey}/{flow:N}/{generation}/{column}");

    private static byte[] Write<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(value, type);

    private static T Read<T>(byte[] content, JsonTypeInfo<T> type) => JsonSerializer.Deserialize(content, type)!;

    // A new pair of keys for each box. The box begins with its public key, whose length is the same as that of the row's.
    private static byte[] SealTo(byte[] publicKey, byte[] content, string place)
    {
        using var own = ECDiffieHellman.Create(Curve);
        using var row = ECDiffieHellman.Create();
        row.ImportSubjectPublicKeyInfo(publicKey, out _);
        return [.. own.ExportSubjectPublicKeyInfo(), .. OneTimeBox.Seal(Agree(own, row), content, place)];
    }

    private static byte[] OpenWith(byte[] privateKey, byte[]? box, string place)
    {
        using var row = ECDiffieHellman.Create();
        row.ImportPkcs8PrivateKey(privateKey, out _);
        using var other = ECDiffieHellman.Create();
        other.ImportSubjectPublicKeyInfo(box, out var length);
        return OneTimeBox.Open(Agree(row, other), box.AsSpan(length..), place);
    }

    private static byte[] Agree(ECDiffieHellman own, ECDiffieHellman other)
    {
        using var key = other.PublicKey;
        return HKDF.DeriveKey(HashAlgorithmName.SHA256, own.DeriveRawSecretAgreement(key), KeyRing.KeyBytes, info: "tokens"u8.ToArray());
    }
}
