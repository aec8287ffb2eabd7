namespace DeviceCode.Core.OAuth;

/// <summary>The names of the request parameters that this service reads.</summary>
public static class OAuthParameters
{
    /// <summary>RFC 6749 §2.3.1, RFC 8628 §3.1.</summary>
    public const string ClientId = "client_id";

    /// <summary>RFC 6749 §2.3.1.</summary>
    public const string ClientSecret = "client_secret";

    /// <summary>RFC 6749 §3.3.</summary>
    public const string Scope = "scope";

    /// <summary>RFC 6749 §4.5; its values are in <see cref="GrantTypes"/>.</summary>
    public const string GrantType = "grant_type";

    /// <summary>RFC 6749 §6.</summary>
    public const string RefreshToken = "refresh_token";

    /// <summary>RFC 8628 §3.4.</summary>
    public const string DeviceCode = "device_code";

    /// <summary>RFC 7636 §4.3.</summary>
    public const string CodeChallenge = "code_challenge";

    /// <summary>RFC 7636 §4.3.</summary>
    public const string CodeChallengeMethod = "code_challenge_method";

    /// <summary>RFC 7636 §4.5.</summary>
    public const string CodeVerifier = "code_verifier";

    /// <summary>RFC 7009 §2.1, RFC 7662 §2.1.</summary>
    public const string Token = "token";
}
