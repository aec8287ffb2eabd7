namespace DeviceCode.Client;

/// <summary>
/// A login in a browser that has begun (RFC 6749 §4.1.1). Serialized with <see cref="ClientJson"/>, another process can complete it. The
/// JSON is a secret.
/// </summary>
public sealed record AuthorizationRequest
{
    /// <summary>The provider's page that the user's browser must open. It contains <see cref="State"/>.</summary>
    public required Uri AuthorizationUri { get; init; }

    /// <summary>The URL to which the provider sends the user back; registered there for the client.</summary>
    public required Uri RedirectUri { get; init; }

    /// <summary>The random value by which the response is recognised (RFC 6749 §10.12). Secret.</summary>
    public required string State { get; init; }

    /// <summary>The PKCE verifier (RFC 7636 §4.1). Secret.</summary>
    public required string CodeVerifier { get; init; }

    /// <summary>Returns a text without the secrets.</summary>
    public override string ToString() => $"{nameof(AuthorizationRequest)} {{ RedirectUri = {RedirectUri}, secrets = **** }}";
}

/// <summary>The parameters with which the provider sends the user back (RFC 6749 §4.1.2), unchecked.</summary>
public sealed record AuthorizationResponse
{
    /// <summary>The value of <c>state</c>.</summary>
    public string? State { get; init; }

    /// <summary>The authorization code; null when the login failed. Secret.</summary>
    public string? Code { get; init; }

    /// <summary>The error code (RFC 6749 §4.1.2.1); null when the login succeeded.</summary>
    public string? Error { get; init; }

    /// <summary>The provider's description of the error.</summary>
    public string? ErrorDescription { get; init; }

    /// <summary>The issuer of the response (RFC 9207 §2); null when the provider sends none.</summary>
    public string? Issuer { get; init; }

    /// <summary>Returns a text without the secrets.</summary>
    public override string ToString() => $"{nameof(AuthorizationResponse)} {{ secrets = **** }}";
}
