namespace DeviceCode.Core.Broker;

using System.Text.Json.Serialization;

/// <summary>The sealed part of a credential that the service itself can open: the login, without its tokens.</summary>
public sealed record CredentialLogin
{
    /// <summary>The name that the owner chose.</summary>
    public required string Name { get; init; }

    /// <summary>The account that must sign in: an e-mail address, user name or subject; null for any.</summary>
    public string? Account { get; init; }

    /// <summary>The requested scopes, separated by spaces.</summary>
    public required string Scope { get; init; }

    /// <summary>The device code; null for a login in a browser.</summary>
    public string? DeviceCode { get; init; }

    /// <summary>The PKCE verifier of the device code; null without PKCE.</summary>
    public string? CodeVerifier { get; init; }

    /// <summary>The code that the user enters; null when the caller brought its own device code.</summary>
    public string? UserCode { get; init; }

    /// <summary>The page where the user enters the code.</summary>
    public string? VerificationUri { get; init; }

    /// <summary>The same page with the code in its URL; null when the provider sends none.</summary>
    public string? VerificationUriComplete { get; init; }

    /// <summary>For a login in a browser: the user who must sign in with us at both ends.</summary>
    public CredentialUser? User { get; init; }

    /// <summary>
    /// For a login in a browser: the request, as <see cref="IUpstream"/> returned it; null before the user has left for the provider.
    /// </summary>
    public string? BrowserRequest { get; init; }

    /// <summary>For a login in a browser: the value by which the response is recognised.</summary>
    public string? State { get; init; }

    /// <summary>Hides the login.</summary>
    public override string ToString() => "CredentialLogin(****)";
}

/// <summary>The identity of a <see cref="User"/>.</summary>
/// <param name="Subject"><see cref="User.Subject"/>.</param>
/// <param name="TenantId"><see cref="User.TenantId"/>.</param>
public sealed record CredentialUser(string Subject, string TenantId)
{
    /// <summary>Hides the identity.</summary>
    public override string ToString() => "CredentialUser(****)";
}

/// <summary>The sealed part of a credential that only its owner's requests can open: the tokens of the provider.</summary>
public sealed record CredentialTokens
{
    /// <summary>The access token.</summary>
    public required string AccessToken { get; init; }

    /// <summary>The time at which it expires, in UTC; null when it is unknown, or never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The lifetime of access tokens, which applies to a refresh whose response omits it; null when it is unknown.</summary>
    public TimeSpan? Lifetime { get; init; }

    /// <summary>The refresh token; null when there is none.</summary>
    public string? RefreshToken { get; init; }

    /// <summary>The time at which the refresh token expires, in UTC; null when it is unknown.</summary>
    public DateTimeOffset? RefreshTokenExpiresAt { get; init; }

    /// <summary>The granted scopes as the provider returns them; null when it returns none.</summary>
    public string? Scope { get; init; }

    /// <summary>The account that signed in, to display; null when it is unknown.</summary>
    public string? Account { get; init; }

    /// <summary>Hides the tokens.</summary>
    public override string ToString() => "CredentialTokens(****)";
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CredentialLogin))]
[JsonSerializable(typeof(CredentialTokens))]
[JsonSerializable(typeof(CredentialAlarm))]
internal sealed partial class BrokerJson : JsonSerializerContext;
