namespace DeviceCode.Core.Devices;

using System.Runtime.InteropServices;
using System.Security.Cryptography;

/// <summary>
/// One device authorization (RFC 8628 §3.1): a device asked to be signed in, and a person may say yes or no.
/// Immutable; what changes is in storage, by <see cref="IDeviceAuthorizationStore"/>.
/// </summary>
public sealed record DeviceAuthorization
{
    /// <summary>Names the authorization in logs, where its codes must not appear.</summary>
    public required Guid Id { get; init; }

    /// <summary>The code under which it is stored and found.</summary>
    public required UserCode UserCode { get; init; }

    /// <summary><see cref="DeviceCode.Hash"/> of its device code.</summary>
    public required string DeviceCodeHash { get; init; }

    /// <summary>The OAuth client that asks, and alone may redeem; null for the login without clients.</summary>
    public string? ClientId { get; init; }

    /// <summary>The <c>code_challenge</c> that must be met at redemption (RFC 7636); null for none.</summary>
    public string? CodeChallenge { get; init; }

    /// <summary>The name of the client that asks, as the approver is shown it.</summary>
    public required string ClientName { get; init; }

    /// <summary>The scopes asked for, separated by spaces; empty for none.</summary>
    public required string Scope { get; init; }

    /// <summary>From where the device asked.</summary>
    public required RequestOrigin RequestedFrom { get; init; }

    /// <summary>When the codes were issued, in UTC.</summary>
    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>When the codes expire, in UTC.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When it may be deleted, in UTC: a good while after its expiry, so that a late poll learns that it has expired.</summary>
    public required DateTimeOffset PurgeAfter { get; init; }

    /// <summary>The least time between two polls.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>What was decided; null as long as nothing is.</summary>
    public Decision? Decision { get; init; }

    /// <summary>The store's own mark of the version that was read; null before it was stored.</summary>
    public string? Version { get; init; }

    /// <summary>For how long after its redemption an OAuth client that proves to be the same gets the same answer again.</summary>
    public static TimeSpan RedemptionGrace { get; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The state at a point in time. A decision beats expiry by one interval: whoever was approved in time must also learn
    /// it when the next poll comes a moment too late. For an OAuth client also by <see cref="RedemptionGrace"/>, in which it may ask again.
    /// </summary>
    public DeviceAuthorizationState StateAt(DateTimeOffset now) => Decision switch
    {
        null when now < ExpiresAt => DeviceAuthorizationState.Pending,
        { Approved: true } when now < ExpiresAt + DecisionGrace => DeviceAuthorizationState.Approved,
        { Approved: false } when now < ExpiresAt + DecisionGrace => DeviceAuthorizationState.Denied,
        _ => DeviceAuthorizationState.Expired,
    };

    private TimeSpan DecisionGrace => ClientId is null ? Interval : Interval + RedemptionGrace;

    /// <summary>Whether this is the authorization of the device code with the given hash, compared in constant time.</summary>
    public bool HasDeviceCode(string deviceCodeHash) => CryptographicOperations.FixedTimeEquals(
        MemoryMarshal.AsBytes(DeviceCodeHash.AsSpan()), MemoryMarshal.AsBytes(deviceCodeHash.AsSpan()));

    /// <summary>Its name in logs, and nothing else.</summary>
    public override string ToString() => $"DeviceAuthorization({Id})";
}
