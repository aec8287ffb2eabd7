namespace DeviceCode.Functions.Devices;

using DeviceCode.Core;
using DeviceCode.Core.Limits;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

/// <summary>Keeps this instance informed of the wrong user codes that others have counted, and after a restart of its own.</summary>
internal sealed partial class GuessRefresh(GuessLimiter guesses, TimeProvider time, ILogger<GuessRefresh> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    /// <summary>Before the first request is served, so that a restart forgives nobody.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await RefreshAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await RefreshAsync(stoppingToken);
        }
    }

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        try
        {
            await guesses.RefreshAsync(cancellationToken);
        }
        catch (StoreUnavailableException fault)
        {
            LogUnavailable(fault.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The wrong user codes counted elsewhere cannot be read; the next try is in a few seconds. {Reason}")]
    private partial void LogUnavailable(string reason);
}
