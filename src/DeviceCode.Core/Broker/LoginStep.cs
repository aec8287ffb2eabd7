namespace DeviceCode.Core.Broker;

using System.Diagnostics;

/// <summary>
/// One step of a pending login: at most one poll, whose result is stored. It is taken by a reader, by an alarm, or both; the row decides
/// whether it is due.
/// </summary>
internal sealed class LoginStep(
    ICredentialStore store,
    IUpstream upstream,
    IKeyRing keys,
    CredentialWriter writer,
    UpstreamRevocation revocation,
    TimeProvider time,
    IBrokerAudit audit)
{
    private const int AccountAttempts = 2;

    /// <summary>Takes the step, if it is due.</summary>
    /// <param name="row">The row as it was read.</param>
    /// <param name="owner">The owner who reads; null for an alarm.</param>
    /// <param name="alarmAt">The time of the next alarm; null when an alarm does not cause the step.</param>
    /// <returns>The row afterwards; null when it is gone.</returns>
    public async Task<Credential?> TakeAsync(Credential row, CredentialOwner? owner, DateTimeOffset? alarmAt)
    {
        var now = time.GetUtcNow();
        if (!row.IsDueAt(now) || (row.AwaitsAccount && owner is null && !CredentialSealer.OpensWithoutOwner(row)))
        {
            return row;
        }

        var sealer = new CredentialSealer(await keys.ReadAsync(CancellationToken.None));
        var login = sealer.OpenLogin(row);
        if (await store.TryReplaceAsync(row.ReservePoll(now, alarmAt), CancellationToken.None) is not { } reserved)
        {
            // Another instance polls.
            return await store.FindAsync(row.OwnerKey, row.NameKey, CancellationToken.None);
        }

        if (reserved.AwaitsAccount)
        {
            return await CompleteAsync(reserved, login, sealer.OpenTokens(reserved, owner), sealer);
        }

        return await upstream.PollAsync(
            row.ProviderId, login.DeviceCode!, login.CodeVerifier, row.Pace!.Pace, CancellationToken.None) switch
        {
            UpstreamPoll.Completed(var tokens) => await CompleteAsync(reserved, login, tokens, sealer),
            UpstreamPoll.Failed { Fault: UpstreamFault.InvalidGrant } when now >= row.LoginExpiresAt =>
                await writer.EndAsync(reserved, "expired_token"),
            UpstreamPoll.Failed failed => await FailAsync(reserved, failed),
            UpstreamPoll.Pending when now >= row.LoginExpiresAt => await writer.EndAsync(reserved, "expired_token"),
            UpstreamPoll.Pending(var pace) when pace.Pace == row.Pace.Pace => reserved,
            UpstreamPoll.Pending(var pace) =>
                await store.TryReplaceAsync(reserved.ChangePace(pace, time.GetUtcNow()), CancellationToken.None) ?? reserved,
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>Stores the tokens of a login, once the account that signed in is known to be the right one.</summary>
    /// <returns>The row afterwards; null when it is gone.</returns>
    public async Task<Credential?> CompleteAsync(Credential row, CredentialLogin login, CredentialTokens tokens, CredentialSealer sealer)
    {
        var (account, isKnown) = await FindAccountAsync(row.ProviderId, tokens);
        if (login.Account is { } required && isKnown && account?.Is(required) != true)
        {
            revocation.RevokeInBackground(row, tokens);
            return await writer.EndAsync(row, "account_mismatch");
        }

        var now = time.GetUtcNow();
        if (login.Account is not null && !isKnown && row.HasAccountTimeExpiredAt(now))
        {
            revocation.RevokeInBackground(row, tokens);
            return await writer.EndAsync(row, BrokerError.ProviderError);
        }

        tokens = tokens with { Account = account?.Name };
        byte[] box;
        try
        {
            box = sealer.SealTokens(row, row.Generation, tokens);
        }
        catch (UpstreamException)
        {
            revocation.RevokeInBackground(row, tokens);
            return await writer.EndAsync(row, "provider_error");
        }

        var isBound = login.Account is null || isKnown;
        var (stored, isMine) = await writer.WriteAsync(
            row, current => isBound ? current.Bind(tokens, box, now) : current.AwaitAccount(tokens, box, now), tokens);
        if (isMine && isBound)
        {
            audit.Bound(stored!, account is null ? null : sealer.Ring.AliasOf($"{row.ProviderId} {account.Subject}"));
        }

        return stored;
    }

    private Task<Credential?> FailAsync(Credential row, UpstreamPoll.Failed failed)
    {
        if (failed.Fault == UpstreamFault.Rejected)
        {
            audit.ProviderRejects(row.ProviderId, failed.Reason);
        }

        return writer.EndAsync(row, ErrorOf(failed.Fault, failed.MayHaveLostAnswer));
    }

    /// <summary>
    /// Returns the delay of an alarm for a poll: in whole seconds, as the queue counts, and a little later than the poll is due.
    /// </summary>
    public static TimeSpan AlarmDelay(TimeSpan wait) => TimeSpan.FromSeconds(Math.Ceiling(wait.TotalSeconds) + 1);

    /// <summary>Returns the error code of a login that failed at the provider.</summary>
    public static string ErrorOf(UpstreamFault fault, bool mayHaveLostAnswer) => fault switch
    {
        UpstreamFault.Denied => "access_denied",
        UpstreamFault.Expired => "expired_token",
        UpstreamFault.InvalidGrant => mayHaveLostAnswer ? "answer_lost" : "invalid_grant",
        _ => "provider_error",
    };

    // Not known: the provider does not respond.
    private async Task<(UpstreamAccount? Account, bool IsKnown)> FindAccountAsync(string providerId, CredentialTokens tokens)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return (await upstream.FindAccountAsync(providerId, tokens, CancellationToken.None), true);
            }
            catch (UpstreamException) when (attempt < AccountAttempts)
            {
                // A first request to another host of the provider can fail for reasons of its own.
            }
            catch (UpstreamException)
            {
                return (null, false);
            }
        }
    }
}
