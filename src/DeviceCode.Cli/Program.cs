namespace DeviceCode.Cli;

using System.Runtime.InteropServices;
using System.Text;

/// <summary>The entry point.</summary>
internal static class Program
{
    private static readonly TimeSpan PromptEnd = TimeSpan.FromSeconds(1);

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
        _ = ExplainAsync(cancellation.Token);
        return await new CommandLine(Surroundings.OfThisProcess()).RunAsync(args, cancellation.Token);

        void Cancel(PosixSignalContext signal)
        {
            signal.Cancel = !cancellation.IsCancellationRequested;
            cancellation.Cancel();
        }
    }

    // Most commands end at once. One that must not, because a refresh is under way, says why it is still there.
    private static async Task ExplainAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Delay(PromptEnd, CancellationToken.None);
        await Console.Error.WriteLineAsync("notice: finishing what must not be cut off; Ctrl-C ends it all the same.");
    }
}
