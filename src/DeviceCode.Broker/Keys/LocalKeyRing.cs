namespace DeviceCode.Broker.Keys;

using System.Security.Cryptography;
using DeviceCode.Core.Broker;

/// <summary>A key ring with one key, for development.</summary>
public sealed class LocalKeyRing : IKeyRing
{
    private readonly KeyRing _ring;

    private LocalKeyRing(byte[] key) => _ring = new KeyRing([key]);

    /// <summary>Creates a random key for this process.</summary>
    public static LocalKeyRing Random() => new(RandomNumberGenerator.GetBytes(KeyRing.KeyBytes));

    /// <summary>Reads the key from a file, or creates the file. Only the user can read it.</summary>
    /// <exception cref="InvalidDataException">The file does not contain 32 bytes in base64.</exception>
    public static LocalKeyRing InFile(string path)
    {
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            Create(path);
        }

        var key = new byte[KeyRing.KeyBytes];
        return Convert.TryFromBase64String(File.ReadAllText(path).Trim(), key, out var length) && length == key.Length
            ? new LocalKeyRing(key)
            : throw new InvalidDataException($"The file {path} does not contain 32 bytes in base64. Delete it to get another key.");
    }

    /// <inheritdoc />
    public ValueTask<KeyRing> ReadAsync(CancellationToken cancellationToken) => new(_ring);

    // A complete file appears at once, because several processes may start together; the first one wins.
    private static void Create(string path)
    {
        var draft = $"{path}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var writer = new StreamWriter(draft, options))
        {
            writer.Write(Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyRing.KeyBytes)));
        }

        try
        {
            File.Move(draft, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(draft);
        }
    }
}
