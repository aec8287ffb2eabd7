namespace DeviceCode.Core.OAuth;

using System.Globalization;
using System.Runtime.CompilerServices;

/// <summary>Grants in the memory of this process, for tests and a first try without any setup.</summary>
public sealed class InMemoryGrantStore : IGrantStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, Entry> _entries = [];

    /// <inheritdoc />
    public Task<Grant> AddAsync(Grant grant, RequestOrigin createdFrom, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _entries.TryAdd(grant.Id, new Entry(grant with { Version = NewVersion() }, createdFrom, LastUsed: null));
            return Task.FromResult(_entries[grant.Id].Grant);
        }
    }

    /// <inheritdoc />
    public Task<Grant?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_entries.GetValueOrDefault(id)?.Grant);
        }
    }

    /// <inheritdoc />
    public Task<bool> TryReplaceAsync(Grant grant, RequestOrigin? usedFrom, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_entries.GetValueOrDefault(grant.Id) is not { } stored || stored.Grant.Version != grant.Version)
            {
                return Task.FromResult(false);
            }

            _entries[grant.Id] = stored with
            {
                Grant = grant with { Version = NewVersion() },
                LastUsed = usedFrom is null ? stored.LastUsed : new LoginUse(grant.LastExchange!.At, usedFrom),
            };
            return Task.FromResult(true);
        }
    }

    /// <inheritdoc />
    public Task<LoginPage> ListAsync(string userKey, string? after, DateTimeOffset now, CancellationToken cancellationToken) =>
        Task.FromResult(PageOf(login => login.User.Key == userKey, after, now));

    /// <inheritdoc />
    public Task<LoginPage> ListOfClientAsync(
        string clientId, string tenantId, string? after, DateTimeOffset now, CancellationToken cancellationToken) =>
        Task.FromResult(PageOf(login => login.ClientId == clientId && login.User.TenantId == tenantId, after, now));

    /// <inheritdoc />
    public Task<IReadOnlyList<string>> FindUsersAsync(string tenantId, string email, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<string>>(
            [
                .. _entries.Values.Select(entry => entry.Grant.User)
                    .Where(user => user.TenantId == tenantId && string.Equals(user.Email, email, StringComparison.OrdinalIgnoreCase))
                    .Select(user => user.Key)
                    .Distinct(StringComparer.Ordinal),
            ]);
        }
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<IReadOnlyList<User>> UsersAsync(
        DateTimeOffset now, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var page in Logins(now).Select(login => login.User).Chunk(LoginPage.MaxLogins))
        {
            yield return page;
        }
    }

    /// <inheritdoc />
    public Task<int> PurgeAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var old = _entries.Values.Where(entry => entry.Grant.PurgeAfter < now).Select(entry => entry.Grant.Id).ToList();
            old.ForEach(id => _entries.Remove(id));
            return Task.FromResult(old.Count);
        }
    }

    /// <inheritdoc />
    public Task PingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static string NewVersion() => Guid.NewGuid().ToString();

    // As the keys of rows sort: the newest first.
    private static string KeyOf(Login login) => string.Create(
        CultureInfo.InvariantCulture, $"{DateTimeOffset.MaxValue.UtcTicks - login.Created.At.UtcTicks:D19}-{login.Id:N}");

    private LoginPage PageOf(Func<Login, bool> isWanted, string? after, DateTimeOffset now)
    {
        LoginPage.RequirePlace(after);

        var found = Logins(now).Where(isWanted).OrderBy(KeyOf, StringComparer.Ordinal)
            .Where(login => string.CompareOrdinal(KeyOf(login), after) > 0)
            .Take(LoginPage.MaxLogins + 1).ToList();
        var page = found.Take(LoginPage.MaxLogins).ToList();
        return new LoginPage(page, found.Count > page.Count ? KeyOf(page[^1]) : null);
    }

    private List<Login> Logins(DateTimeOffset now)
    {
        lock (_lock)
        {
            return
            [
                .. from entry in _entries.Values
                   let grant = entry.Grant
                   where grant is { CreatedAt: not null, RevokedAt: null } && !(grant.EndsAt <= now)
                   let created = new LoginUse(grant.CreatedAt!.Value, entry.CreatedFrom)
                   select new Login(
                       grant.Id, grant.ClientId, grant.Scope, grant.User, created, entry.LastUsed ?? created, grant.EndsAt),
            ];
        }
    }

    private sealed record Entry(Grant Grant, RequestOrigin CreatedFrom, LoginUse? LastUsed);
}
