namespace DeviceCode.Cli;

using System.Runtime.InteropServices;
using System.Text;
using DeviceCode.Cli.Running;

internal static class Program
{
    private static readonly TimeSpan NoticeDelay = TimeSpan.FromSeconds(1);

    /// <summary>Runs the command. The first signal cancels it; the second one ends the process at once.</summary>
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
        _ = ExplainDelayAsync(cancellation.Token);
        return await new CommandLine(CommandEnvironment.OfThisProcess()).RunAsync(args, cancellation.Token);

        void Cancel(PosixSignalContext signal)
        {
            signal.Cancel = !cancellation.IsCancellationRequested;
            cancellation.Cancel();
        }
    }

    // A cancelled command ends at once, except while it waits for the response to a token refresh, which it must store.
    private static async Task ExplainDelayAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Delay(NoticeDelay, CancellationToken.None);
        await Console.Error.WriteLineAsync("notice: finishing a token refresh; press Ctrl-C again to stop now.");
    }
}
