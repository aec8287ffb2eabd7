namespace DeviceCode.Core.Devices;

using global::DeviceCode.Core.Bookkeeping;

/// <summary>A device's request for codes (RFC 8628 §3.1).</summary>
/// <param name="ClientName">The name of the client, as the approver sees it.</param>
/// <param name="Origin">Where the device is.</param>
public sealed record DeviceAuthorizationRequest(string ClientName, RequestOrigin Origin)
{
    /// <summary>The OAuth client; null for the login without clients.</summary>
    public string? ClientId { get; init; }

    /// <summary>The requested scopes, separated by spaces; empty for none.</summary>
    public string Scope { get; init; } = "";

    /// <summary>The <c>code_challenge</c> for the redemption (RFC 7636); null for none.</summary>
    public string? CodeChallenge { get; init; }

    /// <summary>The lifetime of the codes; the configured one when null.</summary>
    public TimeSpan? CodeLifetime { get; init; }

    /// <summary>The minimum time between two polls; the configured one when null.</summary>
    public TimeSpan? PollingInterval { get; init; }
}

/// <summary>
/// One device authorization (RFC 8628 §3.1): a device requests a login, and a person approves or denies it. Immutable: changes go
/// through <see cref="IDeviceAuthorizationStore"/>.
/// </summary>
public sealed record DeviceAuthorization
{
    /// <summary>Identifies the authorization in logs, where its codes must not appear.</summary>
    public required Guid Id { get; init; }

    /// <summary>The user code, under which the authorization is stored.</summary>
    public required UserCode UserCode { get; init; }

    /// <summary><see cref="DeviceCode.Hash"/> of the device code.</summary>
    public required string DeviceCodeHash { get; init; }

    /// <summary>The OAuth client, which alone may redeem the code; null for the login without clients.</summary>
    public string? ClientId { get; init; }

    /// <summary>The <c>code_challenge</c> for the redemption (RFC 7636); null for none.</summary>
    public string? CodeChallenge { get; init; }

    /// <summary>The name of the client, as the approver sees it.</summary>
    public required string ClientName { get; init; }

    /// <summary>The requested scopes, separated by spaces; empty for none.</summary>
    public required string Scope { get; init; }

    /// <summary>Where the device was when it requested the codes.</summary>
    public required RequestOrigin RequestedFrom { get; init; }

    /// <summary>The time at which the codes were issued, in UTC.</summary>
    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>The time at which the codes expire, in UTC.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>
    /// The time from which the row may be deleted, in UTC: well after the expiry, so that a late poll gets <c>expired_token</c>.
    /// </summary>
    public required DateTimeOffset PurgeAfter { get; init; }

    /// <summary>The minimum time between two polls.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>The approver's decision; null before it.</summary>
    public Decision? Decision { get; init; }

    /// <summary>The store's mark of the version that was read; null before the authorization is stored.</summary>
    public string? Version { get; init; }

    /// <summary>
    /// How long a response may be repeated to the device that lost it: the longest interval at which it polls, and the time in which the
    /// lost response and the next one arrive.
    /// </summary>
    internal static TimeSpan RepeatGrace => PollPacer.MaxInterval + TimeSpan.FromSeconds(30);

    /// <summary>How long a decision outlives the codes: until the device's next poll, and its repetition if the response is lost.</summary>
    private static TimeSpan DecisionGrace => PollPacer.MaxInterval + RepeatGrace;

    /// <summary>Identifies the authorization without revealing its codes.</summary>
    public override string ToString() => $"DeviceAuthorization({Id})";

    /// <summary>
    /// Returns the state at a point in time. A decision that was stored in time outlives the codes, so that it reaches a device that keeps
    /// the longest interval we report. One that was stored too late never counts.
    /// </summary>
    internal DeviceAuthorizationState StateAt(DateTimeOffset now) => Decision switch
    {
        null when now < ExpiresAt => new DeviceAuthorizationState.Pending(),
        { } decision when decision.At < ExpiresAt && now < ExpiresAt + DecisionGrace => decision.Approved
            ? new DeviceAuthorizationState.Approved(decision.User)
            : new DeviceAuthorizationState.Denied(),
        _ => new DeviceAuthorizationState.Expired(),
    };

    /// <summary>Whether the device code with this hash belongs to this authorization.</summary>
    internal bool HasDeviceCode(string deviceCodeHash) => ConstantTime.AreEqual(DeviceCodeHash, deviceCodeHash);
}

/// <summary>The result of a <see cref="DeviceAuthorizationRequest"/>.</summary>
public abstract record IssueResult
{
    private IssueResult()
    {
    }

    /// <summary>The codes (RFC 8628 §3.2).</summary>
    /// <param name="Authorization">The authorization that was stored.</param>
    /// <param name="DeviceCode">The device code, for the device only. It cannot be read again: only its hash is stored.</param>
    public sealed record Issued(DeviceAuthorization Authorization, DeviceCode DeviceCode) : IssueResult;

    /// <summary>This network has requested too many codes.</summary>
    public sealed record TooMany(LimitExceeded Limit) : IssueResult;
}

/// <summary>The approver's decision about a device. It is written once and never changed.</summary>
/// <param name="Id">Distinguishes this decision from others, so that a repeated write is recognised as the same one.</param>
/// <param name="Approved">Whether the device was approved; otherwise it was denied.</param>
/// <param name="User">The approver.</param>
/// <param name="At">The time at which it was stored, in UTC; before that, the time at which it was made.</param>
public sealed record Decision(Guid Id, bool Approved, User User, DateTimeOffset At);

/// <summary>The state of a device authorization. Whether an approved one is redeemed follows from its claim, not from its state.</summary>
internal abstract record DeviceAuthorizationState
{
    private DeviceAuthorizationState()
    {
    }

    /// <summary>No decision yet.</summary>
    public sealed record Pending : DeviceAuthorizationState;

    /// <summary>Approved by <paramref name="User"/>.</summary>
    public sealed record Approved(User User) : DeviceAuthorizationState;

    /// <summary>Denied.</summary>
    public sealed record Denied : DeviceAuthorizationState;

    /// <summary>Not decided in time, or decided too long ago.</summary>
    public sealed record Expired : DeviceAuthorizationState;
}
