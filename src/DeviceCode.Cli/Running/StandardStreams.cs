namespace DeviceCode.Cli.Running;

using System.Text;
using Microsoft.Win32.SafeHandles;

/// <summary>The standard streams of the process, any of which its caller may have closed (<c>2&gt;&amp;-</c>) or discarded.</summary>
internal static class StandardStreams
{
    // Keeps /dev/null open under the numbers of the closed streams. Otherwise, the next file would get such a number, and what is printed.
    private static readonly List<SafeFileHandle> Placeholders = [];

    private static readonly bool[] Open = new bool[3];

    /// <summary>Finds the closed streams. Call it before anything is read, printed or opened.</summary>
    public static void Find()
    {
        for (var descriptor = 0; descriptor < Open.Length; descriptor++)
        {
            Open[descriptor] = OperatingSystem.IsWindows() || Posix.WasOpenAtStart(descriptor);
        }

        while (!OperatingSystem.IsWindows() && Placeholders.LastOrDefault()?.DangerousGetHandle() is null or < 3 && Open.Contains(false))
        {
            Placeholders.Add(File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite));
        }
    }

    /// <summary>Standard input; empty when it is closed.</summary>
    public static Stream Input() => Open[0] ? Console.OpenStandardInput() : Stream.Null;

    /// <summary>Standard output. When it is closed, printing is an error, because the result would be lost.</summary>
    public static (TextWriter Text, Stream Raw) Output() => Open[1]
        ? (Console.Out, Console.OpenStandardOutput())
        : (new StreamWriter(new ClosedStream(), new UTF8Encoding(false)) { AutoFlush = true }, new ClosedStream());

    /// <summary>Standard error; it discards everything when it is closed.</summary>
    public static TextWriter Error() => Open[2] ? Console.Error : TextWriter.Null;

    /// <summary>
    /// Returns whether standard error discards its text, because it is closed or <c>/dev/null</c>: after printing, only that is empty.
    /// </summary>
    public static bool ErrorIsDiscarded()
    {
        if (!Open[2] || !Console.IsErrorRedirected || OperatingSystem.IsWindows())
        {
            return !Open[2];
        }

        try
        {
            using var handle = new SafeFileHandle(2, ownsHandle: false);
            return RandomAccess.GetLength(handle) == 0;
        }
        catch (Exception other) when (other is NotSupportedException or IOException or UnauthorizedAccessException)
        {
            // A pipe, for example, has no length.
            return false;
        }
    }

    /// <summary>Opens the terminal that the process belongs to, wherever its streams lead; null when there is none.</summary>
    public static TextWriter? OpenTerminal()
    {
        try
        {
            return new StreamWriter(OperatingSystem.IsWindows() ? "CONOUT$" : "/dev/tty") { AutoFlush = true };
        }
        catch (Exception none) when (none is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private sealed class ClosedStream : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
            // There is nothing to flush.
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new CommandException(
            ExitCode.Fault, "Standard output is closed, so the result cannot be printed.", "Open it, or redirect it to a file.");
    }
}
