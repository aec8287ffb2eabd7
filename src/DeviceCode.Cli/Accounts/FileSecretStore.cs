namespace DeviceCode.Cli.Accounts;

/// <summary>Stores secrets in files that only their owner can read, <c>PROFILE/tokens.json</c>.</summary>
/// <param name="folder">The folder of all profiles.</param>
internal sealed class FileSecretStore(string folder) : ISecretStore
{
    /// <inheritdoc />
    public byte[]? Load(string profile)
    {
        try
        {
            // Another process may be replacing the file, which Windows allows only if the readers share it for deletion.
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

    /// <summary>Returns the path of a profile's file.</summary>
    public string PathOf(string profile) => Path.Combine(folder, profile, "tokens.json");
}
