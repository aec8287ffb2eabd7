namespace DeviceCode.Cli.Tokens;

/// <summary>A lock between processes: an open file, which the system closes when its process ends, however it ends.</summary>
/// <remarks>
/// The file is never deleted. CrossPlatLock, of the library that the keyring comes from, deletes it on release: somebody who has opened it just
/// before then holds a lock on a file that is gone, beside the holder of the next one. It also waits a tenth of a second a try, blocking.
/// </remarks>
internal sealed class ProcessLock : IAsyncDisposable
{
    // What the systems say of a file that somebody else has: EAGAIN, under its two numbers, and ERROR_SHARING_VIOLATION.
    private const int Linux = 11;
    private const int MacOS = 35;
    private const int Windows = unchecked((int)0x80070020);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly FileStream _file;

    private ProcessLock(FileStream file) => _file = file;

    /// <summary>Waits until nobody else has the lock, and takes it.</summary>
    public static async Task<ProcessLock> TakeAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new ProcessLock(PrivateFile.OpenExclusively(path));
            }
            catch (IOException held) when (held.HResult is Linux or MacOS or Windows)
            {
                await Task.Delay(Pause, cancellationToken);
            }
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _file.DisposeAsync();
}
