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
