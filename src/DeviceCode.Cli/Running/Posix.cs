namespace DeviceCode.Cli.Running;

using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

/// <summary>Job control and file descriptors, which .NET does not offer.</summary>
[UnsupportedOSPlatform("windows")]
internal static partial class Posix
{
    private const int StandardError = 2;
    private const int GetDescriptorFlags = 1; // F_GETFD
    private const int BackgroundRead = 21; // SIGTTIN
    private const nint Ignore = 1; // SIG_IGN

    private static int Stop => OperatingSystem.IsMacOS() ? 17 : 19; // SIGSTOP

    /// <summary>
    /// Returns whether a file descriptor was open when the process started: the descriptors that it opens itself, perhaps under the same
    /// number, are closed on exec.
    /// </summary>
    public static bool WasOpenAtStart(int descriptor) => fcntl(descriptor, GetDescriptorFlags) == 0;

    /// <summary>
    /// Returns whether the process is in the foreground of the terminal on standard error, and was not started with <c>&amp;</c>.
    /// </summary>
    public static bool IsForeground() => tcgetpgrp(StandardError) == getpgrp();

    /// <summary>
    /// Calls an action before Ctrl-Z stops the process, and another after it continues, in the foreground or the background. A read from
    /// the terminal in the background then fails instead of stopping the process.
    /// </summary>
    public static IReadOnlyList<IDisposable> OnSuspension(Action before, Action after)
    {
        _ = signal(BackgroundRead, Ignore);
        return
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTSTP, context =>
            {
                context.Cancel = true;
                before();
                _ = kill(Environment.ProcessId, Stop);
            }),
            PosixSignalRegistration.Create(PosixSignal.SIGCONT, context =>
            {
                // In the background, .NET would set the terminal's mode, which stops the process.
                context.Cancel = !IsForeground();
                after();
            }),
        ];
    }

    /// <summary>
    /// Starts a program without streams, which it could otherwise print on, and on Linux in a session of its own, so that Ctrl-C does not
    /// reach it; macOS opens programs that way itself.
    /// </summary>
    public static Process? StartDetached(ProcessStartInfo program)
    {
        // The shell does not interpret the program and its arguments.
        string[] shell = ["sh", "-c", "exec \"$@\" </dev/null >/dev/null 2>&1", "sh", program.FileName, .. program.ArgumentList];
        return OperatingSystem.IsLinux() ? Process.Start("setsid", shell) : Process.Start(shell[0], shell.Skip(1));
    }

    [LibraryImport("libc")]
    private static partial int fcntl(int descriptor, int command);

    [LibraryImport("libc")]
    private static partial int tcgetpgrp(int descriptor);

    [LibraryImport("libc")]
    private static partial int getpgrp();

    [LibraryImport("libc")]
    private static partial int kill(int process, int number);

    [LibraryImport("libc")]
    private static partial nint signal(int number, nint handler);
}
