namespace DeviceCode.Core.OAuth;

/// <summary>What the token endpoint answers (RFC 6749 §5).</summary>
public abstract record TokenResult
{
    private TokenResult()
    {
    }

    /// <summary>The tokens (RFC 6749 §5.1).</summary>
    /// <param name="GrantId">The grant they belong to.</param>
    /// <param name="AccessToken">The access token.</param>
    /// <param name="ExpiresIn">How long it lives; null for ever.</param>
    /// <param name="RefreshToken">The refresh token; null when there is none.</param>
    /// <param name="Scope">What the access token is good for.</param>
    public sealed record Issued(Guid GrantId, Token AccessToken, TimeSpan? ExpiresIn, Token? RefreshToken, string Scope) : TokenResult
    {
        /// <summary>The device authorization that was redeemed; null for a refresh.</summary>
        public Guid? AuthorizationId { get; init; }

        /// <summary>Whether these tokens were given out before, and the answer lost.</summary>
        public bool IsRepeated { get; init; }
    }

    /// <summary>An error (RFC 6749 §5.2, RFC 8628 §3.5).</summary>
    /// <param name="Error">One of <see cref="OAuthError"/>.</param>
    /// <param name="Description">One sentence that helps.</param>
    public sealed record Refused(string Error, string Description) : TokenResult
    {
        /// <summary>The time to keep between polls from now on, for <c>slow_down</c>.</summary>
        public TimeSpan? Interval { get; init; }

        /// <summary>What an operator should hear of, because it looks like theft; null for what just happens.</summary>
        public string? Incident { get; init; }
    }
}
