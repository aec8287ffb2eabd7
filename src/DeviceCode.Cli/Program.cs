namespace DeviceCode.Cli;

using System.Runtime.InteropServices;
using System.Text;

/// <summary>The entry point.</summary>
internal static class Program
{
    // 128 and the number of the signal, as shells have it.
    private const int Signalled = 128;

    /// <summary>Runs the command; a signal cancels it, and a second one ends it at once.</summary>
    public static async Task<int> Main(string[] args)
    {
        if (OperatingSystem.IsWindows())
        {
            Console.OutputEncoding = Encoding.UTF8;
        }

        using var cancellation = new CancellationTokenSource();
        var number = 0;
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Cancel(signal, 2));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Cancel(signal, 15));
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal => Cancel(signal, 1));
        var exitCode = await new CommandLine(Surroundings.OfThisProcess()).RunAsync(args, cancellation.Token);
        return exitCode == (int)ExitCode.Cancelled && number > 0 ? Signalled + number : exitCode;

        void Cancel(PosixSignalContext signal, int signalNumber)
        {
            signal.Cancel = Interlocked.Exchange(ref number, signalNumber) == 0;
            cancellation.Cancel();
        }
    }
}
