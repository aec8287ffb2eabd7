namespace DeviceCode.Core.Broker;

/// <summary>
/// The credential broker: signs users in at other providers, keeps the tokens, and returns fresh ones. The states of a credential are in
/// <see cref="Credential"/>.
/// </summary>
/// <remarks>
/// Requests to providers and the writes that follow continue when the caller leaves: a token that was issued must be stored. Every method
/// throws <see cref="StoreUnavailableException"/> when the storage or the key ring does not respond.
/// </remarks>
public sealed class CredentialBroker
{
    /// <summary>The default of <c>minimum_seconds</c>.</summary>
    public static readonly TimeSpan DefaultMinimum = TimeSpan.FromSeconds(60);

    /// <summary>The most of <c>minimum_seconds</c>.</summary>
    public static readonly TimeSpan LongestMinimum = TimeSpan.FromHours(1);

    private const int MaxAttempts = 5;

    private static readonly TimeSpan RefusalGrace = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Overdue = TimeSpan.FromMinutes(2);

    private readonly BrokerOptions _options;
    private readonly ICredentialStore _store;
    private readonly IUpstream _upstream;
    private readonly ICredentialAlarm _alarm;
    private readonly IKeyRing _keys;
    private readonly BackgroundWork _background;
    private readonly TimeProvider _time;
    private readonly IBrokerAudit _audit;
    private readonly BrokerLimits _limits;
    private readonly UpstreamRevocation _revocation;
    private readonly CredentialWriter _writer;
    private readonly LoginStep _step;
    private readonly TokenRefresh _refresh;
    private readonly CredentialMaker _maker;
    private readonly BrowserLogins _browser;
    private readonly CommonResults _results;

    /// <summary>Creates the broker.</summary>
    public CredentialBroker(
        BrokerOptions options,
        ICredentialStore store,
        IUpstream upstream,
        ICredentialAlarm alarm,
        IKeyRing keys,
        BackgroundWork background,
        TimeProvider time,
        IBrokerAudit audit)
    {
        (_options, _store, _upstream, _alarm, _keys, _background, _time, _audit) =
            (options, store, upstream, alarm, keys, background, time, audit);
        _limits = new BrokerLimits(options, time);
        _results = new CommonResults(time, audit);
        _revocation = new UpstreamRevocation(options, upstream, keys, alarm, background, time, audit);
        _writer = new CredentialWriter(store, _revocation, time, audit);
        _step = new LoginStep(store, upstream, keys, _writer, _revocation, time, audit);
        _refresh = new TokenRefresh(store, upstream, keys, _writer, background, time, audit);
        _maker = new CredentialMaker(options, store, upstream, alarm, keys, _limits, _revocation, background, _results, time, audit);
        _browser = new BrowserLogins(options, store, upstream, keys, _step, _writer, background, _results, time);
    }

    /// <summary>Returns the providers that a caller may use.</summary>
    public IReadOnlyList<AvailableProvider> ProvidersOf(CredentialOwner owner)
    {
        ArgumentNullException.ThrowIfNull(owner);
        return
        [
            .. from pair in _options.Providers
               where owner.Covers(pair.Key) && owner.MayUse(pair.Value)
               orderby pair.Key
               select new AvailableProvider(
                   pair.Key,
                   pair.Value.Name ?? pair.Key,
                   [.. CredentialGrants.GrantTypesOf(pair.Value.Grants, owner is CredentialOwner.OfUser)],
                   pair.Value.Scopes),
        ];
    }

