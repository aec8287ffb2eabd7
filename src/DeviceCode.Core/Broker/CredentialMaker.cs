namespace DeviceCode.Core.Broker;

using System.Text.RegularExpressions;

/// <summary>Makes and replaces credentials.</summary>
internal sealed partial class CredentialMaker(
    BrokerOptions options,
    ICredentialStore store,
    IUpstream upstream,
    ICredentialAlarm alarm,
    IKeyRing keys,
    BrokerLimits limits,
    UpstreamRevocation revocation,
    BackgroundWork background,
    CommonResults results,
    TimeProvider time,
    IBrokerAudit audit)
{
    private const int MaxAccount = 320;

    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(5), LongestInterval = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LoginLifetime = TimeSpan.FromMinutes(15), LongestLifetime = TimeSpan.FromDays(1);

    /// <summary>Whether a text can be the name of a credential.</summary>
    public static bool IsName(string text) => NamePattern.IsMatch(text);

    public async Task<BrokerResult> MakeAsync(CredentialOwner owner, CredentialRequest request, CancellationToken cancellationToken)
    {
        var providerId = request.ProviderId ?? request.Name;
        if (Check(owner, request, providerId, out var scope) is { } invalid)
        {
            return invalid;
        }

        if (limits.CountWrite(request.Origin, owner) is { } tooMany)
        {
            return tooMany;
        }

        var sealer = new CredentialSealer(await keys.ReadAsync(cancellationToken));
        var owned = owner is CredentialOwner.OfSession { IsNew: true }
            ? new OwnedCredentials([], HasSession: false)
            : await store.ListAsync(owner.Key, cancellationToken);
        if (owner is CredentialOwner.OfSession { IsNew: false } && !owned.HasSession)
        {
            return new BrokerResult.Rejected(
                BrokerError.Unauthorized, "The session does not exist any more. Send the request without it, to make another one.");
        }

        var old = owned.Credentials.FirstOrDefault(row => row.NameKey == owner.KeyOf(request.Name));
        if (old is not null && request.MustBeNew)
        {
            return new BrokerResult.Rejected(
                BrokerError.AlreadyExists,
                "A credential of this name exists. Choose another name, or send the request without If-None-Match.");
        }

        if (ExceedsLimits(owned, old) is { } full)
        {
            return full;
        }

        if (limits.CountLogin(providerId) is { } crowded)
        {
            return crowded;
        }

        var row = NewRow(owner, request, providerId);
        var login = new CredentialLogin { Name = request.Name, Account = request.Account, Scope = scope };

        try
        {
            using var late = new CancellationTokenSource(Patience.OfRequest, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
            return CredentialGrants.NameOf(request.GrantType) switch
            {
                CredentialGrants.RefreshToken => await ImportInBackgroundAsync(owner, request, row, login, old, sealer, cancellationToken),
                CredentialGrants.AuthorizationCode => await BeginBrowserAsync((CredentialOwner.OfUser)owner, row, login, old, sealer),
                _ => await BeginDeviceAsync(owner, request, row, login, old, sealer, either.Token),
            };
        }
        catch (UpstreamException fault)
        {
            return results.Explain(fault, providerId);
        }
        catch (OperationCanceledException)
        {
            return CommonResults.Silent(providerId);
        }
    }

    // The exchange of the caller's refresh token cannot be repeated, so it continues and is stored even if the caller leaves.
    private async Task<BrokerResult> ImportInBackgroundAsync(
        CredentialOwner owner,
        CredentialRequest request,
        Credential row,
        CredentialLogin login,
        Credential? old,
        CredentialSealer sealer,
        CancellationToken cancellationToken)
    {
        var import = background.Run(() => ImportAsync(owner, request, row, login, old, sealer));
        var (isDone, result) = await time.WithinAsync(import, Patience.OfRequest, cancellationToken);
        return isDone ? result! : CommonResults.Silent(row.ProviderId);
    }

    private BrokerResult.Rejected? Check(CredentialOwner owner, CredentialRequest request, string providerId, out string scope)
    {
        scope = "";
        if (!NamePattern.IsMatch(request.Name))
        {
            return new(
                BrokerError.BadRequest,
                "The name must be 1 to 64 lower-case letters, digits and . _ -, beginning with a letter or digit.");
        }

        if (!options.Providers.TryGetValue(providerId, out var provider) || !owner.MayUse(provider))
        {
            var isAnonymous = owner is CredentialOwner.OfSession { IsNew: true };
            return isAnonymous && provider is not null
                ? new(BrokerError.Unauthorized, "This provider requires a signed-in user. Send an access token with the scope creds.")
                : new(BrokerError.UnknownProvider, "This provider is not configured for you. GET /creds/-/providers lists those that are.");
        }

        if (!owner.Covers(providerId))
        {
            return CommonResults.InsufficientScope(providerId);
        }

        var grant = CredentialGrants.NameOf(request.GrantType);
        var needsUser = grant == CredentialGrants.AuthorizationCode;
        if (grant is null || !provider.Allows(grant) || (needsUser && owner is not CredentialOwner.OfUser))
        {
            return new(
                BrokerError.UnsupportedGrantType,
                "This provider is not configured for this grant_type. GET /creds/-/providers lists the grants.");
        }

        var scopes = OAuth.Scope.Parse(request.Scope ?? provider.DefaultScopes ?? provider.Scopes);
        if (scopes is null || !OAuth.Scope.Allows(provider.Scopes, scopes))
        {
            return new(
                BrokerError.InvalidScope,
                "The scope is malformed, or exceeds what is configured for this provider. GET /creds/-/providers lists the scopes.");
        }

        scope = string.Join(' ', scopes);
        if (request.Account is { } account && (account.Length is 0 or > MaxAccount || account.Any(char.IsControl)))
        {
            return new(BrokerError.BadRequest, "The account must be an e-mail address, a user name or a subject at the provider.");
        }

        if (request.Account is not null && !upstream.AbilitiesOf(providerId).NamesAccounts)
        {
            return new(BrokerError.BadRequest, "This provider does not tell who signed in. Send the request without account.");
        }

        return grant switch
        {
            CredentialGrants.RefreshToken when request.RefreshToken is null =>
                new(BrokerError.BadRequest, "The member refresh_token is missing."),
            CredentialGrants.DeviceCode when request.DeviceCode is { Length: 0 } =>
                new(BrokerError.BadRequest, "The member device_code is empty."),
            _ => null,
        };
    }

    private BrokerResult.Rejected? ExceedsLimits(OwnedCredentials owned, Credential? old)
    {
        var now = time.GetUtcNow();
        var pending = owned.Credentials.Count(
            row => row.Status == CredentialStatus.Pending && row != old && row.LoginExpiresAt > now);
        if (pending >= options.PendingPerOwner)
        {
            return new(BrokerError.TooManyRequests, $"{pending} credentials are pending. Complete or delete one of them first.")
            {
                RetryAfter = DefaultInterval,
            };
        }

        return old is null && owned.Credentials.Count >= options.CredentialsPerOwner
            ? new(BrokerError.TooManyRequests, $"There are {owned.Credentials.Count} credentials, and that is the limit. Delete one first.")
            {
                RetryAfter = DefaultInterval,
            }
            : null;
    }

    private Credential NewRow(CredentialOwner owner, CredentialRequest request, string providerId)
    {
        var now = time.GetUtcNow();
        return new Credential
        {
            OwnerKey = owner.Key,
            NameKey = owner.KeyOf(request.Name),
            Flow = Guid.NewGuid(),
            ProviderId = providerId,
            Status = CredentialStatus.Pending,
            CreatedAt = now,
            PurgeAfter = now + LoginLifetime + Credential.Retention,
            LoginExpiresAt = now + LoginLifetime,
            SealedLogin = [],
        };
    }

    private async Task<BrokerResult> BeginDeviceAsync(
        CredentialOwner owner,
        CredentialRequest request,
        Credential row,
        CredentialLogin login,
        Credential? old,
        CredentialSealer sealer,
        CancellationToken cancellationToken)
    {
        TimeSpan interval, lifetime;
        if (request.DeviceCode is { } own)
        {
            interval = Clamp(request.Interval ?? DefaultInterval, TimeSpan.FromSeconds(1), LongestInterval);
            lifetime = Clamp(request.ExpiresIn ?? LoginLifetime, interval, LongestLifetime);
            login = login with { DeviceCode = own, CodeVerifier = request.CodeVerifier };
        }
        else
        {
            var code = await upstream.RequestCodeAsync(row.ProviderId, login.Scope, cancellationToken);
            (interval, lifetime) = (code.Interval, code.Lifetime);
            login = login with
            {
                DeviceCode = code.DeviceCode,
                CodeVerifier = code.CodeVerifier,
                UserCode = code.UserCode,
                VerificationUri = code.VerificationUri.AbsoluteUri,
                VerificationUriComplete = code.VerificationUriComplete?.AbsoluteUri,
            };
        }

        var (now, pace) = (time.GetUtcNow(), upstream.PaceOf(interval));
        var delay = LoginStep.AlarmDelay(pace.Wait);
        row = sealer.Prepare(row, login, owner) with
        {
            LoginExpiresAt = now + lifetime,
            PurgeAfter = now + lifetime + Credential.Retention,
            Pace = pace,
            NextPollAt = now + pace.Wait,
            AlarmAt = now + delay,
        };

        // The alarm first: one without a row is ignored, but a row without an alarm waits for a reader or the sweep.
        await alarm.SetAsync(CredentialAlarm.Of(row), delay, CancellationToken.None);
        return await StoreNewAsync(owner, row, old, sealer) is { } stored
            ? Made(stored, CredentialGrants.DeviceCode, results.Pending(stored, login, owner))
            : CommonResults.Busy;
    }

    private async Task<BrokerResult> BeginBrowserAsync(
        CredentialOwner.OfUser owner, Credential row, CredentialLogin login, Credential? old, CredentialSealer sealer)
    {
        login = login with { User = new CredentialUser(owner.Person.Subject, owner.Person.TenantId) };
        row = sealer.Prepare(row, login, owner);
        return await StoreNewAsync(owner, row, old, sealer) is { } stored
            ? Made(stored, CredentialGrants.AuthorizationCode, results.Pending(stored, login, owner))
            : CommonResults.Busy;
    }

    private async Task<BrokerResult> ImportAsync(
        CredentialOwner owner, CredentialRequest request, Credential row, CredentialLogin login, Credential? old, CredentialSealer sealer)
    {
        // The exchange may invalidate the caller's refresh token, so first prove that the storage accepts writes.
        await store.AddMarkAsync(CredentialMark.Use(row, $"{row.Flow}", row.CreatedAt), CancellationToken.None);
        var tokens = await upstream.RefreshAsync(
            row.ProviderId,
            new CredentialTokens { AccessToken = "", RefreshToken = request.RefreshToken!, Scope = request.Scope },
            CancellationToken.None);

        UpstreamAccount? account = null;
        try
        {
            account = await upstream.FindAccountAsync(row.ProviderId, tokens, CancellationToken.None);
        }
        catch (UpstreamException) when (login.Account is null)
        {
            // The account is not required, and the tokens must be stored.
        }

        if (login.Account is { } required && account?.Is(required) != true)
        {
            revocation.RevokeInBackground(row, tokens);
            return new BrokerResult.Rejected(
                BrokerError.AccessDenied, "The refresh token belongs to another account than the required one, and is revoked.");
        }

        tokens = tokens with { Account = account?.Name };
        row = sealer.Prepare(row, login, owner);
        row = row.Bind(tokens, sealer.SealTokens(row, row.Generation, tokens), time.GetUtcNow());
        if (await StoreNewAsync(owner, row, old, sealer) is not { } stored)
        {
            revocation.RevokeInBackground(row, tokens);
            return CommonResults.Busy;
        }

        audit.Made(stored, CredentialGrants.RefreshToken);
        audit.Bound(stored, account is null ? null : sealer.Ring.AliasOf($"{row.ProviderId} {account.Subject}"));
        return results.Ready(stored, login, tokens) with { Session = CommonResults.NewSessionOf(owner) };
    }

    private BrokerResult Made(Credential stored, string grant, BrokerResult result)
    {
        audit.Made(stored, grant);
        return result;
    }

    /// <summary>Stores a new row in place of the old one, whose tokens are revoked.</summary>
    /// <returns>Null when another request has changed the row meanwhile.</returns>
    private async Task<Credential?> StoreNewAsync(CredentialOwner owner, Credential row, Credential? old, CredentialSealer sealer)
    {
        var stored = old is null
            ? await store.TryAddAsync(row, owner is CredentialOwner.OfSession { IsNew: true }, CancellationToken.None)
            : await store.TryReplaceAsync(row with { Version = old.Version }, CancellationToken.None);
        if (stored is null)
        {
            // The write may have succeeded, and its response been lost.
            var found = await store.FindAsync(row.OwnerKey, row.NameKey, CancellationToken.None);
            stored = found?.Flow == row.Flow ? found : null;
        }

        var wouldEndNew = old?.ProviderId == row.ProviderId && upstream.AbilitiesOf(row.ProviderId).RevocationEndsAllLogins;
        if (stored is not null && old?.SealedTokens is not null && !wouldEndNew)
        {
            RevokeOld(owner, old, sealer);
        }

        return stored;
    }

    private void RevokeOld(CredentialOwner owner, Credential old, CredentialSealer sealer)
    {
        try
        {
            revocation.RevokeInBackground(old, sealer.OpenTokens(old, owner));
        }
        catch (StoreUnavailableException unreadable)
        {
            audit.Failed($"The tokens of a replaced credential cannot be revoked. {unreadable.Message}");
        }
    }

    private static TimeSpan Clamp(TimeSpan value, TimeSpan least, TimeSpan most) => value < least ? least : value > most ? most : value;

    [GeneratedRegex(@"^[a-z0-9][a-z0-9._-]{0,63}\z")]
    private static partial Regex NamePattern { get; }
}
