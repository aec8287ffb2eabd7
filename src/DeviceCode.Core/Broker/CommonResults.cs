namespace DeviceCode.Core.Broker;

/// <summary>The results that several operations have in common.</summary>
internal sealed class CommonResults(TimeProvider time, IBrokerAudit audit)
{
    private static readonly TimeSpan ShortWait = TimeSpan.FromSeconds(2), LongestWait = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan BrowserWait = TimeSpan.FromSeconds(5);

    public static BrokerResult.Rejected NotFound => new(
        BrokerError.NotFound, "There is no credential of this name. Make it with PUT /creds/NAME.");

    public static BrokerResult.Rejected Busy => new(
        BrokerError.Conflict, "Another request changes this credential at the same time. Read it, and try again if that is necessary.");

    public static BrokerResult.Rejected InsufficientScope(string providerId) => new(
        BrokerError.InsufficientScope, $"The access token needs the scope creds or creds:{providerId}. Sign in again with that scope.");

    public static BrokerResult.Ended Ended(string error, string providerId) =>
        new(error, $"{ReasonFor(error, providerId)} Make the credential again.");

    private static string ReasonFor(string error, string providerId) => error switch
    {
        "access_denied" => "The user denied the login.",
        "expired_token" => "The login or the token has expired.",
        "account_mismatch" => "Another account than the required one signed in, and its tokens were revoked.",
        "answer_lost" => $"A response of the provider {providerId} was lost, and with it the tokens.",
        BrokerError.InvalidGrant => $"The provider {providerId} no longer accepts the login.",
        _ => $"The provider {providerId} rejected the login, or its response was not valid.",
    };

    public BrokerResult.Rejected Explain(UpstreamException fault, string providerId)
    {
        switch (fault.Fault)
        {
            case UpstreamFault.InvalidGrant:
                return new(BrokerError.InvalidGrant, $"The provider {providerId} does not accept this refresh token. Sign in again.");
            case UpstreamFault.InvalidScope:
                return new(BrokerError.InvalidScope, $"The provider {providerId} does not grant this scope. Request another one.");
            case UpstreamFault.Denied:
                return new(BrokerError.AccessDenied, $"The provider {providerId} denies the request.");
            case UpstreamFault.Unavailable:
                audit.ProviderSilent(providerId, fault.Message);
                return Silent(providerId) with { RetryAfter = Clamp(fault.RetryAfter ?? ShortWait, ShortWait, LongestWait) };
            default:
                audit.ProviderRejects(providerId, fault.Message);
                return new(
                    BrokerError.ProviderError,
                    $"The provider {providerId} rejects this service, or its response is not valid. Report it to the operator of the "
                        + "service.");
        }
    }

    public static BrokerResult.Rejected Silent(string providerId) => new(
        BrokerError.TemporarilyUnavailable, $"The provider {providerId} does not respond. Try again in a moment.")
    {
        RetryAfter = ShortWait,
    };

    public BrokerResult.Rejected Delayed(Credential row)
    {
        var wait = row.RefreshNotBefore - time.GetUtcNow();
        return new BrokerResult.Rejected(
            BrokerError.TemporarilyUnavailable,
            $"The provider {row.ProviderId} does not respond, so the token cannot be refreshed now. Nothing is lost; try again.")
        {
            RetryAfter = wait > ShortWait ? Clamp(wait.Value, ShortWait, LongestWait) : ShortWait,
        };
    }

    public BrokerResult.Ready Ready(Credential row, CredentialLogin login, CredentialTokens tokens)
    {
        var left = row.ExpiresAt - time.GetUtcNow();
        return new BrokerResult.Ready(
            login.Name, row.ProviderId, tokens, left < TimeSpan.Zero ? TimeSpan.Zero : left, tokens.Scope ?? login.Scope);
    }

    public BrokerResult.Pending Pending(Credential row, CredentialLogin login, CredentialOwner owner)
    {
        var now = time.GetUtcNow();
        var left = row.LoginExpiresAt!.Value - now;
        var interval = row.Pace?.Interval ?? BrowserWait;
        return new BrokerResult.Pending(new PendingLogin
        {
            Name = login.Name,
            ProviderId = row.ProviderId,
            UserCode = login.UserCode,
            VerificationUri = login.VerificationUri,
            VerificationUriComplete = login.VerificationUriComplete,
            BrowserRequest = login.User is null ? null : BrowserHandle.Write(row),
            ExpiresIn = left > TimeSpan.Zero ? left : TimeSpan.Zero,
            Interval = interval,
            RetryAfter = row.NextPollAt is { } next ? Clamp(next - now, TimeSpan.FromSeconds(1), LongestWait) : BrowserWait,
            Session = NewSessionOf(owner),
        });
    }

    /// <summary>Returns the session that this request makes; null when it makes none.</summary>
    public static CredentialSession? NewSessionOf(CredentialOwner owner) =>
        owner is CredentialOwner.OfSession { IsNew: true, Session: var session } ? session : null;

    public CredentialSummary Summarize(Credential row, CredentialOwner owner, CredentialSealer sealer)
    {
        var login = sealer.OpenLogin(row);
        var tokens = row.Status == CredentialStatus.Ready ? sealer.OpenTokens(row, owner) : null;
        var now = time.GetUtcNow();
        var hasExpired = row.HasLoginExpiredAt(now) || (tokens is not null && row.HasExpiredAt(now) && !row.IsRefreshable);
        return new CredentialSummary(
            login.Name,
            row.ProviderId,
            hasExpired ? CredentialStatus.Ended : row.Status,
            tokens?.Account,
            tokens?.Scope ?? login.Scope,
            hasExpired ? "expired_token" : row.Error,
            row.CreatedAt,
            row.RefreshedAt,
            row.Status switch
            {
                CredentialStatus.Pending => row.LoginExpiresAt,
                CredentialStatus.Ready => row.ExpiresAt,
                _ => null,
            });
    }

    private static TimeSpan Clamp(TimeSpan value, TimeSpan least, TimeSpan most) => value < least ? least : value > most ? most : value;
}
