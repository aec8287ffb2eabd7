namespace DeviceCode.Core.Devices;

/// <summary>Where device authorizations live. Every method is one or two storage requests and safe to call concurrently.</summary>
/// <remarks>Every method throws <see cref="StoreUnavailableException"/> when the storage does not answer.</remarks>
public interface IDeviceAuthorizationStore
{
    /// <summary>Stores a new authorization.</summary>
    /// <returns>False when its user code is taken; nothing is stored then.</returns>
    Task<bool> TryAddAsync(DeviceAuthorization authorization, CancellationToken cancellationToken);

    /// <summary>The authorization with this user code, expired ones included until they are purged.</summary>
    Task<DeviceAuthorization?> FindAsync(UserCode userCode, CancellationToken cancellationToken);

    /// <summary>Records a decision, unless another one has been made since <paramref name="authorization"/> was read.</summary>
    /// <returns>Whether <paramref name="decision"/> is the one that counts.</returns>
    Task<bool> TryDecideAsync(DeviceAuthorization authorization, Decision decision, CancellationToken cancellationToken);

    /// <summary>Claims an approved authorization, unless it is claimed already.</summary>
    /// <param name="authorization">The authorization, as it was read.</param>
    /// <param name="claim">The claim to make.</param>
    /// <param name="cancellationToken">Gives up waiting; the claim may have been made all the same.</param>
    /// <returns>The claim that counts: <paramref name="claim"/>, by its id, for exactly one ever, however many race.</returns>
    Task<Claim> ClaimAsync(DeviceAuthorization authorization, Claim claim, CancellationToken cancellationToken);

    /// <summary>Deletes the authorizations whose <see cref="DeviceAuthorization.PurgeAfter"/> is before <paramref name="now"/>.</summary>
    /// <returns>How many there were.</returns>
    Task<int> PurgeAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Returns when the storage answers and is set up.</summary>
    Task CheckAsync(CancellationToken cancellationToken);
}
