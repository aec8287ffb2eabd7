namespace DeviceCode.Core.Broker;

/// <summary>Stores credentials. Every method may be called concurrently.</summary>
/// <remarks>Every method throws <see cref="StoreUnavailableException"/> when the storage does not respond.</remarks>
public interface ICredentialStore
{
    /// <summary>Returns a credential; null when there is none.</summary>
    Task<Credential?> FindAsync(string ownerKey, string nameKey, CancellationToken cancellationToken);

    /// <summary>Returns all credentials of an owner, and whether its session exists. Marks are not returned.</summary>
    Task<OwnedCredentials> ListAsync(string ownerKey, CancellationToken cancellationToken);

    /// <summary>Stores a new credential, unless one with its keys exists.</summary>
    /// <param name="credential">The credential.</param>
    /// <param name="addsSession">Whether its owner is a new session, which is stored with it.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The stored credential; null when another one has its keys.</returns>
    Task<Credential?> TryAddAsync(Credential credential, bool addsSession, CancellationToken cancellationToken);

    /// <summary>Replaces a credential, unless it has changed since it was read.</summary>
    /// <returns>
    /// The stored credential; null when it has changed or is gone. Then read it: another writer changed it, or this write succeeded and its
    /// response was lost.
    /// </returns>
    Task<Credential?> TryReplaceAsync(Credential credential, CancellationToken cancellationToken);

    /// <summary>Deletes a credential, unless it has changed since it was read.</summary>
    /// <returns>False when it has changed.</returns>
    Task<bool> TryDeleteAsync(Credential credential, CancellationToken cancellationToken);

    /// <summary>Deletes the session of an owner.</summary>
    Task DeleteSessionAsync(string ownerKey, CancellationToken cancellationToken);

    /// <summary>Stores a mark, unless one with its keys exists.</summary>
    /// <returns>Null when it was stored; otherwise the mark that exists.</returns>
    Task<CredentialMark?> AddMarkAsync(CredentialMark mark, CancellationToken cancellationToken);

    /// <summary>Returns the pending credentials whose <see cref="Credential.AlarmAt"/> is before a time; at most 1,000 of them.</summary>
    Task<IReadOnlyList<Credential>> FindOverdueAsync(DateTimeOffset before, CancellationToken cancellationToken);

    /// <summary>Deletes the rows whose retention has ended.</summary>
    /// <returns>The number of deleted rows.</returns>
    Task<int> PurgeAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Completes when the storage responds and its table exists.</summary>
    Task PingAsync(CancellationToken cancellationToken);
}

/// <summary>The credentials of an owner.</summary>
/// <param name="Credentials">The credentials.</param>
/// <param name="HasSession">Whether the owner is a session that exists.</param>
public sealed record OwnedCredentials(IReadOnlyList<Credential> Credentials, bool HasSession);
