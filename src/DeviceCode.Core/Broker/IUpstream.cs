namespace DeviceCode.Core.Broker;

/// <summary>The providers, as clients of which the broker signs users in.</summary>
/// <remarks>Every method throws <see cref="UpstreamException"/> when the provider rejects the request or does not respond.</remarks>
public interface IUpstream
{
    /// <summary>Returns the abilities of a provider.</summary>
    UpstreamAbilities AbilitiesOf(string providerId);

    /// <summary>Requests a device code (RFC 8628 §3.1).</summary>
    Task<UpstreamCode> RequestCodeAsync(string providerId, string scope, CancellationToken cancellationToken);

    /// <summary>Returns the pace at which a device code is polled first.</summary>
    UpstreamPace PaceOf(TimeSpan interval);

    /// <summary>Polls once (RFC 8628 §3.4).</summary>
    /// <param name="providerId">The provider.</param>
    /// <param name="deviceCode">The device code.</param>
    /// <param name="codeVerifier">Its PKCE verifier; null without PKCE.</param>
    /// <param name="pace">The pace so far.</param>
    /// <param name="cancellationToken">Cancels the poll.</param>
    Task<UpstreamPoll> PollAsync(
        string providerId, string deviceCode, string? codeVerifier, string pace, CancellationToken cancellationToken);

    /// <summary>Exchanges the refresh token in a single request (RFC 6749 §6).</summary>
    Task<CredentialTokens> RefreshAsync(string providerId, CredentialTokens tokens, CancellationToken cancellationToken);

    /// <summary>Revokes the tokens.</summary>
    /// <returns>False when the provider cannot revoke them.</returns>
    Task<bool> RevokeAsync(string providerId, CredentialTokens tokens, CancellationToken cancellationToken);

    /// <summary>Returns who signed in; null when the provider cannot tell.</summary>
    Task<UpstreamAccount?> FindAccountAsync(string providerId, CredentialTokens tokens, CancellationToken cancellationToken);

    /// <summary>Begins a login in a browser (RFC 6749 §4.1.1).</summary>
    Task<UpstreamBrowserLogin> BeginBrowserLoginAsync(
        string providerId, string scope, Uri redirectUri, string state, CancellationToken cancellationToken);

    /// <summary>Checks the response that the browser brought, and exchanges its code in a single request (RFC 6749 §4.1.3).</summary>
    /// <param name="providerId">The provider.</param>
    /// <param name="request"><see cref="UpstreamBrowserLogin.Request"/>.</param>
    /// <param name="response">The parameters of the redirect.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    Task<CredentialTokens> RedeemAsync(
        string providerId, string request, BrowserResponse response, CancellationToken cancellationToken);
}

/// <summary>The abilities of a provider.</summary>
/// <param name="NamesAccounts">Whether it can tell who signed in.</param>
/// <param name="RevocationEndsAllLogins">Whether revoking one token ends every login of the user with the client (Google).</param>
/// <param name="ApprovalsPage">The page where a user can revoke approvals; null when it is unknown.</param>
public sealed record UpstreamAbilities(bool NamesAccounts, bool RevocationEndsAllLogins, Uri? ApprovalsPage);

/// <summary>A device code of a provider (RFC 8628 §3.2).</summary>
public sealed record UpstreamCode
{
    /// <summary>The device code.</summary>
    public required string DeviceCode { get; init; }

    /// <summary>The PKCE verifier; null without PKCE.</summary>
    public string? CodeVerifier { get; init; }

    /// <summary>The code that the user enters.</summary>
    public required string UserCode { get; init; }

    /// <summary>The page where the user enters it.</summary>
    public required Uri VerificationUri { get; init; }

    /// <summary>The same page with the code in its URL; null when the provider sends none.</summary>
    public Uri? VerificationUriComplete { get; init; }

    /// <summary>The lifetime.</summary>
    public required TimeSpan Lifetime { get; init; }

    /// <summary>The shortest time between two polls.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>Hides the codes.</summary>
    public override string ToString() => "UpstreamCode(****)";
}

/// <summary>When to poll.</summary>
/// <param name="Pace">The pace as a text, to be stored. Not secret.</param>
/// <param name="Interval">The shortest time between two polls that the provider accepts.</param>
/// <param name="Wait">The wait before the next poll.</param>
public sealed record UpstreamPace(string Pace, TimeSpan Interval, TimeSpan Wait);

