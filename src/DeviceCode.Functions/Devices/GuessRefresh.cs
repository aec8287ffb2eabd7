namespace DeviceCode.Functions.Devices;

using DeviceCode.Core.Guesses;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

/// <summary>Reads the wrong user codes that other instances, and this one before a restart, have counted.</summary>
internal sealed partial class GuessRefresh(GuessLimiter guesses, TimeProvider time, ILogger<GuessRefresh> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    /// <summary>Runs beside the rest of the start; only a request that needs the result waits for it.</summary>
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
#pragma warning disable CA1031 // The service continues after any failure, and the next attempt may succeed.
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            LogUnavailable(fault.Message);
        }
    }

    [LoggerMessage(
        1,
        LogLevel.Warning,
        "The wrong user codes that other instances counted cannot be read; the next attempt is in a few seconds. {Reason}")]
    private partial void LogUnavailable(string reason);
}
