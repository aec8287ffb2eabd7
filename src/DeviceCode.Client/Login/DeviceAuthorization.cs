namespace DeviceCode.Client;

using System.Globalization;

/// <summary>
/// The codes of a login that waits for a person (RFC 8628 §3.2). Serialised with <see cref="ClientJson"/>, it can be polled
/// for by another process; it is a secret then, because whoever has it gets the tokens.
/// </summary>
public sealed record DeviceAuthorization
{
    /// <summary>The code by which the device asks; a secret.</summary>
    public required string DeviceCode { get; init; }

    /// <summary>The code that the person enters.</summary>
    public required string UserCode { get; init; }

    /// <summary>Where the person enters it: http or https, and nothing else.</summary>
    public required Uri VerificationUri { get; init; }

    /// <summary>The same with the code in it, for a QR code or a browser; null where there is none.</summary>
    public Uri? VerificationUriComplete { get; init; }

    /// <summary>When both codes end, by this machine's clock; at most a day away.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The least time between two polls: 1 second to 5 minutes, 5 seconds where the server says nothing.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>The provider's own instructions for the person, cleaned of control characters (Microsoft); null where there are none.</summary>
    public string? Message { get; init; }

    /// <summary>The PKCE verifier of the request (RFC 7636 §4.1); a secret. Null where there is none.</summary>
    public string? CodeVerifier { get; init; }

    /// <summary>Never a code.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{nameof(DeviceAuthorization)} {{ VerificationUri = {VerificationUri}, ExpiresAt = {ExpiresAt:O}, Interval = {Interval}, codes = **** }}");
}
