namespace DeviceCode.Core.Devices;

/// <summary>Stores device authorizations. Every method makes one or two storage requests and may be called concurrently.</summary>
/// <remarks>Every method throws <see cref="StoreUnavailableException"/> when the storage does not respond.</remarks>
public interface IDeviceAuthorizationStore
{
    /// <summary>Stores a new authorization.</summary>
    /// <returns>False when the user code is taken; then nothing is stored.</returns>
    Task<bool> TryAddAsync(DeviceAuthorization authorization, CancellationToken cancellationToken);

    /// <summary>Returns the authorization with this user code, even an expired one until it is purged.</summary>
    Task<DeviceAuthorization?> FindAsync(UserCode userCode, CancellationToken cancellationToken);

    /// <summary>
    /// Stores a decision, unless another one has been stored since <paramref name="authorization"/> was read. When the authorization is
    /// read again, <see cref="Decision.At"/> is the time at which the decision was stored.
    /// </summary>
    /// <returns>Whether <paramref name="decision"/> is the stored one.</returns>
    Task<bool> TryDecideAsync(DeviceAuthorization authorization, Decision decision, CancellationToken cancellationToken);

    /// <summary>Claims an approved authorization, unless it is claimed already.</summary>
    /// <param name="authorization">The authorization, as it was read.</param>
    /// <param name="claim">The claim to store.</param>
    /// <param name="cancellationToken">Cancels the wait; the claim may be stored anyway.</param>
    /// <returns>The stored claim. However many calls race, exactly one call's claim is returned to all of them.</returns>
    Task<Claim> ClaimAsync(DeviceAuthorization authorization, Claim claim, CancellationToken cancellationToken);

    /// <summary>Returns the claim of an authorization that is claimed.</summary>
    Task<Claim> GetClaimAsync(DeviceAuthorization authorization, CancellationToken cancellationToken);

    /// <summary>Replaces a claim, unless it has changed since it was read.</summary>
    /// <returns>Whether <paramref name="claim"/> is the stored one.</returns>
    Task<bool> TryReplaceClaimAsync(DeviceAuthorization authorization, Claim claim, CancellationToken cancellationToken);

    /// <summary>Confirms the claim of an authorization, for any holder. Does nothing if the authorization is not claimed.</summary>
    Task ConfirmClaimAsync(DeviceAuthorization authorization, CancellationToken cancellationToken);

    /// <summary>Deletes the authorizations whose <see cref="DeviceAuthorization.PurgeAfter"/> is before <paramref name="now"/>.</summary>
    /// <returns>The number of deleted authorizations.</returns>
    Task<int> PurgeAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Completes when the storage responds and its table exists.</summary>
    Task PingAsync(CancellationToken cancellationToken);
}
