namespace DeviceCode.Core.OAuth;

using DeviceCode.Core.Devices;

/// <summary>The result of a request to the token endpoint (RFC 6749 §5).</summary>
public abstract record TokenResult
{
    private TokenResult()
    {
    }

    /// <summary>The tokens (RFC 6749 §5.1).</summary>
    /// <param name="GrantId">The grant of the tokens.</param>
    /// <param name="AccessToken">The access token.</param>
    /// <param name="ExpiresIn">The lifetime of the access token; null when it does not expire.</param>
    /// <param name="RefreshToken">The refresh token; null for none.</param>
    /// <param name="Scope">The scope of the access token.</param>
    public sealed record Issued(Guid GrantId, Token AccessToken, TimeSpan? ExpiresIn, Token? RefreshToken, string Scope) : TokenResult
    {
        /// <summary>The device authorization that was redeemed; null for a refresh.</summary>
        public Guid? AuthorizationId { get; init; }

        /// <summary>Whether this repeats the response to an earlier redemption.</summary>
        public bool IsRepeated { get; init; }

        /// <summary>The device authorization to confirm once the response is sent; null for none.</summary>
        internal DeviceAuthorization? ToConfirm { get; init; }
    }

    /// <summary>An error (RFC 6749 §5.2, RFC 8628 §3.5).</summary>
    /// <param name="Error">One of the codes in <see cref="OAuthError"/>.</param>
    /// <param name="Description">One sentence for the developer of the client.</param>
    public sealed record Refused(string Error, string Description) : TokenResult
    {
        /// <summary>For <c>slow_down</c>, the time to wait between polls from now on.</summary>
        public TimeSpan? Interval { get; init; }

        /// <summary>The incident to log, because it may be theft; null for ordinary errors.</summary>
        public Incident? Incident { get; init; }
    }
}

/// <summary>A request that may be an attack.</summary>
/// <param name="Kind">The kind of incident.</param>
/// <param name="ClientId">The client that made the request.</param>
public sealed record Incident(IncidentKind Kind, string ClientId)
{
    /// <summary>The grant; null when there is none yet.</summary>
    public Guid? GrantId { get; init; }

    /// <summary>The device authorization; null for a refresh.</summary>
    public Guid? AuthorizationId { get; init; }
}

/// <summary>The kinds of <see cref="Incident"/>. Their names appear in logs.</summary>
public enum IncidentKind
{
    /// <summary>A refresh token was used again long after it was exchanged, and its grant is revoked (RFC 9700 §4.14.2).</summary>
    SpentRefreshTokenReused,

    /// <summary>A device code was presented with a wrong <c>code_verifier</c> (RFC 7636 §4.6).</summary>
    WrongCodeVerifier,
}
