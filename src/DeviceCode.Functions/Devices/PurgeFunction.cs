namespace DeviceCode.Functions.Devices;

using DeviceCode.Core.Devices;
using DeviceCode.Core.OAuth;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

/// <summary>Deletes expired logins, and grants that have ended, after their retention.</summary>
public sealed partial class PurgeFunction(DeviceAuthorizationService devices, TokenService tokens, ILogger<PurgeFunction> logger)
{
    /// <summary>Runs every ten minutes.</summary>
    [Function("purge")]
    public async Task RunAsync([TimerTrigger("0 */10 * * * *")] TimerInfo timer, CancellationToken cancellationToken) =>
        LogPurged(await devices.PurgeAsync(cancellationToken), await tokens.PurgeAsync(cancellationToken));

    [LoggerMessage(1, LogLevel.Information, "Purged {Authorizations} expired device authorizations and {Grants} grants.")]
    private partial void LogPurged(int authorizations, int grants);
}
