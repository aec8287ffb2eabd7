namespace DeviceCode.Functions.Devices;

using DeviceCode.Core.Devices;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

/// <summary>Deletes what has been kept long enough.</summary>
public sealed partial class PurgeFunction(DeviceAuthorizationService devices, ILogger<PurgeFunction> logger)
{
    /// <summary>Every ten minutes.</summary>
    [Function("purge")]
    public async Task RunAsync([TimerTrigger("0 */10 * * * *")] TimerInfo timer, CancellationToken cancellationToken) =>
        LogPurged(await devices.PurgeAsync(cancellationToken));

    [LoggerMessage(1, LogLevel.Information, "Purged {Count} expired device authorizations.")]
    private partial void LogPurged(int count);
}
