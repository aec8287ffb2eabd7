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

    /// <summary>Acquires the lock of a profile's tokens.</summary>
    /// <param name="folder">The folder of all profiles.</param>
    /// <param name="profile">The profile.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static Task<ProcessLock> OfProfileAsync(string folder, string profile, CancellationToken cancellationToken) =>
        AcquireAsync(Path.Combine(folder, profile, "lock"), cancellationToken);

    /// <summary>Returns whether a file cannot be opened because another process has locked it.</summary>
    public static bool IsHeld(IOException exception) => exception.HResult is Linux or MacOS or Windows;

    /// <summary>Waits until the lock is free, and acquires it.</summary>
    public static async Task<ProcessLock> AcquireAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new ProcessLock(PrivateFile.OpenExclusively(path));
            }
            catch (IOException held) when (IsHeld(held))
            {
                await Task.Delay(Pause, TimeProvider.System, cancellationToken);
            }
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _file.DisposeAsync();
}
