namespace DeviceCode.Core.Devices;

/// <summary>Device authorizations in the memory of this process: for tests and for a first try without any set-up.</summary>
public sealed class InMemoryDeviceAuthorizationStore : IDeviceAuthorizationStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<UserCode, Row> _rows = [];

    /// <inheritdoc />
    public Task<bool> TryAddAsync(DeviceAuthorization authorization, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_rows.TryAdd(authorization.UserCode, new Row(authorization)));
        }
    }

    /// <inheritdoc />
    public Task<DeviceAuthorization?> FindAsync(UserCode userCode, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_rows.GetValueOrDefault(userCode)?.Authorization);
        }
    }

    /// <inheritdoc />
    public Task<bool> TryDecideAsync(DeviceAuthorization authorization, Decision decision, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_rows.TryGetValue(authorization.UserCode, out var row) || row.Authorization.Decision is not null)
            {
                return Task.FromResult(false);
            }

            row.Authorization = row.Authorization with { Decision = decision };
            return Task.FromResult(true);
        }
    }

    /// <inheritdoc />
    public Task<bool> TryClaimAsync(DeviceAuthorization authorization, Guid claimId, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_rows.TryGetValue(authorization.UserCode, out var row))
            {
                return Task.FromResult(false);
            }

            row.ClaimId ??= claimId;
            return Task.FromResult(row.ClaimId == claimId);
        }
    }

    /// <inheritdoc />
    public Task<int> PurgeAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var old = _rows.Where(row => row.Value.Authorization.PurgeAfter < now).Select(row => row.Key).ToList();
            old.ForEach(code => _rows.Remove(code));
            return Task.FromResult(old.Count);
        }
    }

    /// <inheritdoc />
    public Task CheckAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private sealed class Row(DeviceAuthorization authorization)
    {
        public DeviceAuthorization Authorization { get; set; } = authorization;

        public Guid? ClaimId { get; set; }
    }
}