/// <summary>The outcome of a poll.</summary>
public abstract record UpstreamPoll
{
    private UpstreamPoll()
    {
    }

    /// <summary>The user has not decided, or the poll failed and the next one may succeed.</summary>
    /// <param name="Pace">The pace from now on.</param>
    public sealed record Pending(UpstreamPace Pace) : UpstreamPoll;

    /// <summary>The user has approved.</summary>
    /// <param name="Tokens">The tokens. Most providers return them only once.</param>
    public sealed record Completed(CredentialTokens Tokens) : UpstreamPoll;

    /// <summary>The login has failed for good.</summary>
    /// <param name="Fault">The reason.</param>
    /// <param name="Reason">The same in one sentence, for the operator.</param>
    /// <param name="MayHaveLostAnswer">Whether an earlier poll may have completed the login, and its response was lost.</param>
    public sealed record Failed(UpstreamFault Fault, string Reason, bool MayHaveLostAnswer) : UpstreamPoll;
}

/// <summary>The account that signed in at a provider.</summary>
/// <param name="Subject">Its id at the provider.</param>
/// <param name="Email">The e-mail address; null when the provider does not tell.</param>
/// <param name="Username">The user name; null when the provider does not tell.</param>
public sealed record UpstreamAccount(string Subject, string? Email, string? Username)
{
    /// <summary>The account to display.</summary>
    public string Name => Email ?? Username ?? Subject;

    /// <summary>Whether a text names this account. E-mail addresses and user names are compared without their case.</summary>
    public bool Is(string account) => Subject == account
        || string.Equals(Email, account, StringComparison.OrdinalIgnoreCase)
        || string.Equals(Username, account, StringComparison.OrdinalIgnoreCase);

    /// <summary>Hides the account.</summary>
    public override string ToString() => "UpstreamAccount(****)";
}

/// <summary>A login in a browser that has begun.</summary>
/// <param name="Page">The provider's page.</param>
/// <param name="Request">The secrets that complete the login, as a text.</param>
public sealed record UpstreamBrowserLogin(Uri Page, string Request)
{
    /// <summary>Hides the login.</summary>
    public override string ToString() => "UpstreamBrowserLogin(****)";
}

/// <summary>The parameters with which a provider sends the user back (RFC 6749 §4.1.2), unchecked.</summary>
/// <param name="State">The value by which the login is recognised.</param>
/// <param name="Code">The authorization code; null when the login failed.</param>
/// <param name="Error">The error code; null when it succeeded.</param>
/// <param name="Issuer">The issuer (RFC 9207 §2); null when the provider sends none.</param>
public sealed record BrowserResponse(string State, string? Code, string? Error, string? Issuer)
{
    /// <summary>Hides the parameters.</summary>
    public override string ToString() => "BrowserResponse(****)";
}

/// <summary>The kinds of failure at a provider.</summary>
public enum UpstreamFault
{
    /// <summary>The user denied the request.</summary>
    Denied,

    /// <summary>The code has expired.</summary>
    Expired,

    /// <summary>The provider does not accept the code or the refresh token.</summary>
    InvalidGrant,

    /// <summary>The provider does not grant the scope.</summary>
    InvalidScope,

    /// <summary>The provider rejects our registration, or its response is not valid.</summary>
    Rejected,

    /// <summary>The provider does not respond, or asks to wait.</summary>
    Unavailable,
}

/// <summary>A provider has rejected a request or did not respond. The message has no code, token or secret.</summary>
public sealed class UpstreamException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="fault">The kind of failure.</param>
    /// <param name="message">The problem, in one sentence.</param>
    /// <param name="innerException">The cause; null when there is none.</param>
    public UpstreamException(UpstreamFault fault, string message, Exception? innerException = null)
        : base(message, innerException) => Fault = fault;

    /// <summary>The kind of failure.</summary>
    public UpstreamFault Fault { get; }

    /// <summary>Whether the provider may have executed the request, and its response was lost.</summary>
    public bool MayHaveLostAnswer { get; init; }

    /// <summary>The wait that the provider asks for; null when it asks for none.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
