namespace DeviceCode.Client;

using System.Globalization;

/// <summary>
/// The codes of a login that waits for the user (RFC 8628 §3.2). Serialized with <see cref="ClientJson"/>, another process can poll for it.
/// The JSON is a secret, because it is enough to receive the tokens.
/// </summary>
public sealed record DeviceAuthorization
{
    internal static readonly TimeSpan MaxInterval = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan
        DefaultInterval = TimeSpan.FromSeconds(5), MinInterval = TimeSpan.FromSeconds(1),
        DefaultLifetime = TimeSpan.FromMinutes(15), MinLifetime = TimeSpan.FromSeconds(10), MaxLifetime = TimeSpan.FromDays(1);

    /// <summary>The code that the device polls with. Secret.</summary>
    public required string DeviceCode { get; init; }

    /// <summary>The code that the user enters; empty when a login in the browser needs none.</summary>
    public required string UserCode { get; init; }

    /// <summary>The page where the user enters the code; always https or http.</summary>
    public required Uri VerificationUri { get; init; }

    /// <summary>The same page with the code in its URL, for a QR code or a browser; null when the server sends none.</summary>
    public Uri? VerificationUriComplete { get; init; }

    /// <summary>When both codes expire, by this machine's clock; at most a day from now.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The shortest time between two polls: 1 second to 5 minutes; 5 seconds when the server sends none.</summary>
    public required TimeSpan Interval
    {
        get;
        init => field = TimeSpan.FromTicks(Math.Clamp(value.Ticks, MinInterval.Ticks, MaxInterval.Ticks));
    }

    /// <summary>
    /// The provider's own instructions for the user, cleaned of control characters; null when there are none. Microsoft sends them.
    /// </summary>
    public string? Message { get; init; }

    /// <summary>The PKCE verifier of the request (RFC 7636 §4.1); null without PKCE. Secret.</summary>
    public string? CodeVerifier { get; init; }

    /// <summary>
    /// Reads the response of a device authorization endpoint. Missing times are replaced by defaults; others are limited to the allowed
    /// range.
    /// </summary>
    /// <exception cref="DeviceLoginException">The response is an error, or lacks a code or the URL.</exception>
    internal static DeviceAuthorization Read(ServerResponse response, Provider provider, DateTimeOffset now, string? codeVerifier)
    {
        if (!response.IsSuccess || response.Error is not null)
        {
            throw ServerErrors.Of(response, provider);
        }

        var verificationUri = response.Url(OAuthNames.VerificationUri) ?? response.Url(OAuthNames.VerificationUrl);
        if (response.Token(OAuthNames.DeviceCode) is not { } deviceCode
            || response.Line(OAuthNames.UserCode) is not { } userCode
            || verificationUri is null)
        {
            throw new DeviceLoginException(
                DeviceLoginFailure.Protocol,
                $"The response of {provider.Name} lacks a device code, a user code or a verification URL.",
                "Check the provider's device authorization endpoint.");
        }

        return new DeviceAuthorization
        {
            DeviceCode = deviceCode,
            UserCode = userCode,
            VerificationUri = verificationUri,
            VerificationUriComplete = response.Url(OAuthNames.VerificationUriComplete) ?? response.Url(OAuthNames.VerificationUrlComplete),
            ExpiresAt = ExpiryOf(response, now),
            Interval = IntervalOf(response),
            Message = response.Line(OAuthNames.Message),
            CodeVerifier = codeVerifier,
        };
    }

    /// <summary>Returns when the codes in a response expire, within the allowed range.</summary>
    internal static DateTimeOffset ExpiryOf(ServerResponse response, DateTimeOffset now)
    {
        var lifetime = response.Lifetime(OAuthNames.ExpiresIn) ?? DefaultLifetime;
        return now + TimeSpan.FromTicks(Math.Clamp(lifetime.Ticks, MinLifetime.Ticks, MaxLifetime.Ticks));
    }

    /// <summary>Returns the interval in a response.</summary>
    internal static TimeSpan IntervalOf(ServerResponse response) => response.Seconds(OAuthNames.Interval) ?? DefaultInterval;

    /// <summary>Returns a text without the codes.</summary>
    public override string ToString()
    {
        var visible = string.Create(
            CultureInfo.InvariantCulture, $"VerificationUri = {VerificationUri}, ExpiresAt = {ExpiresAt:O}, Interval = {Interval}");
        return $"{nameof(DeviceAuthorization)} {{ {visible}, codes = **** }}";
    }
}
