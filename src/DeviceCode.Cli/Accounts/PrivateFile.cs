namespace DeviceCode.Cli.Accounts;

/// <summary>
/// Writes files that only their owner can read, in folders that only their owner can enter. On Windows, the user's own folders already are
/// private.
/// </summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnersFolder = OwnerOnly | UnixFileMode.UserExecute;

    private const int Attempts = 50;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Replaces a file atomically: readers get the old or the new content, even after a crash, and never a mixture.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        CreateFolder(Path.GetDirectoryName(path)!);
        var draft = $"{path}.{Guid.NewGuid():N}";
        try
        {
            using (var file = new FileStream(draft, OnCreate(FileMode.CreateNew)))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            Replace(path, draft);
        }
        catch
        {
            Delete(draft);
            throw;
        }
    }

    /// <summary>Deletes a file, if there is one.</summary>
    public static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
            // Then there is no file either.
        }
    }

    /// <summary>Opens a file exclusively, and creates it if it does not exist.</summary>
    public static FileStream OpenExclusively(string path)
    {
        CreateFolder(Path.GetDirectoryName(path)!);
        return new FileStream(path, OnCreate(FileMode.OpenOrCreate));
    }

    // Windows does not replace a file while another process reads it, which takes a moment.
    private static void Replace(string path, string draft)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                File.Move(draft, path, overwrite: true);
                return;
            }
            catch (Exception refused) when (
                OperatingSystem.IsWindows() && attempt < Attempts && refused is IOException or UnauthorizedAccessException)
            {
#pragma warning disable RS0030 // The stores are synchronous.
                Thread.Sleep(Pause);
#pragma warning restore RS0030
            }
        }
    }

    private static FileStreamOptions OnCreate(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return options;
    }

    private static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder, OwnersFolder);
        }
        else if (File.GetUnixFileMode(folder) != OwnersFolder)
        {
            File.SetUnixFileMode(folder, OwnersFolder);
        }
    }
}
