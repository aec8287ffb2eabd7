namespace DeviceCode.Core.Broker;

using DeviceCode.Core.Bookkeeping;

/// <summary>Counts the writes of networks and owners, and the logins at providers; on this instance.</summary>
internal sealed class BrokerLimits(BrokerOptions options, TimeProvider time)
{
    // Bounds the memory that requests from many networks can take.
    private const int MaxKeys = 100_000;

    private readonly SlidingWindow _networks = new(options.WritesPerNetwork, options.WritesWindow, MaxKeys);
    private readonly SlidingWindow _owners = new(options.WritesPerOwner, options.WritesWindow, MaxKeys);
    private readonly SlidingWindow _providers = new(options.LoginsPerProvider, options.WritesWindow, MaxKeys);

    /// <summary>Counts a write.</summary>
    /// <returns>Null when it is allowed.</returns>
    public BrokerResult.Rejected? CountWrite(RequestOrigin origin, CredentialOwner owner)
    {
        var now = time.GetUtcNow();
        var exceeded = _networks.TryAdd(origin.Network, Guid.NewGuid(), now) ?? _owners.TryAdd(owner.Key, Guid.NewGuid(), now);
        return exceeded is null ? null : new BrokerResult.Rejected(
            BrokerError.TooManyRequests, "Too many credentials were made or deleted. Try again after the time in Retry-After.")
        {
            RetryAfter = exceeded.RetryAfter,
        };
    }

    /// <summary>Counts a login at a provider.</summary>
    /// <returns>Null when it is allowed.</returns>
    public BrokerResult.Rejected? CountLogin(string providerId)
    {
        var exceeded = _providers.TryAdd(providerId, Guid.NewGuid(), time.GetUtcNow());
        return exceeded is null ? null : new BrokerResult.Rejected(
            BrokerError.TemporarilyUnavailable, "Too many logins have begun at this provider. Try again after the time in Retry-After.")
        {
            RetryAfter = exceeded.RetryAfter,
        };
    }
}
