namespace DeviceCode.Core.OAuth;

/// <summary>The error codes that this service uses (RFC 6749 §5.2, RFC 8628 §3.5, RFC 6750 §3.1).</summary>
public static class OAuthError
{
    /// <summary>A parameter is missing, malformed or repeated (RFC 6749 §5.2).</summary>
    public const string InvalidRequest = "invalid_request";

    /// <summary>The client is unknown, or its authentication failed (RFC 6749 §5.2).</summary>
    public const string InvalidClient = "invalid_client";

    /// <summary>The code or token is unknown, used, expired, revoked or another client's (RFC 6749 §5.2).</summary>
    public const string InvalidGrant = "invalid_grant";

    /// <summary>The client may not use this grant type (RFC 6749 §5.2).</summary>
    public const string UnauthorizedClient = "unauthorized_client";

    /// <summary>The service does not support this grant type (RFC 6749 §5.2).</summary>
    public const string UnsupportedGrantType = "unsupported_grant_type";

    /// <summary>The scope is malformed, or exceeds what is allowed (RFC 6749 §5.2).</summary>
    public const string InvalidScope = "invalid_scope";

    /// <summary>The approver has not decided yet (RFC 8628 §3.5).</summary>
    public const string AuthorizationPending = "authorization_pending";

    /// <summary>The device polled too early (RFC 8628 §3.5).</summary>
    public const string SlowDown = "slow_down";

    /// <summary>The approver denied the request (RFC 8628 §3.5).</summary>
    public const string AccessDenied = "access_denied";

    /// <summary>The codes have expired (RFC 8628 §3.5).</summary>
    public const string ExpiredToken = "expired_token";

    /// <summary>The bearer token is not active (RFC 6750 §3.1).</summary>
    public const string InvalidToken = "invalid_token";
}
