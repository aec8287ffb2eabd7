namespace DeviceCode.Core.Broker;

/// <summary>The error codes of the broker, as the HTTP contract spells them.</summary>
public static class BrokerError
{
    /// <summary>A member of the request is missing or invalid.</summary>
    public const string BadRequest = "bad_request";

    /// <summary>The provider is not configured for this caller.</summary>
    public const string UnknownProvider = "unknown_provider";

    /// <summary>The provider is not configured for this grant.</summary>
    public const string UnsupportedGrantType = "unsupported_grant_type";

    /// <summary>The scope is malformed, or exceeds what is configured.</summary>
    public const string InvalidScope = "invalid_scope";

    /// <summary>The provider does not accept the refresh token.</summary>
    public const string InvalidGrant = "invalid_grant";

    /// <summary>Another user than the owner, or another account than the required one.</summary>
    public const string AccessDenied = "access_denied";

    /// <summary>The access token does not cover the provider.</summary>
    public const string InsufficientScope = "insufficient_scope";

    /// <summary>The session does not exist, or a login is necessary.</summary>
    public const string Unauthorized = "unauthorized";

    /// <summary>The credential never existed, is deleted, or belongs to another owner.</summary>
    public const string NotFound = "not_found";

    /// <summary>The name exists, and the request must not replace it.</summary>
    public const string AlreadyExists = "already_exists";

    /// <summary>Another request has changed the credential at the same time.</summary>
    public const string Conflict = "conflict";

    /// <summary>A limit is reached.</summary>
    public const string TooManyRequests = "too_many_requests";

    /// <summary>The provider rejects our registration, or its response is not valid.</summary>
    public const string ProviderError = "provider_error";

    /// <summary>The provider does not respond.</summary>
    public const string TemporarilyUnavailable = "temporarily_unavailable";
}

/// <summary>The result of a request to the broker.</summary>
public abstract record BrokerResult
{
    private BrokerResult()
    {
    }

    /// <summary>The request is rejected, and changes nothing.</summary>
    /// <param name="Error">One of the codes in <see cref="BrokerError"/>.</param>
    /// <param name="Description">The problem and the fix, in one or two sentences.</param>
    public sealed record Rejected(string Error, string Description) : BrokerResult
    {
        /// <summary>When to try again; null where that does not help.</summary>
        public TimeSpan? RetryAfter { get; init; }
    }

    /// <summary>The user has not signed in at the provider yet.</summary>
    /// <param name="Login">The login.</param>
    public sealed record Pending(PendingLogin Login) : BrokerResult;

    /// <summary>There are tokens.</summary>
    /// <param name="Name">The name of the credential.</param>
    /// <param name="ProviderId">The provider.</param>
    /// <param name="Tokens">The tokens. Only the access token may be returned to the caller.</param>
    /// <param name="ExpiresIn">The time for which the access token is valid; null when it is unknown, or it does not expire.</param>
    /// <param name="Scope">The granted scopes.</param>
    public sealed record Ready(string Name, string ProviderId, CredentialTokens Tokens, TimeSpan? ExpiresIn, string Scope) : BrokerResult
    {
        /// <summary>The session, if this request has made one.</summary>
        public CredentialSession? Session { get; init; }
    }

    /// <summary>The credential has ended.</summary>
    /// <param name="Error">The reason.</param>
    /// <param name="Description">The problem and the fix, in one or two sentences.</param>
    public sealed record Ended(string Error, string Description) : BrokerResult;

    /// <summary>The credential is deleted.</summary>
    /// <param name="Revoked">Whether its tokens are revoked at the provider.</param>
    /// <param name="ApprovalsPage">The page where the user can revoke the approval; null when it is unknown or not needed.</param>
    public sealed record Deleted(bool Revoked, Uri? ApprovalsPage) : BrokerResult;

    /// <summary>The credentials of the owner.</summary>
    /// <param name="Credentials">The credentials, by name.</param>
    public sealed record Listed(IReadOnlyList<CredentialSummary> Credentials) : BrokerResult;

    /// <summary>A login in a browser is complete.</summary>
    /// <param name="Account">The account that signed in; null when it is unknown.</param>
    public sealed record Authorized(string? Account) : BrokerResult
    {
        /// <summary>Hides the account.</summary>
        public override string ToString() => "Authorized(****)";
    }

