namespace DeviceCode.Core.Broker;

/// <summary>Credentials in the memory of this process, for tests and a first try without any setup.</summary>
public sealed class InMemoryCredentialStore : ICredentialStore
{
    private const int MaxOverdue = 1_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Owner, string Name), Credential> _rows = [];
    private readonly Dictionary<(string Owner, string Key), CredentialMark> _marks = [];
    private readonly Dictionary<string, DateTimeOffset> _sessions = [];

    /// <inheritdoc />
    public Task<Credential?> FindAsync(string ownerKey, string nameKey, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_rows.GetValueOrDefault((ownerKey, nameKey)));
        }
    }

    /// <inheritdoc />
    public Task<OwnedCredentials> ListAsync(string ownerKey, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(new OwnedCredentials(
                [.. _rows.Values.Where(row => row.OwnerKey == ownerKey).OrderBy(row => row.NameKey, StringComparer.Ordinal)],
                _sessions.ContainsKey(ownerKey)));
        }
    }

    /// <inheritdoc />
    public Task<Credential?> TryAddAsync(Credential credential, bool addsSession, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var added = credential with { Version = NewVersion() };
            if (!_rows.TryAdd((credential.OwnerKey, credential.NameKey), added))
            {
                return Task.FromResult<Credential?>(null);
            }

            if (addsSession)
            {
                _sessions[credential.OwnerKey] = credential.CreatedAt + Credential.UnreadRetention;
            }

            return Task.FromResult<Credential?>(added);
        }
    }

    /// <inheritdoc />
    public Task<Credential?> TryReplaceAsync(Credential credential, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var keys = (credential.OwnerKey, credential.NameKey);
            if (_rows.GetValueOrDefault(keys) is not { } stored || stored.Version != credential.Version)
            {
                return Task.FromResult<Credential?>(null);
            }

            return Task.FromResult<Credential?>(_rows[keys] = credential with { Version = NewVersion() });
        }
    }

    /// <inheritdoc />
    public Task<bool> TryDeleteAsync(Credential credential, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var keys = (credential.OwnerKey, credential.NameKey);
            if (_rows.GetValueOrDefault(keys) is { } stored && stored.Version != credential.Version)
            {
                return Task.FromResult(false);
            }

            _rows.Remove(keys);
            return Task.FromResult(true);
        }
    }

    /// <inheritdoc />
    public Task DeleteSessionAsync(string ownerKey, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _sessions.Remove(ownerKey);
            return Task.CompletedTask;
        }
    }

    /// <inheritdoc />
    public Task<CredentialMark?> AddMarkAsync(CredentialMark mark, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_marks.TryAdd((mark.OwnerKey, mark.Key), mark) ? null : _marks[(mark.OwnerKey, mark.Key)]);
        }
    }

    /// <inheritdoc />
    public Task<IReadOnlyList<Credential>> FindOverdueAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<Credential>>([.. _rows.Values.Where(row => row.AlarmAt < before).Take(MaxOverdue)]);
        }
    }

    /// <inheritdoc />
    public Task<int> PurgeAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var rows = _rows.Where(pair => pair.Value.PurgeAfter < now).Select(pair => pair.Key).ToList();
            var marks = _marks.Where(pair => pair.Value.PurgeAfter < now).Select(pair => pair.Key).ToList();
            var sessions = _sessions.Where(pair => pair.Value < now && _rows.Keys.All(row => row.Owner != pair.Key))
                .Select(pair => pair.Key).ToList();
            rows.ForEach(key => _rows.Remove(key));
            marks.ForEach(key => _marks.Remove(key));
            sessions.ForEach(key => _sessions.Remove(key));
            return Task.FromResult(rows.Count + marks.Count + sessions.Count);
        }
    }

    /// <inheritdoc />
    public Task PingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static string NewVersion() => Guid.NewGuid().ToString();
}
