namespace DeviceCode.Core.Devices;

/// <summary>A device's request for codes (RFC 8628 §3.1).</summary>
/// <param name="ClientName">Who asks, as the approver shall see it.</param>
/// <param name="Origin">From where the device asks.</param>
public sealed record DeviceAuthorizationRequest(string ClientName, RequestOrigin Origin)
{
    /// <summary>The OAuth client that asks; null for the login without clients.</summary>
    public string? ClientId { get; init; }

    /// <summary>The scopes asked for, separated by spaces; empty for none.</summary>
    public string Scope { get; init; } = "";

    /// <summary>The <c>code_challenge</c> that must be met at redemption (RFC 7636); null for none.</summary>
    public string? CodeChallenge { get; init; }

    /// <summary>How long the codes live; as configured when null.</summary>
    public TimeSpan? CodeLifetime { get; init; }

    /// <summary>The least time between two polls; as configured when null.</summary>
    public TimeSpan? PollingInterval { get; init; }
}