    /// <summary>The user must leave for the provider's page.</summary>
    /// <param name="RedirectUri">The page.</param>
    public sealed record Leave(Uri RedirectUri) : BrokerResult
    {
        /// <summary>Hides the URL, which contains the state.</summary>
        public override string ToString() => "Leave(****)";
    }
}

/// <summary>A login that waits for its user.</summary>
public sealed record PendingLogin
{
    /// <summary>The name of the credential.</summary>
    public required string Name { get; init; }

    /// <summary>The provider.</summary>
    public required string ProviderId { get; init; }

    /// <summary>The code that the user enters; null for a login in a browser, or with the caller's own code.</summary>
    public string? UserCode { get; init; }

    /// <summary>The page where the user enters it.</summary>
    public string? VerificationUri { get; init; }

    /// <summary>The same page with the code in its URL.</summary>
    public string? VerificationUriComplete { get; init; }

    /// <summary>For a login in a browser: the handle of the login on our page.</summary>
    public string? BrowserRequest { get; init; }

    /// <summary>The time until the login expires.</summary>
    public required TimeSpan ExpiresIn { get; init; }

    /// <summary>The interval of the polls.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>The time after which a reader learns more.</summary>
    public required TimeSpan RetryAfter { get; init; }

    /// <summary>The session, if this request has made one.</summary>
    public CredentialSession? Session { get; init; }

    /// <summary>Hides the codes.</summary>
    public override string ToString() => "PendingLogin(****)";
}

/// <summary>A credential in a list.</summary>
/// <param name="Name">The name.</param>
/// <param name="ProviderId">The provider.</param>
/// <param name="Status">The state.</param>
/// <param name="Account">The account that signed in; null when it is unknown.</param>
/// <param name="Scope">The granted scopes; before, the requested ones.</param>
/// <param name="Error">The reason for which it has ended; null when it has not.</param>
/// <param name="CreatedAt">The time of the PUT.</param>
/// <param name="RefreshedAt">The time of the last refresh; null before the first one.</param>
/// <param name="ExpiresAt">The time at which the access token expires, or the pending login; null when it is unknown, or never.</param>
public sealed record CredentialSummary(
    string Name,
    string ProviderId,
    CredentialStatus Status,
    string? Account,
    string Scope,
    string? Error,
    DateTimeOffset CreatedAt,
    DateTimeOffset? RefreshedAt,
    DateTimeOffset? ExpiresAt)
{
    /// <summary>Hides the account.</summary>
    public override string ToString() => "CredentialSummary(****)";
}

/// <summary>A provider that a caller may use.</summary>
/// <param name="Id">The id.</param>
/// <param name="Name">The name to display.</param>
/// <param name="Grants">The values of <c>grant_type</c>.</param>
/// <param name="Scopes">The scopes that may be requested.</param>
public sealed record AvailableProvider(string Id, string Name, IReadOnlyList<string> Grants, string Scopes);

/// <summary>A request to make or replace a credential.</summary>
/// <param name="Name">The name.</param>
/// <param name="Origin">The origin of the request, by which limits count.</param>
public sealed record CredentialRequest(string Name, RequestOrigin Origin)
{
    /// <summary>The value of <c>grant_type</c>.</summary>
    public required string GrantType { get; init; }

    /// <summary>The provider's id; null for the name.</summary>
    public string? ProviderId { get; init; }

    /// <summary>The account that must sign in; null for any.</summary>
    public string? Account { get; init; }

    /// <summary>The requested scopes; null for the default ones.</summary>
    public string? Scope { get; init; }

    /// <summary>The device code that the caller already has; null for a new one.</summary>
    public string? DeviceCode { get; init; }

    /// <summary>Its PKCE verifier; null without PKCE.</summary>
    public string? CodeVerifier { get; init; }

    /// <summary>The interval of its polls; null for 5 seconds.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>Its remaining lifetime; null for 15 minutes.</summary>
    public TimeSpan? ExpiresIn { get; init; }

    /// <summary>The refresh token to import.</summary>
    public string? RefreshToken { get; init; }

    /// <summary>Whether an existing credential must not be replaced.</summary>
    public bool MustBeNew { get; init; }

    /// <summary>Hides the secrets.</summary>
    public override string ToString() => "CredentialRequest(****)";
}
