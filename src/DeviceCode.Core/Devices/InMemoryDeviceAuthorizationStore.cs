namespace DeviceCode.Core.Devices;

/// <summary>Device authorizations in the memory of this process, for tests and a first try without any setup.</summary>
public sealed class InMemoryDeviceAuthorizationStore : IDeviceAuthorizationStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<UserCode, DeviceAuthorization> _rows = [];
    private readonly Dictionary<UserCode, Claim> _claims = [];

    /// <inheritdoc />
    public Task<bool> TryAddAsync(DeviceAuthorization authorization, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_rows.TryAdd(authorization.UserCode, authorization));
        }
    }

    /// <inheritdoc />
    public Task<DeviceAuthorization?> FindAsync(UserCode userCode, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_rows.GetValueOrDefault(userCode));
        }
    }

    /// <inheritdoc />
    public Task<bool> TryDecideAsync(DeviceAuthorization authorization, Decision decision, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_rows.TryGetValue(authorization.UserCode, out var stored) || stored.Decision is not null)
            {
                return Task.FromResult(false);
            }

            _rows[authorization.UserCode] = stored with { Decision = decision };
            return Task.FromResult(true);
        }
    }

    /// <inheritdoc />
    public Task<Claim> ClaimAsync(DeviceAuthorization authorization, Claim claim, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _claims.TryAdd(authorization.UserCode, claim with { Version = NewVersion() });
            return Task.FromResult(_claims[authorization.UserCode]);
        }
    }

    /// <inheritdoc />
    public Task<Claim> GetClaimAsync(DeviceAuthorization authorization, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_claims[authorization.UserCode]);
        }
    }

    /// <inheritdoc />
    public Task<bool> TryReplaceClaimAsync(DeviceAuthorization authorization, Claim claim, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_claims.GetValueOrDefault(authorization.UserCode) is not { } stored || stored.Version != claim.Version)
            {
                return Task.FromResult(false);
            }

            _claims[authorization.UserCode] = claim with { Version = NewVersion() };
            return Task.FromResult(true);
        }
    }

    /// <inheritdoc />
    public Task ConfirmClaimAsync(DeviceAuthorization authorization, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_claims.TryGetValue(authorization.UserCode, out var claim))
            {
                _claims[authorization.UserCode] = claim with { IsConfirmed = true, Version = NewVersion() };
            }

            return Task.CompletedTask;
        }
    }

    /// <inheritdoc />
    public Task<int> PurgeAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var old = _rows.Where(row => row.Value.PurgeAfter < now).Select(row => row.Key).ToList();
            old.ForEach(code => _ = _rows.Remove(code) | _claims.Remove(code));
            return Task.FromResult(old.Count);
        }
    }

    /// <inheritdoc />
    public Task PingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static string NewVersion() => Guid.NewGuid().ToString();
}
