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

        var environment = CommandEnvironment.OfThisProcess();
        using var cancellation = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Cancel);
        _ = ExplainDelayAsync(environment.Error, cancellation.Token);
        return await new CommandLine(environment).RunAsync(args, cancellation.Token);

        void Cancel(PosixSignalContext signal)
        {
            signal.Cancel = !cancellation.IsCancellationRequested;
            cancellation.Cancel();
        }
    }

    // A cancelled command ends at once, except while it waits for the response to a token refresh, which it must store.
    private static async Task ExplainDelayAsync(TextWriter error, CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Delay(NoticeDelay, CancellationToken.None);
        await error.WriteLineAsync("notice: finishing a token refresh; press Ctrl-C again to stop now.");
    }
}
