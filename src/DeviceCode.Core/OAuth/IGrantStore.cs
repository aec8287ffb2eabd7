namespace DeviceCode.Core.OAuth;

/// <summary>Where grants live. Every method is safe to call concurrently.</summary>
/// <remarks>Every method throws <see cref="StoreUnavailableException"/> when the storage does not answer.</remarks>
public interface IGrantStore
{
    /// <summary>Stores a new grant, unless there is one with its id.</summary>
    /// <returns>The grant that is stored: this one, by its <see cref="Grant.MintId"/>, for exactly one write ever.</returns>
    Task<Grant> AddAsync(Grant grant, CancellationToken cancellationToken);

    /// <summary>The grant with this id, revoked and expired ones included until they are purged.</summary>
    Task<Grant?> FindAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>Replaces a grant, unless it has changed since it was read.</summary>
    /// <returns>False when it has; the grant must be read and thought about again then, for it may have been this very write.</returns>
    Task<bool> TryReplaceAsync(Grant grant, CancellationToken cancellationToken);

    /// <summary>Deletes the grants whose <see cref="Grant.PurgeAfter"/> is before <paramref name="now"/>.</summary>
    /// <returns>How many there were.</returns>
    Task<int> PurgeAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Returns when the storage answers and is set up.</summary>
    Task PingAsync(CancellationToken cancellationToken);
}
