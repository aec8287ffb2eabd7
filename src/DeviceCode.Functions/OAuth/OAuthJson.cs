namespace DeviceCode.Functions.OAuth;

using System.Text.Json.Serialization;

/// <summary>The responses of <c>/oauth/*</c>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TokenResponse))]
[JsonSerializable(typeof(RevocationResponse))]
[JsonSerializable(typeof(IntrospectionResponse))]
[JsonSerializable(typeof(UserInfoResponse))]
[JsonSerializable(typeof(Metadata))]
internal sealed partial class OAuthJson : JsonSerializerContext;

/// <summary>The token response (RFC 6749 §5.1); times in seconds.</summary>
internal sealed record TokenResponse(string AccessToken, string TokenType, long? ExpiresIn, string? RefreshToken, string Scope);

/// <summary>The revocation response, an empty object: the client ignores the body (RFC 7009 §2.2).</summary>
internal sealed record RevocationResponse;

/// <summary>The introspection response (RFC 7662 §2.2); times in seconds since 1970.</summary>
internal sealed record IntrospectionResponse(bool Active)
{
    public string? Scope { get; init; }

    public string? ClientId { get; init; }

    public string? Username { get; init; }

    public string? TokenType { get; init; }

    public long? Exp { get; init; }

    public long? Iat { get; init; }

    public string? Sub { get; init; }

    public string? Iss { get; init; }
}

/// <summary>The claims of OpenID Connect Core §5.1 that the service knows.</summary>
internal sealed record UserInfoResponse(string Sub)
{
    public string? Email { get; init; }

    public string? Name { get; init; }

    public string? PreferredUsername { get; init; }
}

/// <summary>The authorization server metadata (RFC 8414 §2).</summary>
internal sealed record Metadata(
    string Issuer,
    string TokenEndpoint,
    string DeviceAuthorizationEndpoint,
    string RevocationEndpoint,
    string IntrospectionEndpoint,
    string UserinfoEndpoint,
    IReadOnlyList<string>? ScopesSupported,
    IReadOnlyList<string> ResponseTypesSupported,
    IReadOnlyList<string> GrantTypesSupported,
    IReadOnlyList<string> TokenEndpointAuthMethodsSupported,
    IReadOnlyList<string> RevocationEndpointAuthMethodsSupported,
    IReadOnlyList<string> IntrospectionEndpointAuthMethodsSupported,
    IReadOnlyList<string> CodeChallengeMethodsSupported);
