namespace DeviceCode.Core.Broker;

/// <summary>Revokes tokens at their provider. A revocation that fails is repeated by alarms for a day.</summary>
internal sealed class UpstreamRevocation(
    BrokerOptions options,
    IUpstream upstream,
    IKeyRing keys,
    ICredentialAlarm alarm,
    BackgroundWork background,
    TimeProvider time,
    IBrokerAudit audit)
{
    private static readonly TimeSpan RetriedFor = TimeSpan.FromDays(1);
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMinutes(1), LongestDelay = TimeSpan.FromHours(2);

    /// <summary>Revokes tokens, once now and in the background if that fails.</summary>
    /// <param name="row">The credential of the tokens, which may be deleted already.</param>
    /// <param name="tokens">The tokens.</param>
    /// <returns>Whether the provider has revoked them.</returns>
    public async Task<bool> RevokeAsync(Credential row, CredentialTokens tokens)
    {
        if (!options.Providers.ContainsKey(row.ProviderId))
        {
            return false;
        }

        try
        {
            var revoked = await upstream.RevokeAsync(row.ProviderId, tokens, CancellationToken.None);
            audit.Revoked(row.ProviderId, row.OwnerKey, revoked);
            return revoked;
        }
        catch (UpstreamException)
        {
            return await RetryLaterAsync(row, tokens);
        }
    }

    /// <summary>Revokes tokens in the background.</summary>
    public void RevokeInBackground(Credential row, CredentialTokens tokens) => background.Run(() => RevokeAsync(row, tokens));

    /// <summary>Handles an alarm.</summary>
    public async Task RetryAsync(CredentialAlarm due, CancellationToken cancellationToken)
    {
        if (due.ProviderId is not { } providerId || !options.Providers.ContainsKey(providerId))
        {
            return;
        }

        var tokens = new CredentialSealer(await keys.ReadAsync(cancellationToken)).OpenForRevocation(due);
        try
        {
            audit.Revoked(providerId, due.OwnerKey, await upstream.RevokeAsync(providerId, tokens, cancellationToken));
        }
        catch (UpstreamException) when (time.GetUtcNow() < due.Until)
        {
            await SetAsync(due with { Attempts = due.Attempts + 1 }, cancellationToken);
        }
        catch (UpstreamException)
        {
            audit.Revoked(providerId, due.OwnerKey, revoked: false);
        }
    }

    /// <returns>False, because nothing is revoked yet.</returns>
    private async Task<bool> RetryLaterAsync(Credential row, CredentialTokens tokens)
    {
        try
        {
            await SetRetryAsync(row, tokens);
        }
        catch (StoreUnavailableException fault)
        {
            audit.Failed($"Neither the provider {row.ProviderId} nor the queue responds, so tokens are not revoked. {fault.Message}");
        }

        return false;
    }

    private async Task SetRetryAsync(Credential row, CredentialTokens tokens)
    {
        var sealer = new CredentialSealer(await keys.ReadAsync(CancellationToken.None));

        // Most providers end both tokens with the refresh token, and an access token can be too long for a queue.
        var needed = tokens.RefreshToken is null ? tokens : tokens with { AccessToken = Shortened(tokens.AccessToken) };
        await SetAsync(
            CredentialAlarm.Of(row) with
            {
                ProviderId = row.ProviderId,
                SealedTokens = sealer.SealForRevocation(row, needed),
                Until = time.GetUtcNow() + RetriedFor,
            },
            CancellationToken.None);
    }

    private static string Shortened(string accessToken) => accessToken.Length <= 16 * 1024 ? accessToken : "";

    private async Task SetAsync(CredentialAlarm later, CancellationToken cancellationToken)
    {
        var delay = FirstDelay * Math.Pow(2, Math.Min(later.Attempts, 10));
        await alarm.SetAsync(later, delay < LongestDelay ? delay : LongestDelay, cancellationToken);
    }
}
