namespace DeviceCode.Cli.Accounts;

/// <summary>
/// Writes files that only their owner can read, in folders that only their owner can enter if it creates them. On Windows, the user's own
/// folders already are private.
/// </summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnersFolder = OwnerOnly | UnixFileMode.UserExecute;

    // EBUSY: a file that is a mount point cannot be replaced. EROFS: the folder is read-only, but a file mounted into it may not be.
    private const int Busy = 16;
    private const int ReadOnly = 30;

    private const int Attempts = 50;

    // More than a response with tokens takes.
    private const int ReservedBytes = 16 * 1024;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Replaces a file atomically: readers get the old or the new content, even after a crash, and never a mixture. A symbolic link keeps
    /// pointing to its target, which is replaced. A file that cannot be replaced, such as a mount point, is written in place.
    /// </summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        path = TargetOf(path);
        CreateFolder(Path.GetDirectoryName(path)!);
        try
        {
            var draft = WriteDraft(path, content);
            try
            {
                Replace(path, draft);
            }
            catch
            {
                File.Delete(draft);
                throw;
            }
        }
        catch (Exception blocked) when (IsIrreplaceable(path, blocked))
        {
            WriteInPlace(path, content);
        }
    }

    /// <summary>
    /// Proves that a file can be replaced by one of up to 16 KiB or twice its size: writes its content again, followed by spaces, while a
    /// draft of that size exists beside it. A file that does not exist is not created.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="content">Its content, which spaces at the end do not change.</param>
    /// <exception cref="IOException">It cannot be replaced; or <see cref="UnauthorizedAccessException"/>.</exception>
    public static void Prove(string path, ReadOnlySpan<byte> content)
    {
        path = TargetOf(path);
        CreateFolder(Path.GetDirectoryName(path)!);
        var padded = new byte[Math.Max(2 * content.Length, ReservedBytes)];
        padded.AsSpan().Fill((byte)' ');
        content.CopyTo(padded);
        string? draft = null;
        try
        {
            draft = WriteDraft(path, padded);
        }
        catch (Exception blocked) when (IsIrreplaceable(path, blocked))
        {
            // The folder is read-only, so Write writes the file in place.
        }

        try
        {
            if (File.Exists(path))
            {
                Write(path, padded);
            }
        }
        finally
        {
            if (draft is not null)
            {
                File.Delete(draft);
            }
        }
    }

    /// <summary>
    /// Deletes a file, if there is one, with the drafts of killed writes; for a symbolic link, also its target. A file that cannot be
    /// deleted, such as a mount point, is emptied.
    /// </summary>
    public static void Delete(string path)
    {
        var target = TargetOf(path);
        foreach (var file in new[] { target, path }.Distinct())
        {
            DraftsOf(file).ForEach(File.Delete);
            try
            {
                File.Delete(file);
            }
            catch (DirectoryNotFoundException)
            {
                // Without its folder, the file does not exist.
            }
            catch (Exception blocked) when (IsIrreplaceable(file, blocked))
            {
                WriteInPlace(file, []);
            }
        }
    }

    /// <summary>Opens a file exclusively, and creates it if it does not exist.</summary>
    public static FileStream OpenExclusively(string path)
    {
        CreateFolder(Path.GetDirectoryName(path)!);
        try
        {
            return new FileStream(path, OnCreate(FileMode.OpenOrCreate));
        }
        catch (Exception blocked) when (IsIrreplaceable(path, blocked))
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.None, bufferSize: 0);
        }
    }

    /// <summary>Returns whether a folder exists in which others can create or replace files.</summary>
    public static bool OthersCanWrite(string folder) =>
        !OperatingSystem.IsWindows()
        && Directory.Exists(folder)
        && (File.GetUnixFileMode(folder) & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0;

    /// <summary>Returns the file that a symbolic link points to in the end; any other path unchanged.</summary>
    public static string TargetOf(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        }
        catch (IOException)
        {
            // The file does not exist, or its links form a circle. Write replaces such a link by a file.
            return path;
        }
    }

    private static string WriteDraft(string path, ReadOnlySpan<byte> content)
    {
        var draft = $"{path}.{Guid.NewGuid():N}";
        try
        {
            using var file = new FileStream(draft, OnCreate(FileMode.CreateNew));
            file.Write(content);
            file.Flush(flushToDisk: true);
            return draft;
        }
        catch
        {
            File.Delete(draft);
            throw;
        }
    }

    private static List<string> DraftsOf(string path) => Directory.Exists(Path.GetDirectoryName(path))
        ? [.. Directory.EnumerateFiles(Path.GetDirectoryName(path)!, $"{Path.GetFileName(path)}.*").Where(
            file => Guid.TryParseExact(Path.GetExtension(file).TrimStart('.'), "N", out _))]
        : [];

    // Not atomic. The lock keeps other processes of this command from reading a mixture.
    private static void WriteInPlace(string path, ReadOnlySpan<byte> content)
    {
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            file.Write(content);
            file.SetLength(content.Length);
            file.Flush(flushToDisk: true);
        }

        try
        {
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~OwnerOnly) != 0)
            {
                File.SetUnixFileMode(path, OwnerOnly);
            }
        }
        catch (Exception kept) when (kept is IOException or UnauthorizedAccessException)
        {
            // Only the owner of a file can change its mode, and not on every file system.
        }
    }

    private static bool IsIrreplaceable(string path, Exception blocked) =>
        File.Exists(path) && blocked is UnauthorizedAccessException or IOException { HResult: Busy or ReadOnly };

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
#pragma warning disable RS0030 // A few milliseconds, and only on Windows.
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

    // An existing folder keeps its mode: other programs or users may depend on it.
    private static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else if (!Directory.Exists(folder))
        {
            // .NET gives the mode only to the last folder.
            if (Path.GetDirectoryName(folder) is { } parent)
            {
                CreateFolder(parent);
            }

            Directory.CreateDirectory(folder, OwnersFolder);
        }
    }
}
