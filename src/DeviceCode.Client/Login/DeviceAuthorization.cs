namespace DeviceCode.Client;

using System.Globalization;

/// <summary>
/// The codes of a login that waits for a person (RFC 8628 §3.2). Serialised with <see cref="ClientJson"/>, it can be polled
/// for by another process; it is a secret then, because whoever has it gets the tokens.
/// </summary>
public sealed record DeviceAuthorization
{
    internal static readonly TimeSpan MaxInterval = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan
        DefaultInterval = TimeSpan.FromSeconds(5), MinInterval = TimeSpan.FromSeconds(1),
        DefaultLifetime = TimeSpan.FromMinutes(15), MinLifetime = TimeSpan.FromSeconds(10), MaxLifetime = TimeSpan.FromDays(1);

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
    public required TimeSpan Interval
    {
        get;
        init => field = TimeSpan.FromTicks(Math.Clamp(value.Ticks, MinInterval.Ticks, MaxInterval.Ticks));
    }

    /// <summary>The provider's own instructions for the person, cleaned of control characters (Microsoft); null where there are none.</summary>
    public string? Message { get; init; }

    /// <summary>The PKCE verifier of the request (RFC 7636 §4.1); a secret. Null where there is none.</summary>
    public string? CodeVerifier { get; init; }

    /// <summary>Reads the answer of a device authorization endpoint. Times that are missing or absurd become sensible ones.</summary>
    /// <exception cref="DeviceLoginException">It is an error, or lacks a code or the address to enter it at.</exception>
    internal static DeviceAuthorization Read(Answer answer, Provider provider, DateTimeOffset now, string? codeVerifier)
    {
        if (!answer.IsSuccess || answer.Error is not null)
        {
            throw Refusals.Of(answer, provider);
        }

        // Google's name for it is older than the RFC.
        var verificationUri = answer.Web("verification_uri") ?? answer.Web("verification_url");
        if (answer.Token("device_code") is not { } deviceCode || answer.Line("user_code") is not { } userCode || verificationUri is null)
        {
            throw new DeviceLoginException(
                DeviceLoginFailure.Protocol, $"{provider.Name} answers without a device code, a user code or the address to enter it at.", "Check the device authorization endpoint of the provider.");
        }

        var lifetime = answer.Lifetime("expires_in") ?? DefaultLifetime;
        return new DeviceAuthorization
        {
            DeviceCode = deviceCode,
            UserCode = userCode,
            VerificationUri = verificationUri,
            VerificationUriComplete = answer.Web("verification_uri_complete") ?? answer.Web("verification_url_complete"),
            ExpiresAt = now + TimeSpan.FromTicks(Math.Clamp(lifetime.Ticks, MinLifetime.Ticks, MaxLifetime.Ticks)),
            Interval = answer.Seconds("interval") ?? DefaultInterval,
            Message = answer.Line("message"),
            CodeVerifier = codeVerifier,
        };
    }

    /// <summary>Never a code.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{nameof(DeviceAuthorization)} {{ VerificationUri = {VerificationUri}, ExpiresAt = {ExpiresAt:O}, Interval = {Interval}, codes = **** }}");
}
