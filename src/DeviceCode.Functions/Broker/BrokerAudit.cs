namespace DeviceCode.Functions.Broker;

using DeviceCode.Core.Broker;
using Microsoft.Extensions.Logging;

/// <summary>Logs and counts what happens to credentials.</summary>
internal sealed partial class BrokerAudit(BrokerMetrics metrics, ILogger<BrokerAudit> logger) : IBrokerAudit
{
    // Enough to tell owners apart; the whole key is part of storage URLs.
    private const int OwnerKeyLength = 16;

    public void Made(Credential credential, string grant)
    {
        metrics.Entered("made", credential.ProviderId);
        LogMade(credential.Flow, credential.ProviderId, Owner(credential.OwnerKey), grant);
    }

    public void Bound(Credential credential, string? accountKey)
    {
        metrics.Entered("ready", credential.ProviderId);
        LogBound(credential.Flow, credential.ProviderId, Owner(credential.OwnerKey), accountKey ?? "unknown");
    }

    public void Refreshed(Credential credential)
    {
        metrics.Entered("refreshed", credential.ProviderId);
        LogRefreshed(credential.Flow, credential.ProviderId, credential.Generation);
    }

    public void Refused(Credential credential)
    {
        metrics.Entered("refused", credential.ProviderId);
        LogRefused(credential.Flow, credential.ProviderId, credential.Generation);
    }

    public void Ended(Credential credential)
    {
        metrics.Entered("ended", credential.ProviderId);
        LogEnded(credential.Flow, credential.ProviderId, credential.Error!);
    }

    public void Deleted(Credential credential)
    {
        metrics.Entered("deleted", credential.ProviderId);
        LogDeleted(credential.Flow, credential.ProviderId);
    }

    public void Revoked(string providerId, string ownerKey, bool revoked) => LogRevoked(providerId, Owner(ownerKey), revoked);

    public void ProviderRejects(string providerId, string reason) => LogProviderRejects(providerId, reason);

    public void ProviderSilent(string providerId, string reason) => LogProviderSilent(providerId, reason);

    public void Failed(string reason) => LogFailed(reason);

    private static string Owner(string key) => key[..OwnerKeyLength];

    [LoggerMessage(
        1,
        LogLevel.Information,
        "Login {Flow} at the provider {ProviderId} begun by the owner {OwnerKey}, with the grant {Grant}.",
        EventName = "CredentialMade")]
    private partial void LogMade(Guid flow, string providerId, string ownerKey, string grant);

    [LoggerMessage(
        2,
        LogLevel.Information,
        "Login {Flow} at the provider {ProviderId} completed by the account {AccountKey} for the owner {OwnerKey}.",
        EventName = "CredentialBound")]
    private partial void LogBound(Guid flow, string providerId, string ownerKey, string accountKey);

    [LoggerMessage(
        3,
        LogLevel.Information,
        "Tokens of the login {Flow} at the provider {ProviderId} refreshed; generation {Generation}.",
        EventName = "CredentialRefreshed")]
    private partial void LogRefreshed(Guid flow, string providerId, int generation);

    [LoggerMessage(
        4,
        LogLevel.Information,
        "The access token of the login {Flow} at the provider {ProviderId} refused by an API; generation {Generation}.",
        EventName = "CredentialRefused")]
    private partial void LogRefused(Guid flow, string providerId, int generation);

    [LoggerMessage(
        5, LogLevel.Warning, "Login {Flow} at the provider {ProviderId} ended: {Error}.", EventName = "CredentialEnded")]
    private partial void LogEnded(Guid flow, string providerId, string error);

    [LoggerMessage(6, LogLevel.Information, "Login {Flow} at the provider {ProviderId} deleted.", EventName = "CredentialDeleted")]
    private partial void LogDeleted(Guid flow, string providerId);

    [LoggerMessage(
        7,
        LogLevel.Information,
        "Tokens of the owner {OwnerKey} at the provider {ProviderId} revoked: {Revoked}.",
        EventName = "CredentialRevoked")]
    private partial void LogRevoked(string providerId, string ownerKey, bool revoked);

    [LoggerMessage(
        8, LogLevel.Warning, "The provider {ProviderId} rejects this service. {Reason}", EventName = "ProviderRejects")]
    private partial void LogProviderRejects(string providerId, string reason);

    [LoggerMessage(
        10, LogLevel.Warning, "The provider {ProviderId} cannot be reached. {Reason}", EventName = "ProviderSilent")]
    private partial void LogProviderSilent(string providerId, string reason);

    [LoggerMessage(9, LogLevel.Error, "Work of the credential broker failed. {Reason}", EventName = "CredentialWorkFailed")]
    private partial void LogFailed(string reason);
}
