namespace DeviceCode.Core.OAuth;

/// <summary>Stores grants, and lists them as logins. Every method may be called concurrently.</summary>
/// <remarks>Every method throws <see cref="StoreUnavailableException"/> when the storage does not respond.</remarks>
public interface IGrantStore
{
    /// <summary>Stores a new grant, unless one with its id exists. One storage request.</summary>
    /// <param name="grant">The grant. Its id is one of its user's (<see cref="User.NewId"/>).</param>
    /// <param name="createdFrom">Where the client requested its code.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The stored grant. It has the <see cref="Grant.MintId"/> of exactly one write ever.</returns>
    Task<Grant> AddAsync(Grant grant, RequestOrigin createdFrom, CancellationToken cancellationToken);

    /// <summary>Returns the grant with this id, even a revoked or expired one until it is purged.</summary>
    Task<Grant?> FindAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>Replaces a grant, unless it has changed since it was read. One storage request.</summary>
    /// <param name="grant">The grant.</param>
    /// <param name="usedFrom">Where the client is whose <see cref="Grant.LastExchange"/> this is; null for another change.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>
    /// False when it has changed. Then read it again: another writer changed it, or this write succeeded and its response was lost.
    /// </returns>
    Task<bool> TryReplaceAsync(Grant grant, RequestOrigin? usedFrom, CancellationToken cancellationToken);

    /// <summary>Lists the logins of a person. One storage request.</summary>
    /// <param name="userKey"><see cref="User.Key"/>.</param>
    /// <param name="after"><see cref="LoginPage.Next"/> of the page before; null for the first page. Another text is an error.</param>
    /// <param name="now">The time at which the logins must not have ended.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="FormatException"><paramref name="after"/> is not from a page.</exception>
    Task<LoginPage> ListAsync(string userKey, string? after, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>
    /// Lists the logins of all people of a tenant with a client, in no order. A page may have few logins or none although others follow,
    /// because the store looks through all logins. A few storage requests.
    /// </summary>
    /// <inheritdoc cref="ListAsync" path="/param" />
    /// <inheritdoc cref="ListAsync" path="/exception" />
    Task<LoginPage> ListOfClientAsync(
        string clientId, string tenantId, string? after, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Returns the <see cref="User.Key"/>s of the people of a tenant whose logins have this e-mail address, in any case.</summary>
    Task<IReadOnlyList<string>> FindUsersAsync(string tenantId, string email, CancellationToken cancellationToken);

    /// <summary>Returns everyone who has a login, in pages. A person may be returned more than once.</summary>
    IAsyncEnumerable<IReadOnlyList<User>> UsersAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Deletes the grants whose <see cref="Grant.PurgeAfter"/> is before <paramref name="now"/>.</summary>
    /// <returns>The number of deleted grants.</returns>
    Task<int> PurgeAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Completes when the storage responds and its table exists.</summary>
    Task PingAsync(CancellationToken cancellationToken);
}
