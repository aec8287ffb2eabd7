namespace DeviceCode.Cli;

using System.Runtime.InteropServices;
using System.Text;

/// <summary>The entry point.</summary>
internal static class Program
{
    /// <summary>Runs the command; a signal cancels it, and a second one ends it at once.</summary>
    public static async Task<int> Main(string[] args)
    {
        if (OperatingSystem.IsWindows())
        {
            Console.OutputEncoding = Encoding.UTF8;
        }

        using var cancellation = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Cancel);
        return await new CommandLine(Surroundings.OfThisProcess()).RunAsync(args, cancellation.Token);

        void Cancel(PosixSignalContext signal)
        {
            signal.Cancel = !cancellation.IsCancellationRequested;
            cancellation.Cancel();
        }
    }
}
