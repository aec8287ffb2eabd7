namespace DeviceCode.Core.Broker;

using System.Security.Cryptography;

/// <summary>The keys that seal credentials at rest. A new key is added now and then; old ones only open.</summary>
public interface IKeyRing
{
    /// <summary>Returns the keys.</summary>
    /// <exception cref="StoreUnavailableException">The keys have never been read, and cannot be read now.</exception>
    ValueTask<KeyRing> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>A key ring at a point in time.</summary>
public sealed class KeyRing
{
    /// <summary>The length of a key, in bytes.</summary>
    public const int KeyBytes = 32;

    internal const int IdBytes = 16;

    private const int SaltBytes = 32;

    private readonly byte[][] _keys;

    /// <summary>Creates a ring.</summary>
    /// <param name="keys">The keys, 32 bytes each; the first one seals.</param>
    public KeyRing(IEnumerable<byte[]> keys)
    {
        _keys = [.. keys];
        if (_keys.Length == 0 || Array.Exists(_keys, key => key.Length != KeyBytes))
        {
            throw new ArgumentException($"A ring has at least one key, and every key has {KeyBytes} bytes.", nameof(keys));
        }
    }

    /// <summary>Returns a keyed hash of a text, in 16 hexadecimal digits: an alias for logs that stays the same across instances.</summary>
    public string AliasOf(string text) => Convert.ToHexStringLower(
        HMACSHA256.HashData(HKDF.DeriveKey(HashAlgorithmName.SHA256, _keys[0], KeyBytes, info: "alias"u8.ToArray()), Bytes(text)))[..16];

    /// <summary>
    /// Seals bytes with a key that is derived for them alone: the id of the ring's key, a salt, then AES-256-GCM.
    /// </summary>
    /// <param name="content">The bytes.</param>
    /// <param name="secret">A second secret, without which the box does not open; empty for none.</param>
    /// <param name="place">Where the box is stored. It does not open anywhere else.</param>
    internal byte[] Seal(ReadOnlySpan<byte> content, ReadOnlySpan<byte> secret, string place)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return [.. IdOf(_keys[0]), .. salt, .. OneTimeBox.Seal(KeyFor(_keys[0], secret, salt), content, place)];
    }

    /// <summary>Opens a box.</summary>
    /// <exception cref="StoreUnavailableException">The key is not in the ring, or the box was sealed for another place.</exception>
    internal byte[] Open(ReadOnlySpan<byte> box, ReadOnlySpan<byte> secret, string place)
    {
        if (box.Length > IdBytes + SaltBytes)
        {
            foreach (var key in _keys)
            {
                if (box[..IdBytes].SequenceEqual(IdOf(key)))
                {
                    return OneTimeBox.Open(KeyFor(key, secret, box.Slice(IdBytes, SaltBytes)), box[(IdBytes + SaltBytes)..], place);
                }
            }
        }

        throw new StoreUnavailableException(
            "The key that sealed a credential is not in the key ring. Enable all versions of the broker's key again.");
    }

    private static byte[] IdOf(byte[] key) => HKDF.DeriveKey(HashAlgorithmName.SHA256, key, IdBytes, info: "id"u8.ToArray());

    private static byte[] KeyFor(byte[] key, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> salt) => HKDF.DeriveKey(
        HashAlgorithmName.SHA256,
        [.. key, .. secret],
        KeyBytes,
        salt.ToArray(),
        secret.IsEmpty ? "ring"u8.ToArray() : "session"u8.ToArray());

    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);
}

/// <summary>AES-256-GCM with a key that is used only once, and therefore needs no nonce.</summary>
internal static class OneTimeBox
{
    private const int TagBytes = 16;

    private static readonly byte[] NoNonce = new byte[12];

    public static byte[] Seal(byte[] key, ReadOnlySpan<byte> content, string place)
    {
        var box = new byte[content.Length + TagBytes];
        using var aes = new AesGcm(key, TagBytes);
        aes.Encrypt(NoNonce, content, box.AsSpan(..content.Length), box.AsSpan(content.Length..), Place(place));
        return box;
    }

    public static byte[] Open(byte[] key, ReadOnlySpan<byte> box, string place)
    {
        try
        {
            var content = new byte[Math.Max(0, box.Length - TagBytes)];
            using var aes = new AesGcm(key, TagBytes);
            aes.Decrypt(NoNonce, box[..content.Length], box[content.Length..], content, Place(place));
            return content;
        }
        catch (Exception invalid) when (invalid is CryptographicException or ArgumentException)
        {
            throw new StoreUnavailableException(
                "A sealed credential does not open: it was changed, or copied from another row. Its owner must make it again.");
        }
    }

    private static byte[] Place(string place) => System.Text.Encoding.UTF8.GetBytes(place);
}
