namespace DeviceCode.Core.Broker;

/// <summary>
/// Logins in a browser (RFC 6749 §4.1): the user leaves our page for the provider's, and comes back with a code. At both ends, the owner
/// must be signed in with us, so that a user cannot sign in through another user's link.
/// </summary>
internal sealed class BrowserLogins(
    BrokerOptions options,
    ICredentialStore store,
    IUpstream upstream,
    IKeyRing keys,
    LoginStep step,
    CredentialWriter writer,
    BackgroundWork background,
    CommonResults results,
    TimeProvider time)
{
    // The same for an unknown, a used and an expired login, so that it reveals nothing.
    private static BrokerResult.Rejected Invalid => new(
        BrokerError.BadRequest, "This login is unknown, expired or already complete. Start it again on the command line.");

    private static BrokerResult.Rejected AnotherUser => new(
        BrokerError.AccessDenied, "Another user has started this login. Sign in as that user, or start the login again.");

    /// <summary>Begins a login, or begins it again.</summary>
    public async Task<BrokerResult> ConnectAsync(User user, string handle, Uri redirectUri, CancellationToken cancellationToken)
    {
        var sealer = new CredentialSealer(await keys.ReadAsync(cancellationToken));
        if (await FindAsync(handle, cancellationToken) is not { } row)
        {
            return Invalid;
        }

        var login = sealer.OpenLogin(row);
        if (!IsOwner(user, login))
        {
            return AnotherUser;
        }

        try
        {
            var state = BrowserHandle.NewState(row);
            var begun = await upstream.BeginBrowserLoginAsync(row.ProviderId, login.Scope, redirectUri, state, cancellationToken);
            login = login with { State = state, BrowserRequest = begun.Request };
            return await store.TryReplaceAsync(row.LeaveForProvider(sealer.SealLogin(row, login)), cancellationToken) is null
                ? CommonResults.Busy
                : new BrokerResult.Leave(begun.Page);
        }
        catch (UpstreamException fault)
        {
            return results.Explain(fault, row.ProviderId);
        }
    }

    /// <summary>Completes a login.</summary>
    public async Task<BrokerResult> CompleteAsync(User user, BrowserResponse response, CancellationToken cancellationToken)
    {
        var sealer = new CredentialSealer(await keys.ReadAsync(cancellationToken));
        if (await FindAsync(response.State, cancellationToken) is not { } row)
        {
            return Invalid;
        }

        var login = sealer.OpenLogin(row);
        if (!BrowserHandle.AreEqual(response.State, login.State))
        {
            return Invalid;
        }

        if (!IsOwner(user, login))
        {
            return AnotherUser;
        }

        if (await store.AddMarkAsync(CredentialMark.Use(row, response.State, time.GetUtcNow()), cancellationToken) is not null)
        {
            return Invalid;
        }

        // A code can be used only once, so its exchange continues and is stored even if the user leaves.
        var redemption = background.Run(() => RedeemAsync(row, login, response, sealer));
        var (isDone, result) = await time.WithinAsync(redemption, Patience.OfRequest, cancellationToken);
        return isDone ? result! : CommonResults.Silent(row.ProviderId);
    }

    private async Task<BrokerResult> RedeemAsync(
        Credential row, CredentialLogin login, BrowserResponse response, CredentialSealer sealer)
    {
        CredentialTokens tokens;
        try
        {
            tokens = await upstream.RedeemAsync(row.ProviderId, login.BrowserRequest!, response, CancellationToken.None);
        }
        catch (UpstreamException fault) when (fault.Fault == UpstreamFault.Denied)
        {
            await writer.EndAsync(row, "access_denied");
            return new BrokerResult.Rejected(BrokerError.AccessDenied, $"The login at the provider {row.ProviderId} was declined.");
        }
        catch (UpstreamException fault) when (fault.Fault == UpstreamFault.InvalidGrant)
        {
            // Such as a wrong issuer. The login stays pending, so the user can begin it again.
            return Invalid;
        }
        catch (UpstreamException fault)
        {
            return results.Explain(fault, row.ProviderId);
        }

        var stored = await step.CompleteAsync(row, login, tokens, sealer);
        return stored switch
        {
            { Status: CredentialStatus.Ready } when stored.Flow == row.Flow =>
                new BrokerResult.Authorized(sealer.OpenTokens(stored, owner: null).Account),
            { Status: CredentialStatus.Ended, Error: "account_mismatch" } when stored.Flow == row.Flow => new BrokerResult.Rejected(
                BrokerError.AccessDenied,
                "Another account than the required one signed in, and its tokens were revoked. Start the login again."),
            { AwaitsAccount: true } when stored.Flow == row.Flow => CommonResults.Silent(row.ProviderId),
            _ => Invalid,
        };
    }

    private async Task<Credential?> FindAsync(string text, CancellationToken cancellationToken) =>
        BrowserHandle.TryRead(text) is var (ownerKey, nameKey, flow)
        && await store.FindAsync(ownerKey, nameKey, cancellationToken) is { Status: CredentialStatus.Pending } row
        && row is { Pace: null, AwaitsAccount: false }
        && row.Flow == flow
        && row.LoginExpiresAt > time.GetUtcNow()
        && options.Providers.ContainsKey(row.ProviderId)
            ? row
            : null;

    private static bool IsOwner(User user, CredentialLogin login) =>
        login.User is { } owner && owner.Subject == user.Subject && owner.TenantId == user.TenantId;
}
