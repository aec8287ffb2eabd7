namespace DeviceCode.Cli.Accounts;

/// <summary>A lock between processes: an open file, which the system closes when the process ends for any reason.</summary>
/// <remarks>
/// The file is never deleted. CrossPlatLock, in the library that provides the keyring, deletes it on release: a process that has just
/// opened the file then holds a lock on a deleted file, while the next process locks a new one. CrossPlatLock also blocks a thread for 0.1
/// s per attempt.
/// </remarks>
internal sealed class ProcessLock : IAsyncDisposable
{
    // The error codes for a file that another process holds: EAGAIN on Linux and macOS, and ERROR_SHARING_VIOLATION.
    private const int Linux = 11;
    private const int MacOS = 35;
    private const int Windows = unchecked((int)0x80070020);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly FileStream _file;

    private ProcessLock(FileStream file) => _file = file;

    /// <summary>Waits until the lock is free, and acquires it.</summary>
    public static async Task<ProcessLock> AcquireAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new ProcessLock(PrivateFile.OpenExclusively(path));
            }
            catch (IOException held) when (held.HResult is Linux or MacOS or Windows)
            {
                await Task.Delay(Pause, TimeProvider.System, cancellationToken);
            }
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _file.DisposeAsync();
}
