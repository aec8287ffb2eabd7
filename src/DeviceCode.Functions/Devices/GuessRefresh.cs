namespace DeviceCode.Functions.Devices;

using DeviceCode.Core.Guesses;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

/// <summary>Keeps this instance informed of the wrong user codes that others have counted, and after a restart of its own.</summary>
internal sealed partial class GuessRefresh(GuessLimiter guesses, TimeProvider time, ILogger<GuessRefresh> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    /// <summary>Begins at once, beside the rest of the start; only a request that needs the result waits for it.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        do
        {
            await RefreshAsync(stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        try
        {
            await guesses.RefreshAsync(cancellationToken);
        }
#pragma warning disable CA1031 // Whatever it is, the service must go on, and the next try may succeed.
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            LogUnavailable(fault.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The wrong user codes counted elsewhere cannot be read; the next try is in a few seconds. {Reason}")]
    private partial void LogUnavailable(string reason);
}
