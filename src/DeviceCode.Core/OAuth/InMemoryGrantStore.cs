namespace DeviceCode.Core.OAuth;

/// <summary>Grants in the memory of this process, for tests and a first try without any setup.</summary>
public sealed class InMemoryGrantStore : IGrantStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, Grant> _grants = [];

    /// <inheritdoc />
    public Task<Grant> AddAsync(Grant grant, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _grants.TryAdd(grant.Id, grant with { Version = NewVersion() });
            return Task.FromResult(_grants[grant.Id]);
        }
    }

    /// <inheritdoc />
    public Task<Grant?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_grants.GetValueOrDefault(id));
        }
    }

    /// <inheritdoc />
    public Task<bool> TryReplaceAsync(Grant grant, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_grants.GetValueOrDefault(grant.Id) is not { } stored || stored.Version != grant.Version)
            {
                return Task.FromResult(false);
            }

            _grants[grant.Id] = grant with { Version = NewVersion() };
            return Task.FromResult(true);
        }
    }

    /// <inheritdoc />
    public Task<int> PurgeAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var old = _grants.Values.Where(grant => grant.PurgeAfter < now).Select(grant => grant.Id).ToList();
            old.ForEach(id => _grants.Remove(id));
            return Task.FromResult(old.Count);
        }
    }

    /// <inheritdoc />
    public Task PingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static string NewVersion() => Guid.NewGuid().ToString();
}
