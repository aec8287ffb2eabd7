namespace DeviceCode.Core.OAuth;

using System.Diagnostics;
using DeviceCode.Core.Bookkeeping;
using DeviceCode.Core.Devices;

/// <summary>
/// Issues tokens for an approved device code (RFC 8628 §3.4), and refreshes (RFC 6749 §6), revokes (RFC 7009) and introspects
/// (RFC 7662) them.
/// </summary>
public sealed class TokenService(
    DeviceAuthorizationService devices,
    IGrantStore grants,
    ClientRegistry clients,
    OAuthOptions options,
    TimeProvider time,
    DeviceMetrics metrics)
{
    // Bounds the memory that reported incidents can take.
    private const int MaxIncidents = 100_000;

    private readonly ExpiringSet<Guid> _reported = new(MaxIncidents);
    private readonly GrantRetry _retry = new(time);

    private static TokenResult.Refused InvalidCode => new(
        OAuthError.InvalidGrant, "This device_code is unknown, used, or another client's. Request a new one.");

    private static TokenResult.Refused InvalidVerifier => new(
        OAuthError.InvalidGrant,
        "The code_verifier does not match the code_challenge of this device_code. Send the code_verifier of the request for the code.");

    private static TokenResult.Refused NoChallenge => new(
        OAuthError.InvalidGrant,
        "This device_code was requested without a code_challenge, so a code_verifier does not protect it. "
            + "Request a new code with a code_challenge, or leave the code_verifier out.");

    private static TokenResult.Refused NoScopeLeft => new(
        OAuthError.InvalidGrant, "This client may no longer have any of the granted scopes. Sign in again.");

    private static TokenResult.Refused InvalidToken => new(
        OAuthError.InvalidGrant, "This refresh_token is unknown, expired, revoked, used, or another client's. Sign in again.");

    private static TokenResult.Refused LoginEnded => new(
        OAuthError.InvalidGrant, "This login has reached the end of its lifetime. Sign in again.");

    private static TokenResult.Refused ExcessiveScope => new(
        OAuthError.InvalidScope,
        "The scope is malformed, or contains a scope that was not granted. Request granted scopes, separated by spaces.");

    private static TokenResult.Refused ExcessiveScopeOfRetry => new(
        OAuthError.InvalidScope, "This refresh_token was exchanged a moment ago, for a wider scope. Use the new refresh_token.");

    /// <summary>
    /// Handles a poll, and issues the tokens once it is approved. One storage request while it is pending, three for the redemption,
    /// four for a repeated one; more when several redeem at the same moment. The caller confirms a redemption with
    /// <see cref="ConfirmAsync"/>, once it has sent the response.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The storage does not respond; the request may be repeated.</exception>
    public async Task<TokenResult> RedeemAsync(
        Client client, DeviceCode deviceCode, string? codeVerifier, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        return await devices.PollCoreAsync(deviceCode, client.Id, cancellationToken) switch
        {
            PollOutcome.Approved approved => await MintAsync(client, approved, deviceCode, codeVerifier, cancellationToken),
            PollOutcome.NotApproved(var result) => RefusalFor(result),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>
    /// Confirms that the response to a redemption is sent: from now on, the code is used. One storage request; none when the client can
    /// repeat the redemption with PKCE.
    /// </summary>
    /// <inheritdoc cref="DeviceAuthorizationService.ConfirmAsync" path="/exception" />
    public Task ConfirmAsync(TokenResult.Issued issued, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(issued);
        return issued.ToConfirm is { } authorization ? devices.ConfirmAsync(authorization, cancellationToken) : Task.CompletedTask;
    }

    /// <summary>
    /// Exchanges a refresh token for new tokens (RFC 6749 §6). Two storage requests; three when another process does the same at the
    /// same time.
    /// </summary>
    /// <param name="client">The client that presents the token.</param>
    /// <param name="refreshToken">The token as it was presented.</param>
    /// <param name="scope">The scope of the new access token, at most what was granted; null for all of it.</param>
    /// <param name="origin">Where the client is. The owner of the login sees it.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="StoreUnavailableException">The storage does not respond; the request may be repeated.</exception>
    public async Task<TokenResult> RefreshAsync(
        Client client, string refreshToken, string? scope, RequestOrigin origin, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        if (!Token.TryParse(refreshToken, out var token) || token.Kind != TokenKind.Refresh)
        {
            return InvalidToken;
        }

        // A retry counts from when it was sent: a slow storage must not end the client's login.
        var presentedAt = time.GetUtcNow();

        // All attempts of this request use the same salt. By it, a later attempt recognises the write of an earlier one.
        var salt = TokenDerivation.NewSalt();
        return await _retry.RunAsync(
            () => TryRefreshAsync(client, token, scope, origin, presentedAt, salt, cancellationToken), cancellationToken);
    }

    /// <summary>
    /// Revokes a token: an access token alone, a refresh token with all other tokens of its grant. At most two storage requests,
    /// unless the grant changes meanwhile.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The storage does not respond; the request may be repeated.</exception>
    public async Task<RevokeResult> RevokeAsync(Client client, string presented, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        if (!Token.TryParse(presented, out var token))
        {
            return new RevokeResult.NothingToRevoke();
        }

        return await _retry.RunAsync(() => TryRevokeAsync(client, token, cancellationToken), cancellationToken);
    }

    /// <summary>
    /// Returns what is known of an active token; null for one that is not active. One storage request; none for
    /// text that cannot be one of our tokens.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The storage does not respond.</exception>
    public async Task<ActiveToken?> IntrospectAsync(string presented, CancellationToken cancellationToken)
    {
        if (!Token.TryParse(presented, out var token) || await grants.FindAsync(token.GrantId, cancellationToken) is not { } grant)
        {
            return null;
        }

        var now = time.GetUtcNow();
        if (clients.FindEnabled(grant.ClientId) is not { } client || now >= client.EndOf(grant.CreatedAt))
        {
            return null;
        }

        var entry = grant.FindActive(token, now);
        var isRefreshToken = client.MayRefresh && grant.IsCurrent(token) && now < grant.RefreshTokenExpiresAt;
        if ((entry is null && !isRefreshToken) || client.AllowedNow(entry?.Scope ?? grant.Scope) is not { } scope)
        {
            return null;
        }

        // A lifetime that was shortened since then applies, too.
        var end = client.EndOf(grant.CreatedAt);
        var expiry = entry is null ? grant.RefreshTokenExpiresAt : entry.ExpiresAt;
        expiry = expiry is { } stored ? Earlier(stored, end) : end;
        return entry is null
            ? new ActiveToken(grant.Id, TokenKind.Refresh, grant.ClientId, grant.User, scope, IssuedAt: null, expiry)
            : new ActiveToken(grant.Id, TokenKind.Access, grant.ClientId, grant.User, scope, entry.IssuedAt, expiry);
    }

    /// <summary>Deletes grants that ended long ago.</summary>
    /// <returns>The number of deleted grants.</returns>
    public Task<int> PurgeAsync(CancellationToken cancellationToken) => grants.PurgeAsync(time.GetUtcNow(), cancellationToken);

    /// <summary>Redeems an approved device code. However many requests do so, at once or later, there is only one set of tokens.</summary>
    private async Task<TokenResult> MintAsync(
        Client client, PollOutcome.Approved approved, DeviceCode deviceCode, string? codeVerifier, CancellationToken cancellationToken)
    {
        // A client that relies on PKCE must learn that its code had none (by analogy with RFC 9700 §4.8.2).
        if (approved.Authorization.CodeChallenge is null && codeVerifier is not null)
        {
            return NoChallenge;
        }

        if (clients.Apply(approved.Authorization) is not { } authorization)
        {
            return NoScopeLeft;
        }

        if (authorization.CodeChallenge is { } challenge && !Pkce.Verify(codeVerifier ?? "", challenge))
        {
            // One incident for each authorization: a flood of requests must not flood the alert.
            return InvalidVerifier with
            {
                Incident = _reported.TryAdd(authorization.Id, authorization.PurgeAfter, time.GetUtcNow())
                    ? new(IncidentKind.WrongCodeVerifier, client.Id) { AuthorizationId = authorization.Id }
                    : null,
            };
        }

        return authorization.CodeChallenge is null
            ? await MintOnceAsync(client, authorization, approved.User, deviceCode, cancellationToken)
            : await MintOrRepeatAsync(client, authorization, approved.User, deviceCode, codeVerifier, cancellationToken);
    }

    /// <summary>
    /// Mints the grant for the poll that holds the claim. An earlier holder may have stored the grant without responding: then this one
    /// derives the same tokens.
    /// </summary>
    private async Task<TokenResult> MintOnceAsync(
        Client client, DeviceAuthorization authorization, User user, DeviceCode deviceCode, CancellationToken cancellationToken)
    {
        if (await devices.TryHoldClaimAsync(authorization, cancellationToken) is not { } claim)
        {
            return InvalidCode;
        }

        var tokens = TokenDerivation.FromDeviceCode(deviceCode, codeVerifier: null, claim);
        var grant = NewGrant(client, authorization.Scope, user, claim, tokens);
        var stored = await grants.AddAsync(grant, authorization.RequestedFrom, cancellationToken);
        var result = await IssueMintedAsync(client, stored, tokens, authorization.Scope, cancellationToken);
        if (result is not TokenResult.Issued issued)
        {
            return result;
        }

        devices.ThrowIfLate(claim);
        metrics.Completed();
        return issued with { AuthorizationId = authorization.Id, ToConfirm = authorization };
    }

    /// <summary>
    /// Mints the grant for a client that proves with PKCE that it requested the code. Its response may be repeated for a while, so the
    /// claim only fixes the salt, and nothing has to be confirmed.
    /// </summary>
    private async Task<TokenResult> MintOrRepeatAsync(
        Client client,
        DeviceAuthorization authorization,
        User user,
        DeviceCode deviceCode,
        string? codeVerifier,
        CancellationToken cancellationToken)
    {
        var (claim, isMine) = await devices.ClaimAsync(authorization, cancellationToken);
        var tokens = TokenDerivation.FromDeviceCode(deviceCode, codeVerifier, claim);
        var grant = NewGrant(client, authorization.Scope, user, claim, tokens);

        // When the code was claimed before, the grant most likely exists, and a read is cheaper than a failed insert.
        var stored = (isMine ? null : await grants.FindAsync(grant.Id, cancellationToken))
            ?? await grants.AddAsync(grant, authorization.RequestedFrom, cancellationToken);
        var isRepeated = stored.MintId != grant.MintId;
        if (isRepeated && !(time.GetUtcNow() < stored.FindIssued(tokens.Access)?.IssuedAt + DeviceAuthorization.RepeatGrace))
        {
            return InvalidCode;
        }

        var result = await IssueMintedAsync(client, stored, tokens, authorization.Scope, cancellationToken);
        if (result is not TokenResult.Issued issued)
        {
            return result;
        }

        if (!isRepeated)
        {
            metrics.Completed();
        }

        return issued with { AuthorizationId = authorization.Id, IsRepeated = isRepeated };
    }

    /// <summary>
    /// Returns the tokens of a grant as they were minted, unless the client has used or revoked them. If the access token has expired
    /// meanwhile, issues another one.
    /// </summary>
    private Task<TokenResult> IssueMintedAsync(
        Client client, Grant minted, TokenPair tokens, string scope, CancellationToken cancellationToken)
    {
        Grant? stored = minted;
        return _retry.RunAsync(
            async () =>
            {
                stored ??= await grants.FindAsync(minted.Id, cancellationToken);
                if (stored?.FindIssued(tokens.Access) is not { } entry
                    || (stored.RefreshTokenHash is not null && !stored.IsCurrent(tokens.Refresh))
                    || client.AllowedNow(entry.Scope) is not { } allowed)
                {
                    return InvalidCode;
                }

                var now = time.GetUtcNow();
                if (stored.FindActive(tokens.Access, now) is not null)
                {
                    return Issued(stored, tokens, entry, allowed, now);
                }

                var result = await TryReissueAsync(client, stored, tokens, scope, now, cancellationToken);
                stored = null;
                return result;
            },
            cancellationToken);
    }

    private Grant NewGrant(Client client, string scope, User user, Claim claim, TokenPair tokens)
    {
        var now = time.GetUtcNow();
        var end = client.EndOf(now);
        var hasRefreshToken = client.GetsRefreshToken(scope);
        return WithPurgeTime(new Grant
        {
            Id = claim.Id,
            MintId = Guid.NewGuid(),
            ClientId = client.Id,
            User = user,
            CreatedAt = now,
            Scope = scope,
            TagKey = TokenDerivation.TagKeyOf(claim),
            AccessTokens = [NewEntry(client, tokens.Access, scope, now, end)],
            RefreshTokenHash = hasRefreshToken ? tokens.Refresh.Hash() : null,
            RefreshTokenExpiresAt = hasRefreshToken ? Earlier(now + client.RefreshTokenLifetime, end) : null,
        });
    }

    /// <summary>
    /// Returns the scopes of the new access token: the requested ones (RFC 6749 §6), without those that the client may no longer have.
    /// Null when the request exceeds what was granted, or only asks for scopes that the client may no longer have.
    /// </summary>
    private static string? ScopesWithin(Grant grant, string allowed, string? requested)
    {
        if (requested is null)
        {
            return allowed;
        }

        if (Scope.Parse(requested) is not { } scopes || !Scope.Allows(grant.Scope, scopes))
        {
            return null;
        }

        var permitted = scopes.Intersect(Scope.Split(allowed), StringComparer.Ordinal).ToList();
        return permitted.Count == 0 && scopes.Count > 0 ? null : string.Join(' ', permitted);
    }

    /// <summary>One attempt at exchanging a refresh token.</summary>
    /// <returns>Null when the grant has changed since it was read.</returns>
    private async Task<TokenResult?> TryRefreshAsync(
        Client client,
        Token token,
        string? scope,
        RequestOrigin origin,
        DateTimeOffset presentedAt,
        string salt,
        CancellationToken cancellationToken)
    {
        var grant = await grants.FindAsync(token.GrantId, cancellationToken);
        if (grant is null || grant.ClientId != client.Id)
        {
            return InvalidToken;
        }

        if (client.AllowedNow(grant.Scope) is not { } allowed)
        {
            return NoScopeLeft;
        }

        if (ScopesWithin(grant, allowed, scope) is not { } scopes)
        {
            return ExcessiveScope;
        }

        var now = time.GetUtcNow();
        if (now >= client.EndOf(grant.CreatedAt))
        {
            return LoginEnded;
        }

        // A retry of the last exchange: the response to the client was lost, or two processes share the token, or (by the salt) this very
        // request wrote it and the storage's response was lost.
        if (grant.FindExchangeOf(token) is { } exchange && (presentedAt < exchange.At + options.RefreshGrace || exchange.Salt == salt))
        {
            return await TryRepeatExchangeAsync(client, grant, token, exchange, scopes, now, cancellationToken);
        }

        if (!grant.IsCurrent(token))
        {
            return await TryRejectSpentAsync(grant, token, now, cancellationToken);
        }

        return now < grant.RefreshTokenExpiresAt
            ? await TryExchangeAsync(client, grant, token, scopes, origin, salt, now, cancellationToken)
            : InvalidToken;
    }

    /// <summary>One attempt at revoking a token.</summary>
    /// <returns>Null when the grant has changed since it was read.</returns>
    private async Task<RevokeResult?> TryRevokeAsync(Client client, Token token, CancellationToken cancellationToken)
    {
        var grant = await grants.FindAsync(token.GrantId, cancellationToken);
        var now = time.GetUtcNow();
        var entry = grant?.FindActive(token, now);
        if (grant is null || grant.RevokedAt is not null || (entry is null && !TokenDerivation.IsIssuedBy(grant, token)))
        {
            return new RevokeResult.NothingToRevoke();
        }

        if (grant.ClientId != client.Id)
        {
            return new RevokeResult.AnotherClients();
        }

        AccessTokenEntry[] others = [.. grant.AccessTokens.Where(other => other != entry)];
        var endsGrant = entry is null || (grant.RefreshTokenHash is null && !Array.Exists(others, other => other.IsActiveAt(now)));
        var revoked = endsGrant ? grant.Revoke(now) : WithPurgeTime(grant with { AccessTokens = others });
        return await grants.TryReplaceAsync(revoked, usedFrom: null, cancellationToken)
            ? new RevokeResult.Revoked(grant.Id, endsGrant)
            : null;
    }

    /// <summary>
    /// Returns the result of the last exchange again. If its access token has expired or was revoked meanwhile, issues another one: the
    /// client has lost nothing but a response, and must not have to sign in again.
    /// </summary>
    /// <param name="client">The client.</param>
    /// <param name="grant">The grant.</param>
    /// <param name="token">The refresh token that was spent in the last exchange.</param>
    /// <param name="exchange">The last exchange.</param>
    /// <param name="scopes">The scopes that this request may have.</param>
    /// <param name="now">The current time.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>Null when the grant has changed since it was read.</returns>
    private async Task<TokenResult?> TryRepeatExchangeAsync(
        Client client,
        Grant grant,
        Token token,
        Exchange exchange,
        string scopes,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        if (now >= grant.RefreshTokenExpiresAt)
        {
            return InvalidToken;
        }

        var tokens = TokenDerivation.FromRefreshToken(token, exchange.Salt, grant);
        if (grant.FindActive(tokens.Access, now) is { } entry && client.AllowedNow(entry.Scope) is { } current)
        {
            // The first request may have had another scope. Its access token must not give this request more than it asks for.
            return Scope.Allows(scopes, Scope.Split(current)) ? Issued(grant, tokens, entry, current, now) : ExcessiveScopeOfRetry;
        }

        return await TryReissueAsync(client, grant, tokens, scopes, now, cancellationToken);
    }

    /// <summary>Issues another access token, in place of one that has expired or was revoked.</summary>
    /// <returns>Null when the grant has changed since it was read.</returns>
    private async Task<TokenResult?> TryReissueAsync(
        Client client, Grant grant, TokenPair tokens, string scope, DateTimeOffset now, CancellationToken cancellationToken)
    {
        tokens = tokens with { Access = Token.NewAccessToken(grant.Id) };
        var entry = NewEntry(client, tokens.Access, scope, now, client.EndOf(grant.CreatedAt));
        var extended = WithPurgeTime(WithAccessToken(grant, entry, now));
        return await grants.TryReplaceAsync(extended, usedFrom: null, cancellationToken)
            ? Issued(extended, tokens, entry, scope, now)
            : null;
    }

    /// <summary>
    /// Rejects a refresh token that is not current. One of ours was exchanged long ago, so either this request or the exchange was a
    /// thief's: then the grant is revoked (RFC 9700 §4.14.2).
    /// </summary>
    /// <returns>Null when the grant has changed since it was read.</returns>
    private async Task<TokenResult?> TryRejectSpentAsync(Grant grant, Token token, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (grant.RevokedAt is not null || !TokenDerivation.IsIssuedBy(grant, token))
        {
            return InvalidToken;
        }

        return await grants.TryReplaceAsync(grant.Revoke(now), usedFrom: null, cancellationToken)
            ? InvalidToken with { Incident = new(IncidentKind.SpentRefreshTokenReused, grant.ClientId) { GrantId = grant.Id } }
            : null;
    }

    /// <summary>Exchanges the current refresh token for new tokens.</summary>
    /// <returns>Null when the grant has changed since it was read.</returns>
    private async Task<TokenResult?> TryExchangeAsync(
        Client client,
        Grant grant,
        Token token,
        string scopes,
        RequestOrigin origin,
        string salt,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var end = client.EndOf(grant.CreatedAt);
        var next = TokenDerivation.FromRefreshToken(token, salt, grant);
        var entry = NewEntry(client, next.Access, scopes, now, end);
        var exchanged = WithAccessToken(grant, entry, now) with
        {
            RefreshTokenHash = next.Refresh.Hash(),
            RefreshTokenExpiresAt = Earlier(now + client.RefreshTokenLifetime, end),
            LastExchange = new Exchange(token.Hash(), now, salt),
        };
        return await grants.TryReplaceAsync(WithPurgeTime(exchanged), origin, cancellationToken)
            ? Issued(exchanged, next, entry, scopes, now)
            : null;
    }

    private static Grant WithAccessToken(Grant grant, AccessTokenEntry entry, DateTimeOffset now)
    {
        // An expired one is kept for as long as the response with it may be repeated.
        var kept = grant.AccessTokens.Where(other => other.IsActiveAt(now - DeviceAuthorization.RepeatGrace));
        return grant with { AccessTokens = [.. kept.TakeLast(Grant.MaxAccessTokens - 1), entry] };
    }

    private static TokenResult.Refused RefusalFor(PollResult.NotApproved result) => result switch
    {
        PollResult.Pending => new(OAuthError.AuthorizationPending, "The user has not decided yet. Keep polling."),
        PollResult.SlowDown(var interval) => new(OAuthError.SlowDown, "Polled too early. Wait for the interval between polls.")
        {
            Interval = interval,
        },
        PollResult.Denied => new(OAuthError.AccessDenied, "The user denied the request."),
        PollResult.Expired => new(OAuthError.ExpiredToken, "The device_code has expired. Request a new one."),
        PollResult.Unknown => InvalidCode,
        _ => throw new UnreachableException(),
    };

    private static AccessTokenEntry NewEntry(Client client, Token access, string scope, DateTimeOffset now, DateTimeOffset? end) => new(
        access.Hash(),
        scope,
        now,
        client.AccessTokenLifetime == TimeSpan.Zero ? end : Earlier(now + client.AccessTokenLifetime, end));

    private static DateTimeOffset Earlier(DateTimeOffset time, DateTimeOffset? end) => end < time ? end.Value : time;

    /// <summary>Sets the time from which the grant may be deleted: after its last token expires; never while one does not expire.</summary>
    private static Grant WithPurgeTime(Grant grant)
    {
        var expiries = grant.AccessTokens.Select(entry => entry.ExpiresAt).ToList();
        if (grant.RefreshTokenHash is not null)
        {
            expiries.Add(grant.RefreshTokenExpiresAt);
        }

        var allExpire = expiries.TrueForAll(expiry => expiry is not null);
        return grant with { PurgeAfter = allExpire ? expiries.Max() + Grant.Retention : null };
    }

    private static TokenResult.Issued Issued(Grant grant, TokenPair tokens, AccessTokenEntry entry, string scope, DateTimeOffset now)
    {
        // After the clock was set back, more than the lifetime seems to be left.
        var left = entry.ExpiresAt - now;
        var lifetime = entry.ExpiresAt - entry.IssuedAt;
        return new(
            grant.Id,
            tokens.Access,
            left < lifetime ? left : lifetime,
            grant.RefreshTokenHash is null ? null : tokens.Refresh,
            scope);
    }
}