    /// <summary>
    /// Makes or replaces a credential. Two storage requests and one alarm for a device code; a refresh token costs one more, which proves
    /// that the storage accepts writes.
    /// </summary>
    /// <param name="owner">The caller. A new session is stored with the credential.</param>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public Task<BrokerResult> PutAsync(CredentialOwner owner, CredentialRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(owner);
        ArgumentNullException.ThrowIfNull(request);
        return _maker.MakeAsync(owner, request, cancellationToken);
    }

    /// <summary>
    /// Begins a login in a browser: returns the provider's page. Two storage requests.
    /// </summary>
    /// <param name="user">The signed-in user of our page, who must be the owner.</param>
    /// <param name="handle"><see cref="PendingLogin.BrowserRequest"/>.</param>
    /// <param name="redirectUri">The URL of our page to which the provider sends the user back.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public Task<BrokerResult> ConnectAsync(User user, string handle, Uri redirectUri, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(user);
        ArgumentNullException.ThrowIfNull(handle);
        return _browser.ConnectAsync(user, handle, redirectUri, cancellationToken);
    }

    /// <summary>
    /// Completes a login in a browser. Three storage requests: the insert that makes the state single-use also proves that the tokens can
    /// be stored.
    /// </summary>
    /// <param name="user">The signed-in user of our page, who must be the owner.</param>
    /// <param name="response">The parameters of the redirect.</param>
    /// <param name="cancellationToken">Cancels the wait. The exchange of the code continues.</param>
    public Task<BrokerResult> CompleteAsync(User user, BrowserResponse response, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(user);
        ArgumentNullException.ThrowIfNull(response);
        return _browser.CompleteAsync(user, response, cancellationToken);
    }

    /// <summary>
    /// Returns the access token, refreshed first if it expires too soon. One storage request; two when a poll is due, three with a refresh.
    /// </summary>
    /// <param name="owner">The caller.</param>
    /// <param name="name">The name of the credential.</param>
    /// <param name="minimum">How long the token must be valid, unless the provider issues no fresher one.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public async Task<BrokerResult> ReadAsync(
        CredentialOwner owner, string name, TimeSpan minimum, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(owner);
        if (await FindAsync(owner, name, cancellationToken) is not { } row)
        {
            return CommonResults.NotFound;
        }

        if (CheckPolicy(owner, row) is { } forbidden)
        {
            return forbidden;
        }

        if (row.IsDueAt(_time.GetUtcNow()))
        {
            var step = _background.Run(() => _step.TakeAsync(row, owner, alarmAt: null));
            var (isDone, after) = await _time.WithinAsync(step, Patience.OfReader, cancellationToken);
            if (isDone && after is null)
            {
                return CommonResults.NotFound;
            }

            row = after ?? row;
        }

        return await RespondAsync(owner, row, minimum, cancellationToken);
    }

    /// <summary>
    /// Returns another access token than the one that an API has rejected. However many callers report the same token, there is one
    /// refresh.
    /// </summary>
    /// <param name="owner">The caller.</param>
    /// <param name="name">The name of the credential.</param>
    /// <param name="refused">The rejected access token.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public async Task<BrokerResult> RefuseAsync(
        CredentialOwner owner, string name, string refused, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(owner);
        ArgumentNullException.ThrowIfNull(refused);
        if (await FindAsync(owner, name, cancellationToken) is not { } row)
        {
            return CommonResults.NotFound;
        }

        if (CheckPolicy(owner, row) is { } forbidden)
        {
            return forbidden;
        }

        var sealer = new CredentialSealer(await _keys.ReadAsync(cancellationToken));
        var tokens = row.Status == CredentialStatus.Ready ? sealer.OpenTokens(row, owner) : null;
        if (tokens is null || !ConstantTime.AreEqual(tokens.AccessToken, refused))
        {
            return await RespondAsync(owner, row, DefaultMinimum, cancellationToken);
        }

        if (!row.IsRefreshable)
        {
            return await RefuseLastAsync(row, tokens, cancellationToken);
        }

        var now = _time.GetUtcNow();
        if (row.RefreshedAt + RefusalGrace > now)
        {
            return new BrokerResult.Rejected(
                BrokerError.TooManyRequests,
                "This token was refreshed a moment ago and rejected again, so a new one will not help. Check its scope and the request.")
            {
                RetryAfter = row.RefreshedAt + RefusalGrace - now,
            };
        }

        _audit.Refused(row);
        var (isDone, after) = await _time.WithinAsync(_refresh.RunAsync(row, owner), Patience.OfReader, cancellationToken);
        return !isDone || (after is not null && after.Generation == row.Generation && after.Status == CredentialStatus.Ready)
            ? _results.Delayed(after ?? row)
            : after is null ? CommonResults.NotFound
            : await RespondAsync(owner, after, DefaultMinimum, cancellationToken);
    }

    /// <summary>
    /// Handles the rejection of a token that cannot be refreshed: if the provider does not accept it either, the credential has ended.
    /// </summary>
    private async Task<BrokerResult> RefuseLastAsync(Credential row, CredentialTokens tokens, CancellationToken cancellationToken)
    {
        try
        {
            if (tokens.Account is not null && await _upstream.FindAccountAsync(row.ProviderId, tokens, cancellationToken) is null)
            {
                await _writer.EndAsync(row, BrokerError.InvalidGrant);
                return CommonResults.Ended(BrokerError.InvalidGrant, row.ProviderId);
            }
        }
        catch (UpstreamException)
        {
            return _results.Delayed(row);
        }

        return new BrokerResult.Rejected(
            BrokerError.TooManyRequests,
            $"The provider {row.ProviderId} has issued no refresh token, so there is no other token. Check its scope and the request.")
        {
            RetryAfter = RefusalGrace,
        };
    }

    /// <summary>Returns the caller's credentials. One storage request.</summary>
    public async Task<BrokerResult> ListAsync(CredentialOwner owner, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(owner);
        var owned = await _store.ListAsync(owner.Key, cancellationToken);
        if (owner is CredentialOwner.OfSession && !owned.HasSession)
        {
            return new BrokerResult.Rejected(BrokerError.Unauthorized, "The session does not exist any more.");
        }

        var sealer = new CredentialSealer(await _keys.ReadAsync(cancellationToken));
        return new BrokerResult.Listed(
        [
            .. owned.Credentials.Where(row => owner.Covers(row.ProviderId))
                .Select(row => _results.Summarize(row, owner, sealer))
                .OrderBy(summary => summary.Name, StringComparer.Ordinal),
        ]);
    }

    /// <summary>Deletes a credential, and revokes its tokens at the provider. Two storage requests.</summary>
    public async Task<BrokerResult> DeleteAsync(
        CredentialOwner owner, string name, RequestOrigin origin, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(owner);
        ArgumentNullException.ThrowIfNull(origin);
        if (_limits.CountWrite(origin, owner) is { } tooMany)
        {
            return tooMany;
        }

        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            if (await FindAsync(owner, name, cancellationToken) is not { } row)
            {
                return CommonResults.NotFound;
            }

            if (!owner.Covers(row.ProviderId))
            {
                return CommonResults.InsufficientScope(row.ProviderId);
            }

            if (await TryDeleteAsync(owner, row, cancellationToken) is { } deleted)
            {
                return deleted;
            }
        }

        return CommonResults.Busy;
    }

    /// <summary>Ends a session: deletes all its credentials, and revokes their tokens.</summary>
    public async Task<BrokerResult> EndSessionAsync(
        CredentialOwner owner, RequestOrigin origin, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(owner);
        ArgumentNullException.ThrowIfNull(origin);
        if (owner is not CredentialOwner.OfSession)
        {
            return new BrokerResult.Rejected(
                BrokerError.BadRequest, "Only a session can be ended. Delete the credentials of a user one by one: DELETE /creds/NAME.");
        }

        if (_limits.CountWrite(origin, owner) is { } tooMany)
        {
            return tooMany;
        }

        var (allRevoked, left) = (true, new OwnedCredentials([], HasSession: true));
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            left = await _store.ListAsync(owner.Key, cancellationToken);
            if (!left.HasSession)
            {
                return new BrokerResult.Rejected(BrokerError.Unauthorized, "The session does not exist any more.");
            }

            if (left.Credentials.Count == 0)
            {
                await _store.DeleteSessionAsync(owner.Key, cancellationToken);
                return new BrokerResult.Deleted(allRevoked, ApprovalsPage: null);
            }

            var deleted = await Task.WhenAll(left.Credentials.Select(row => TryDeleteAsync(owner, row, cancellationToken)));
            allRevoked &= deleted.All(result => result?.Revoked != false);
        }

        return CommonResults.Busy;
    }

    /// <summary>Handles an alarm that has arrived. Unknown and malformed texts are ignored.</summary>
    public async Task HandleAlarmAsync(string text, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!CredentialAlarm.TryParse(text, out var alarm))
        {
            return;
        }

        if (alarm.SealedTokens is not null)
        {
            await _revocation.RetryAsync(alarm, cancellationToken);
            return;
        }

        var now = _time.GetUtcNow();
        var row = await _store.FindAsync(alarm.OwnerKey, alarm.NameKey, cancellationToken);
        if (row is not { Status: CredentialStatus.Pending, AlarmAt: { } expected, Pace: { } pace }
            || row.Flow != alarm.Flow
            || expected - now > pace.Wait / 2
            || !_options.Providers.ContainsKey(row.ProviderId))
        {
            // Another chain of alarms is ahead, or the login has ended.
            return;
        }

        // The next alarm is set first, because the queue hides a message whose function failed for ten minutes. While a reader polls, the
        // alarms come less often.
        var isDue = row.IsDueAt(now);
        var delay = LoginStep.AlarmDelay(isDue ? pace.Wait : row.IsRead ? 3 * pace.Wait : row.NextPollAt!.Value - now);
        await _alarm.SetAsync(alarm, delay, cancellationToken);
        if (isDue)
        {
            await _background.Run(() => _step.TakeAsync(row, owner: null, now + delay));
        }
        else
        {
            await _store.TryReplaceAsync(row.PostponeAlarm(now + delay), cancellationToken);
        }
    }

    /// <summary>Sets the alarms of pending logins again whose alarm was lost.</summary>
    /// <returns>The number of alarms.</returns>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var overdue = await _store.FindOverdueAsync(_time.GetUtcNow() - Overdue, cancellationToken);
        foreach (var row in overdue)
        {
            await _alarm.SetAsync(CredentialAlarm.Of(row), TimeSpan.Zero, cancellationToken);
        }

        return overdue.Count;
    }

    /// <summary>Deletes credentials whose retention has ended.</summary>
    /// <returns>The number of deleted rows.</returns>
    public Task<int> PurgeAsync(CancellationToken cancellationToken) => _store.PurgeAsync(_time.GetUtcNow(), cancellationToken);

    private Task<Credential?> FindAsync(CredentialOwner owner, string name, CancellationToken cancellationToken) =>
        CredentialMaker.IsName(name)
            ? _store.FindAsync(owner.Key, owner.KeyOf(name), cancellationToken)
            : Task.FromResult<Credential?>(null);

    /// <summary>Checks what may have changed since the credential was made: the configuration, and the scope of the access token.</summary>
    private BrokerResult? CheckPolicy(CredentialOwner owner, Credential row) =>
        !owner.Covers(row.ProviderId) ? CommonResults.InsufficientScope(row.ProviderId)
        : _options.Providers.TryGetValue(row.ProviderId, out var provider) && owner.MayUse(provider) ? null
        : new BrokerResult.Ended(
            BrokerError.ProviderError, $"The provider {row.ProviderId} is no longer configured for you. Ask the operator of the service.");

    private async Task<BrokerResult> RespondAsync(
        CredentialOwner owner, Credential row, TimeSpan minimum, CancellationToken cancellationToken)
    {
        var sealer = new CredentialSealer(await _keys.ReadAsync(cancellationToken));
        var login = sealer.OpenLogin(row);
        if (!OAuth.Scope.Allows(_options.Providers[row.ProviderId].Scopes, OAuth.Scope.Split(login.Scope)))
        {
            return new BrokerResult.Ended(
                BrokerError.ProviderError, "The operator no longer allows the scope of this credential. Make it again with another scope.");
        }

        switch (row.Status)
        {
            case CredentialStatus.Pending when row.HasLoginExpiredAt(_time.GetUtcNow()):
                return CommonResults.Ended("expired_token", row.ProviderId);
            case CredentialStatus.Pending:
                return _results.Pending(row, login, owner);
            case CredentialStatus.Ended:
                return CommonResults.Ended(row.Error!, row.ProviderId);
        }

        var (now, tokens) = (_time.GetUtcNow(), sealer.OpenTokens(row, owner));
        if (row.HasExpiredAt(now) && !row.IsRefreshable)
        {
            return CommonResults.Ended("expired_token", row.ProviderId);
        }

        if (row.IsFreshFor(minimum, now) || !row.IsRefreshable)
        {
            KeepIfOld(row, tokens, now);
            return _results.Ready(row, login, tokens);
        }

        var (isDone, after) = await _time.WithinAsync(_refresh.RunAsync(row, owner), Patience.OfReader, cancellationToken);
        if (isDone && after is null)
        {
            return CommonResults.NotFound;
        }

        var isRefreshed = after is not null && (after.Generation != row.Generation || after.Flow != row.Flow || after.Status != row.Status);
        return isRefreshed ? await RespondAsync(owner, after!, TimeSpan.Zero, cancellationToken)
            : row.HasExpiredAt(_time.GetUtcNow()) ? _results.Delayed(after ?? row)
            : _results.Ready(row, login, tokens);
    }

    /// <summary>Keeps a credential that is still read, which would otherwise be deleted after a long time without a refresh.</summary>
    private void KeepIfOld(Credential row, CredentialTokens tokens, DateTimeOffset now)
    {
        var kept = row.Keep(tokens, now);
        if (kept.PurgeAfter - row.PurgeAfter >= Credential.UnreadSlack)
        {
            _background.Run(() => _store.TryReplaceAsync(kept, CancellationToken.None));
        }
    }

    /// <returns>Null when the row has changed since it was read.</returns>
    private async Task<BrokerResult.Deleted?> TryDeleteAsync(CredentialOwner owner, Credential row, CancellationToken cancellationToken)
    {
        CredentialTokens? tokens = null;
        if (row.SealedTokens is not null)
        {
            try
            {
                tokens = new CredentialSealer(await _keys.ReadAsync(cancellationToken)).OpenTokens(row, owner);
            }
            catch (StoreUnavailableException unreadable)
            {
                // A credential that does not open can still be deleted.
                _audit.Failed($"The tokens of a deleted credential cannot be revoked. {unreadable.Message}");
            }
        }

        if (!await _store.TryDeleteAsync(row, cancellationToken))
        {
            return null;
        }

        _audit.Deleted(row);
        var provider = _options.Providers.TryGetValue(row.ProviderId, out var configured) ? configured : null;
        var revoked = false;
        if (tokens is not null && provider is { RevokeOnDelete: true })
        {
            var revocation = _background.Run(() => _revocation.RevokeAsync(row, tokens));
            (var isDone, revoked) = await _time.WithinAsync(revocation, Patience.OfReader, cancellationToken);
            revoked &= isDone;
        }

        var page = provider is null || revoked || tokens is null ? null : _upstream.AbilitiesOf(row.ProviderId).ApprovalsPage;
        return new BrokerResult.Deleted(revoked, page);
    }
}
