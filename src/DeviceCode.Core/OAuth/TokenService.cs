namespace DeviceCode.Core.OAuth;

using System.Diagnostics;
using DeviceCode.Core.Bookkeeping;
using DeviceCode.Core.Devices;

/// <summary>
/// The life of tokens: minted from an approved device code (RFC 8628 §3.4), refreshed (RFC 6749 §6), revoked (RFC 7009) and
/// introspected (RFC 7662).
/// </summary>
public sealed class TokenService(
    DeviceAuthorizationService devices, IGrantStore grants, ClientRegistry clients, OAuthOptions options, TimeProvider time, DeviceMetrics metrics)
{
    // How long a revoked or expired grant is remembered: longer than any code can be redeemed, so that it is not minted again.
    private static readonly TimeSpan Retention = TimeSpan.FromHours(2);

    private readonly UnconfirmedWrites<Guid, Guid> _unconfirmedMints = new();

    private static readonly TokenResult.Refused InvalidCode = new(OAuthError.InvalidGrant, "This device_code is unknown, used, or another client's. Ask for a new one.");
    private static readonly TokenResult.Refused InvalidVerifier = new(OAuthError.InvalidGrant, "The code_verifier does not belong to the code_challenge of this device_code.");
    private static readonly TokenResult.Refused InvalidToken = new(OAuthError.InvalidGrant, "This refresh_token is unknown, expired, revoked, spent, or another client's. Sign in again.");

    /// <summary>Answers a poll with the tokens, once it is approved. One storage request while it is pending, three when it redeems, four when it redeems again; up to six for one of several at the same moment.</summary>
    /// <exception cref="StoreUnavailableException">The storage does not answer; the same request may be made again.</exception>
    public async Task<TokenResult> RedeemAsync(Client client, DeviceCode deviceCode, string? codeVerifier, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        return await devices.PollCoreAsync(deviceCode, client.Id, cancellationToken) switch
        {
            PollOutcome.Approved approved => await MintAsync(client, approved, deviceCode, codeVerifier, cancellationToken),
            PollOutcome.NotApproved(var result) => RefusalFor(result),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>Exchanges a refresh token. Two storage requests; three when another process does the same at the same time.</summary>
    /// <param name="client">The client that presents it.</param>
    /// <param name="refreshToken">The token as it was presented.</param>
    /// <param name="scope">What the new access token shall be good for, at most what was granted; null for all of that.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="StoreUnavailableException">The storage does not answer; the same request may be made again.</exception>
    public async Task<TokenResult> RefreshAsync(Client client, string refreshToken, string? scope, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        if (!Token.TryParse(refreshToken, out var token) || token.Kind != TokenKind.Refresh)
        {
            return InvalidToken;
        }

        var salt = TokenDerivation.NewSalt();
        while (true)
        {
            var now = time.GetUtcNow();
            var grant = await grants.FindAsync(token.GrantId, cancellationToken);
            if (grant is null || grant.ClientId != client.Id)
            {
                return InvalidToken;
            }

            var scopes = scope is null ? Scope.Split(grant.Scope) : Scope.Parse(scope);
            if (scopes is null || !Scope.Allows(grant.Scope, scopes))
            {
                return new TokenResult.Refused(OAuthError.InvalidScope, "The scope is malformed, or more than was granted.");
            }

            // By its salt this very write is known, however long the storage took to tell of it.
            if (grant.IsLastSpent(token) && (now < grant.SpentAt + options.RefreshGrace || grant.SpentSalt == salt))
            {
                var (access, refresh) = TokenDerivation.FromRefreshToken(token, grant.SpentSalt!, grant);
                return grant.FindActive(access, now) switch
                {
                    null => InvalidToken,
                    var entry when scope is not null && Scope.Split(entry.Scope).Except(scopes).Any() => new TokenResult.Refused(
                        OAuthError.InvalidScope, "This refresh_token was exchanged a moment ago, for a wider scope. Use its successor."),
                    var entry => Issued(grant, access, entry, refresh, now),
                };
            }

            if (!grant.IsCurrent(token))
            {
                // Spent long ago: it has been stolen, from whoever presents it or by them (RFC 9700 §4.14.2).
                if (grant.RevokedAt is null && TokenDerivation.IsOurs(token, grant))
                {
                    // Not to be cancelled: a thief who hangs up must not save the family.
                    await RevokeAsync(grant, CancellationToken.None);
                    return InvalidToken with { Incident = $"A spent refresh token was used again; the grant {grant.Id} is revoked." };
                }

                return InvalidToken;
            }

            if (now >= grant.RefreshTokenExpiresAt)
            {
                return InvalidToken;
            }

            var next = TokenDerivation.FromRefreshToken(token, salt, grant);
            var newEntry = EntryOf(client, next.Access, string.Join(' ', scopes), now);
            var rotated = grant with
            {
                AccessTokens = [.. grant.AccessTokens.Where(e => e.ExpiresAt is null || e.ExpiresAt > now).TakeLast(Grant.MaxAccessTokens - 1), newEntry],
                RefreshTokenHash = next.Refresh.Hash(),
                RefreshTokenExpiresAt = now + client.RefreshTokenLifetime,
                SpentHash = token.Hash(),
                SpentAt = now,
                SpentSalt = salt,
            };
            if (await grants.TryReplaceAsync(WithPurge(rotated), cancellationToken))
            {
                return Issued(rotated, next.Access, newEntry, next.Refresh, now);
            }

            // Somebody was quicker, or it was this very write. Either way the token is spent now, and what is read next tells by whom.
        }
    }

    /// <summary>Revokes a token: an access token alone, a refresh token with its whole family. At most two storage requests, unless others interfere.</summary>
    /// <exception cref="StoreUnavailableException">The storage does not answer; the same request may be made again.</exception>
    public async Task<RevokeResult> RevokeAsync(Client client, string presented, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        if (!Token.TryParse(presented, out var token))
        {
            return new RevokeResult.NothingToRevoke();
        }

        while (true)
        {
            var now = time.GetUtcNow();
            var grant = await grants.FindAsync(token.GrantId, cancellationToken);
            var entry = grant?.FindActive(token, now);
            if (grant is null || grant.RevokedAt is not null || (entry is null && !TokenDerivation.IsOurs(token, grant)))
            {
                return new RevokeResult.NothingToRevoke();
            }

            if (grant.ClientId != client.Id)
            {
                return new RevokeResult.AnotherClients();
            }

            AccessTokenEntry[] others = [.. grant.AccessTokens.Where(other => other != entry)];
            var nothingIsLeft = entry is null || (others.Length == 0 && grant.RefreshTokenHash is null);
            var revoked = nothingIsLeft ? grant.Revoke(now, Retention) : WithPurge(grant with { AccessTokens = others });
            if (await grants.TryReplaceAsync(revoked, cancellationToken))
            {
                return new RevokeResult.Revoked(grant.Id, nothingIsLeft);
            }

            // It has changed meanwhile, which others can do only a few times before they find it revoked: read it again.
        }
    }

    /// <summary>What a token is good for; null when it is not active, for whatever reason. One storage request, none for what cannot be a token of ours.</summary>
    /// <exception cref="StoreUnavailableException">The storage does not answer.</exception>
    public async Task<ActiveToken?> IntrospectAsync(string presented, CancellationToken cancellationToken)
    {
        if (!Token.TryParse(presented, out var token) || await grants.FindAsync(token.GrantId, cancellationToken) is not { } grant)
        {
            return null;
        }

        var now = time.GetUtcNow();
        if (clients.Find(grant.ClientId) is null)
        {
            return null;
        }

        if (grant.IsCurrent(token) && now < grant.RefreshTokenExpiresAt)
        {
            return new ActiveToken(TokenKind.Refresh, grant.ClientId, grant.User, grant.Scope, IssuedAt: null, grant.RefreshTokenExpiresAt);
        }

        return grant.FindActive(token, now) is { } entry
            ? new ActiveToken(TokenKind.Access, grant.ClientId, grant.User, entry.Scope, entry.IssuedAt, entry.ExpiresAt)
            : null;
    }

    /// <summary>Deletes grants that are long over.</summary>
    /// <returns>How many there were.</returns>
    public Task<int> PurgeAsync(CancellationToken cancellationToken) => grants.PurgeAsync(time.GetUtcNow(), cancellationToken);

    /// <summary>
    /// Of all that redeem the same code, one makes the claim and one stores the grant, under the claim's id. The one that stores it answers; so a
    /// fault in between leaves a code that can still be redeemed, and never two sets of tokens, because every one derives the same. With PKCE, who
    /// redeems again has proved to be the same client, and gets the same answer again for a while.
    /// </summary>
    private async Task<TokenResult> MintAsync(
        Client client, PollOutcome.Approved approved, DeviceCode deviceCode, string? codeVerifier, CancellationToken cancellationToken)
    {
        var (authorization, user) = approved;
        if (authorization.CodeChallenge is { } challenge && !Pkce.Verify(codeVerifier ?? "", challenge))
        {
            return InvalidVerifier with { Incident = $"A wrong code_verifier was presented for the device authorization {authorization.Id}." };
        }

        // Without a challenge, a verifier proves nothing, and must not change what is derived.
        var proof = authorization.CodeChallenge is null ? null : codeVerifier;
        var (claim, isMine) = await devices.ClaimAsync(authorization, cancellationToken);
        var now = time.GetUtcNow();
        var (access, refresh) = TokenDerivation.FromDeviceCode(deviceCode, proof, claim);
        var entry = EntryOf(client, access, authorization.Scope, now);
        var refreshes = client.GetsRefreshToken(authorization.Scope);
        var grant = WithPurge(new Grant
        {
            Id = claim.Id,
            MintId = _unconfirmedMints.TryTake(claim.Id, now, out var made) ? made : Guid.NewGuid(),
            ClientId = client.Id,
            User = user,
            Scope = authorization.Scope,
            TagKey = TokenDerivation.TagKeyOf(claim),
            AccessTokens = [entry],
            RefreshTokenHash = refreshes ? refresh.Hash() : null,
            RefreshTokenExpiresAt = refreshes ? now + client.RefreshTokenLifetime : null,
        });

        var stored = await FindOrAddAsync(grant, mayExist: !isMine, now, cancellationToken);
        if (stored.MintId == grant.MintId)
        {
            metrics.Completed();
            return Issued(stored, access, stored.FindActive(access, now) ?? entry, refresh, now) with { AuthorizationId = authorization.Id };
        }

        return proof is not null
            && stored.FindActive(access, now) is { } active
            && now < active.IssuedAt + DeviceAuthorization.RedemptionGrace
            && (stored.RefreshTokenHash is null || stored.IsCurrent(refresh))
            ? Issued(stored, access, active, refresh, now) with { AuthorizationId = authorization.Id, IsRepeated = true }
            : InvalidCode;
    }

    private async Task<Grant> FindOrAddAsync(Grant grant, bool mayExist, DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            // Claimed before, it has most likely been minted too.
            return (mayExist ? await grants.FindAsync(grant.Id, cancellationToken) : null) ?? await grants.AddAsync(grant, cancellationToken);
        }
        catch
        {
            _unconfirmedMints.Remember(grant.Id, grant.MintId, now + Retention, now);
            throw;
        }
    }

    /// <summary>Revokes a grant, however often it changes meanwhile.</summary>
    private async Task RevokeAsync(Grant grant, CancellationToken cancellationToken)
    {
        for (var latest = grant; latest is { RevokedAt: null }; latest = await grants.FindAsync(grant.Id, cancellationToken))
        {
            if (await grants.TryReplaceAsync(latest.Revoke(time.GetUtcNow(), Retention), cancellationToken))
            {
                return;
            }
        }
    }

    private static TokenResult.Refused RefusalFor(PollResult.NotApproved result) => result switch
    {
        PollResult.Pending => new(OAuthError.AuthorizationPending, "The user has not decided yet. Keep polling."),
        PollResult.SlowDown(var interval) => new(OAuthError.SlowDown, "Polled too early. Keep the interval from now on.") { Interval = interval },
        PollResult.Denied => new(OAuthError.AccessDenied, "The user said no."),
        PollResult.Expired => new(OAuthError.ExpiredToken, "The device_code has expired. Ask for a new one."),
        PollResult.Unknown => InvalidCode,
        _ => throw new UnreachableException(),
    };

    private static AccessTokenEntry EntryOf(Client client, Token access, string scope, DateTimeOffset now) => new(
        access.Hash(), scope, now, client.AccessTokenLifetime == TimeSpan.Zero ? null : now + client.AccessTokenLifetime);

    private static Grant WithPurge(Grant grant)
    {
        DateTimeOffset?[] ends = [.. grant.AccessTokens.Select(entry => entry.ExpiresAt), .. grant.RefreshTokenHash is null ? [] : new[] { grant.RefreshTokenExpiresAt }];
        return grant with { PurgeAfter = ends.Length > 0 && ends.All(end => end is not null) ? ends.Max() + Retention : null };
    }

    private static TokenResult.Issued Issued(Grant grant, Token access, AccessTokenEntry entry, Token refresh, DateTimeOffset now) =>
        new(grant.Id, access, entry.ExpiresAt - now, grant.RefreshTokenHash is null ? null : refresh, entry.Scope);
}
