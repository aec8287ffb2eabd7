namespace DeviceCode.Core.OAuth;

/// <summary>Stores grants. Every method may be called concurrently.</summary>
/// <remarks>Every method throws <see cref="StoreUnavailableException"/> when the storage does not respond.</remarks>
public interface IGrantStore
{
    /// <summary>Stores a new grant, unless one with its id exists.</summary>
    /// <returns>The stored grant. It has the <see cref="Grant.MintId"/> of exactly one write ever.</returns>
    Task<Grant> AddAsync(Grant grant, CancellationToken cancellationToken);

    /// <summary>Returns the grant with this id, even a revoked or expired one until it is purged.</summary>
    Task<Grant?> FindAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>Replaces a grant, unless it has changed since it was read.</summary>
    /// <returns>
    /// False when it has changed. Then read it again: another writer changed it, or this write succeeded and its response was lost.
    /// </returns>
    Task<bool> TryReplaceAsync(Grant grant, CancellationToken cancellationToken);

    /// <summary>Deletes the grants whose <see cref="Grant.PurgeAfter"/> is before <paramref name="now"/>.</summary>
    /// <returns>The number of deleted grants.</returns>
    Task<int> PurgeAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Completes when the storage responds and its table exists.</summary>
    Task PingAsync(CancellationToken cancellationToken);
}
