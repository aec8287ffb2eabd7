namespace DeviceCode.Core.OAuth;

/// <summary>Lists logins, and ends them: for their owner, for an administrator, and for accounts that the directory has disabled.</summary>
/// <remarks>
/// A login is a <see cref="Grant"/>, and to end it revokes the grant in its row. Every refresh, introspection and userinfo request reads
/// that row, so its tokens are rejected from the next request on, on every instance.
/// </remarks>
public sealed class LoginService(IGrantStore grants, ClientRegistry clients, TimeProvider time)
{
    // Each end is two storage requests, one after the other.
    private const int EndsAtOnce = 16;

    private const int UsersAtOnce = 60;

    private readonly GrantRetry _retry = new(time);

    /// <summary>Lists the logins of a person. One storage request.</summary>
    /// <param name="userKey"><see cref="User.Key"/>.</param>
    /// <param name="after"><see cref="LoginPage.Next"/> of the page before; null for the first page.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="FormatException"><paramref name="after"/> is not from a page.</exception>
    /// <exception cref="StoreUnavailableException">The storage does not respond.</exception>
    public async Task<LoginPage> ListAsync(string userKey, string? after, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return Current(await grants.ListAsync(userKey, after, now, cancellationToken), now);
    }

    /// <summary>Lists the logins of a tenant with a client. A page may have few logins or none although others follow.</summary>
    /// <inheritdoc cref="ListAsync" path="/exception" />
    public async Task<LoginPage> ListOfClientAsync(string clientId, string tenantId, string? after, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return Current(await grants.ListOfClientAsync(clientId, tenantId, after, now, cancellationToken), now);
    }

    /// <summary>Returns the <see cref="User.Key"/>s of the people of a tenant whose logins have this e-mail address.</summary>
    /// <exception cref="StoreUnavailableException">The storage does not respond.</exception>
    public Task<IReadOnlyList<string>> FindUsersAsync(string tenantId, string email, CancellationToken cancellationToken) =>
        grants.FindUsersAsync(tenantId, email, cancellationToken);

    /// <summary>Ends one login. Two storage requests, unless the grant changes meanwhile.</summary>
    /// <returns>False when the person has no such login.</returns>
    /// <exception cref="StoreUnavailableException">The storage does not respond; the request may be repeated.</exception>
    public async Task<bool> EndAsync(string userKey, Guid id, CancellationToken cancellationToken)
    {
        // All attempts use the same time. By it, a later attempt recognises the write of an earlier one, whose response was lost.
        var (now, attempts) = (time.GetUtcNow(), 0);
        return await _retry.RunAsync(
            () => TryEndAsync(userKey, id, now, isRepeated: attempts++ > 0, cancellationToken), cancellationToken) is Ended.Now;
    }

    /// <summary>
    /// Ends the logins that a person has now; those that are created during this request stay. When it fails, the logins that it has not
    /// reached stay: repeat it.
    /// </summary>
    /// <param name="userKey"><see cref="User.Key"/>.</param>
    /// <param name="except">A login to keep; null for none.</param>
    /// <param name="onEnded">
    /// Called after each login that has ended, before the next page, so that an audit is complete even if the request fails later.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The number of logins that ended.</returns>
    /// <exception cref="StoreUnavailableException">The storage does not respond; the request may be repeated.</exception>
    public async Task<int> EndAllAsync(string userKey, Guid? except, Action<Login> onEnded, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var ended = 0;
        string? after = null;
        do
        {
            var page = await grants.ListAsync(userKey, after, now, cancellationToken);
            ended += await EndAsync(
                page.Logins.Where(login => login.Id != except && login.Created.At <= now), onEnded, cancellationToken);
            after = page.Next;
        }
        while (after is not null);
        return ended;
    }

    /// <summary>Ends the logins of one page of <see cref="ListOfClientAsync"/>.</summary>
    /// <returns>The number of logins that ended, and where the next page begins; null after the last page.</returns>
    /// <inheritdoc cref="EndAllAsync" path="/exception" />
    public async Task<(int Ended, string? Next)> EndOfClientAsync(
        string clientId, string tenantId, string? after, Action<Login> onEnded, CancellationToken cancellationToken)
    {
        var page = await grants.ListOfClientAsync(clientId, tenantId, after, time.GetUtcNow(), cancellationToken);
        return (await EndAsync(page.Logins, onEnded, cancellationToken), page.Next);
    }

    /// <summary>Ends the logins of people whose accounts the directory has disabled or deleted.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="onEnded">Called after each login that has ended.</param>
    /// <param name="cancellationToken">Ends the run early; the next one continues there.</param>
    /// <exception cref="DirectoryUnavailableException">The directory does not respond; the next run continues.</exception>
    /// <exception cref="StoreUnavailableException">The storage does not respond; the next run continues.</exception>
    public async Task EndOfGoneAsync(IUserDirectory directory, Action<Login> onEnded, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(directory);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var users in grants.UsersAsync(time.GetUtcNow(), cancellationToken))
        {
            // In parts, so that a fault of the directory does not undo what is known already.
            foreach (var unseen in users.Where(user => seen.Add(user.Key)).Chunk(UsersAtOnce))
            {
                foreach (var gone in await directory.FindGoneAsync(unseen, cancellationToken))
                {
                    await EndAllAsync(gone.Key, except: null, onEnded, cancellationToken);
                }
            }
        }
    }

    // The current registration of a client applies to the logins that it has.
    private LoginPage Current(LoginPage page, DateTimeOffset now) => page with
    {
        Logins =
        [
            .. page.Logins.Select(login => clients.FindEnabled(login.ClientId)?.EndOf(login.Created.At) is { } end
                && !(login.EndsAt < end) ? login with { EndsAt = end } : login)
                .Where(login => !(login.EndsAt <= now)),
        ],
    };

    private async Task<int> EndAsync(IEnumerable<Login> logins, Action<Login> onEnded, CancellationToken cancellationToken)
    {
        var ended = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = EndsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(logins, options, async (login, cancelled) =>
        {
            if (await EndAsync(login.User.Key, login.Id, cancelled))
            {
                onEnded(login);
                Interlocked.Increment(ref ended);
            }
        });
        return ended;
    }

    /// <summary>One attempt at ending a login.</summary>
    /// <returns>Null when the grant has changed since it was read.</returns>
    private async Task<Ended?> TryEndAsync(
        string userKey, Guid id, DateTimeOffset now, bool isRepeated, CancellationToken cancellationToken)
    {
        var grant = await grants.FindAsync(id, cancellationToken);
        if (grant is null || grant.User.Key != userKey)
        {
            return new Ended.Before();
        }

        if (isRepeated && grant.RevokedAt == now)
        {
            return new Ended.Now();
        }

        if (grant.RevokedAt is not null || grant.EndsAt <= now)
        {
            return new Ended.Before();
        }

        return await grants.TryReplaceAsync(grant.Revoke(now), usedFrom: null, cancellationToken) ? new Ended.Now() : null;
    }

    private abstract record Ended
    {
        /// <summary>This request ended the login.</summary>
        public sealed record Now : Ended;

        /// <summary>There was no such login.</summary>
        public sealed record Before : Ended;
    }
}
