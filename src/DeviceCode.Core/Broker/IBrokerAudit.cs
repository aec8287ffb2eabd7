namespace DeviceCode.Core.Broker;

/// <summary>Records what happens to credentials, for operators. No event names an account, a code or a token.</summary>
public interface IBrokerAudit
{
    /// <summary>A login has begun, or a refresh token was imported.</summary>
    void Made(Credential credential, string grant);

    /// <summary>An account has signed in.</summary>
    /// <param name="credential">The credential.</param>
    /// <param name="accountKey">A keyed hash of the account; null when it is unknown.</param>
    void Bound(Credential credential, string? accountKey);

    /// <summary>The tokens were refreshed.</summary>
    void Refreshed(Credential credential);

    /// <summary>A caller reported that an API rejects the access token.</summary>
    void Refused(Credential credential);

    /// <summary>The credential has ended; <see cref="Credential.Error"/> is the reason.</summary>
    void Ended(Credential credential);

    /// <summary>The credential was deleted.</summary>
    void Deleted(Credential credential);

    /// <summary>Tokens were revoked at the provider, or could not be.</summary>
    void Revoked(string providerId, string ownerKey, bool revoked);

    /// <summary>The provider rejects our registration, or its response is not valid.</summary>
    void ProviderRejects(string providerId, string reason);

    /// <summary>The provider cannot be reached, or asks to wait.</summary>
    void ProviderSilent(string providerId, string reason);

    /// <summary>Work in the background failed; it is tried again.</summary>
    void Failed(string reason);
}
