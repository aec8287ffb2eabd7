namespace DeviceCode.Cli.Tokens;

/// <summary>Keeps secrets in files, <c>PROFILE/tokens.json</c>, that only their owner can read.</summary>
/// <param name="folder">The folder of all profiles.</param>
internal sealed class FileSecretStore(string folder) : ISecretStore
{
    /// <inheritdoc />
    public byte[]? Load(string profile)
    {
        try
        {
            // Somebody may be replacing it, which Windows allows only where the readers do.
            using var file = new FileStream(PathOf(profile), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            var secret = new byte[file.Length];
            file.ReadExactly(secret);
            return secret;
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <inheritdoc />
    public void Save(string profile, byte[] secret) => PrivateFile.Write(PathOf(profile), secret);

    /// <inheritdoc />
    public void Delete(string profile) => PrivateFile.Delete(PathOf(profile));

    /// <summary>The file of a profile.</summary>
    public string PathOf(string profile) => Path.Combine(folder, profile, "tokens.json");
}
