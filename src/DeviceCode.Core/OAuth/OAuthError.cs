namespace DeviceCode.Core.OAuth;

/// <summary>The error codes of RFC 6749 §5.2, RFC 8628 §3.5 and RFC 6750 §3.1 that are used here.</summary>
public static class OAuthError
{
    /// <summary>A parameter is missing, malformed or repeated.</summary>
    public const string InvalidRequest = "invalid_request";

    /// <summary>Client authentication failed, or the client is unknown.</summary>
    public const string InvalidClient = "invalid_client";

    /// <summary>The code or token is unknown, used, expired, revoked or another client's.</summary>
    public const string InvalidGrant = "invalid_grant";

    /// <summary>The client may not use this grant.</summary>
    public const string UnauthorizedClient = "unauthorized_client";

    /// <summary>There is no such grant here.</summary>
    public const string UnsupportedGrantType = "unsupported_grant_type";

    /// <summary>The scope is malformed, or more than is allowed.</summary>
    public const string InvalidScope = "invalid_scope";

    /// <summary>Nobody has decided yet.</summary>
    public const string AuthorizationPending = "authorization_pending";

    /// <summary>Polled too early.</summary>
    public const string SlowDown = "slow_down";

    /// <summary>The person said no.</summary>
    public const string AccessDenied = "access_denied";

    /// <summary>The code's time is over.</summary>
    public const string ExpiredToken = "expired_token";

    /// <summary>The bearer token is no good (RFC 6750 §3.1).</summary>
    public const string InvalidToken = "invalid_token";
}
