namespace DeviceCode.Cli.Accounts;

/// <summary>Stores secrets in files that only their owner can read, <c>PROFILE/tokens.json</c>.</summary>
/// <param name="folder">The folder of all profiles.</param>
internal sealed class FileSecretStore(string folder) : ISecretStore
{
    // A file that is a mount point is locked while it is written, which takes a moment.
    private const int Attempts = 50;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <inheritdoc />
    public async Task<byte[]?> LoadAsync(string profile, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                // Another process may be replacing the file, which Windows allows only if the readers share it for deletion.
                using var file = new FileStream(PathOf(profile), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
                var secret = new byte[file.Length];
                file.ReadExactly(secret);
                return secret.Length > 0 ? secret : null;
            }
            catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
            {
                return null;
            }
            catch (IOException held) when (attempt < Attempts && ProcessLock.IsHeld(held))
            {
                await Task.Delay(Pause, TimeProvider.System, cancellationToken);
            }
        }
    }

    /// <inheritdoc />
    public Task SaveAsync(string profile, byte[] secret, CancellationToken cancellationToken)
    {
        PrivateFile.Write(PathOf(profile), secret);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task ProveAsync(string profile, byte[] current, CancellationToken cancellationToken)
    {
        PrivateFile.Prove(PathOf(profile), current);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task DeleteAsync(string profile, CancellationToken cancellationToken)
    {
        PrivateFile.Delete(PathOf(profile));
        return Task.CompletedTask;
    }

    /// <summary>Returns the path of a profile's file.</summary>
    public string PathOf(string profile) => Path.Combine(folder, profile, "tokens.json");
}
