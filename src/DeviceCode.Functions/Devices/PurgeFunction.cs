namespace DeviceCode.Functions.Devices;

using DeviceCode.Core.Broker;
using DeviceCode.Core.Devices;
using DeviceCode.Core.OAuth;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

/// <summary>
/// Deletes expired logins, and grants and credentials that have ended, after their retention. Wakes the credential logins whose alarm was
/// lost.
/// </summary>
public sealed partial class PurgeFunction(
    DeviceAuthorizationService devices, TokenService tokens, CredentialBroker broker, BrokerOptions options, ILogger<PurgeFunction> logger)
{
    // Less than the ten minutes to the next run, and than the time that the Functions host allows. The next run continues.
    private static readonly TimeSpan TimeForEach = TimeSpan.FromMinutes(3);

    /// <summary>Runs every ten minutes.</summary>
    [Function("purge")]
    public async Task RunAsync([TimerTrigger("0 */10 * * * *")] TimerInfo timer, CancellationToken cancellationToken)
    {
        LogPurged(
            await InTimeAsync(devices.PurgeAsync, cancellationToken),
            await InTimeAsync(tokens.PurgeAsync, cancellationToken),
            await InTimeAsync(broker.PurgeAsync, cancellationToken));
        if (options.IsOn)
        {
            LogWoken(await broker.SweepAsync(cancellationToken));
        }
    }

    private static async Task<int> InTimeAsync(Func<CancellationToken, Task<int>> purge, CancellationToken stopping)
    {
        using var late = new CancellationTokenSource(TimeForEach, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stopping);
        return await purge(either.Token);
    }

    [LoggerMessage(
        1,
        LogLevel.Information,
        "Purged {Authorizations} expired device authorizations, {Grants} grants and {Credentials} rows of credentials.",
        EventName = "Purged")]
    private partial void LogPurged(int authorizations, int grants, int credentials);

    [LoggerMessage(2, LogLevel.Information, "Woke {Logins} credential logins whose alarm was lost.")]
    private partial void LogWoken(int logins);
}
