namespace DeviceCode.Cli.Accounts;

/// <summary>
/// Stores secrets in files that only their owner can read: <c>PROFILE/tokens.json</c>, or <c>PROFILE/NAME.json</c> for the key
/// <c>PROFILE/NAME</c>.
/// </summary>
/// <param name="folder">The folder of all profiles.</param>
internal sealed class FileSecretStore(string folder) : ISecretStore
{
    // A file that is a mount point is locked while it is written, which takes a moment.
    private const int Attempts = 50;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <inheritdoc />
    public async Task<byte[]?> LoadAsync(string key, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                // Another process may be replacing the file, which Windows allows only if the readers share it for deletion.
                using var file = new FileStream(PathOf(key), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
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
    public Task SaveAsync(string key, byte[] secret, CancellationToken cancellationToken)
    {
        PrivateFile.Write(PathOf(key), secret);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task ProveAsync(string key, byte[] current, CancellationToken cancellationToken)
    {
        PrivateFile.Prove(PathOf(key), current);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task DeleteAsync(string key, CancellationToken cancellationToken)
    {
        PrivateFile.Delete(PathOf(key));
        return Task.CompletedTask;
    }

    /// <summary>Returns the path of the file of a key.</summary>
    public string PathOf(string key) =>
        Path.Combine(folder, key.Contains('/', StringComparison.Ordinal) ? $"{key}.json" : Path.Combine(key, "tokens.json"));
}
