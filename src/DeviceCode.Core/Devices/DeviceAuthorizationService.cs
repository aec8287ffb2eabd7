namespace DeviceCode.Core.Devices;

using System.Diagnostics;
using System.Security.Cryptography;
using global::DeviceCode.Core.Bookkeeping;
using global::DeviceCode.Core.Guesses;

/// <summary>
/// The device authorization grant (RFC 8628), from issuing the codes to redeeming them: the whole state machine is here.
/// </summary>
/// <remarks>
/// <code>
///            ┌── approve ──► approved ── first poll ──► complete   (a claim, inserted once; later polls: already used)
/// pending ───┼── deny ─────► denied
///            └── time ─────► expired                               (a decision made in time is kept one interval longer)
/// </code>
/// There are only three writes: the row when it is issued, one decision into it, one claim beside it. A poll never writes to the row,
/// so no poll can undo a decision.
/// </remarks>
public sealed class DeviceAuthorizationService(
    IDeviceAuthorizationStore store,
    GuessLimiter guesses,
    IClientPolicy clients,
    DeviceAuthorizationOptions options,
    TimeProvider time,
    DeviceMetrics metrics)
{
    private const int MaxDraws = 10;

    // These bound the memory that requests from many networks, or for many codes, can take.
    private const int MaxNetworks = 100_000;
    private const int MaxExpiredCodes = 100_000;

    private readonly SlidingWindow _issued = new(options.CodesPerAddress, options.CodesWindow, MaxNetworks);
    private readonly PollPacer _pacer = new();
    private readonly ExpiringSet<string> _countedAsExpired = new(MaxExpiredCodes);
    private readonly UnconfirmedWrites<string, Claim> _unconfirmedClaims = new();

    /// <summary>Draws a user code of the given length. Tests replace it to make codes collide.</summary>
    internal Func<int, UserCode> DrawUserCode { get; init; } = UserCode.Generate;

    /// <summary>Issues a pair of codes (RFC 8628 §3.1, §3.2). One storage request.</summary>
    /// <exception cref="StoreUnavailableException">The storage does not respond.</exception>
    public async Task<IssueResult> IssueAsync(DeviceAuthorizationRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var now = time.GetUtcNow();
        var id = Guid.NewGuid();
        if (_issued.TryAdd(request.Origin.Network, id, now) is { } limit)
        {
            metrics.TooManyCodes();
            return new IssueResult.TooMany(limit);
        }

        for (var draw = 0; draw < MaxDraws; draw++)
        {
            var userCode = DrawUserCode(options.UserCodeLength);
            var deviceCode = DeviceCode.Generate(userCode);
            var authorization = NewAuthorization(request, id, userCode, deviceCode, now);
            try
            {
                // The user code is the key, so the store rejects a code that is taken. Then draw another one.
                if (await store.TryAddAsync(authorization, cancellationToken))
                {
                    metrics.Issued();
                    return new IssueResult.Issued(authorization, deviceCode);
                }
            }
            catch
            {
                // Failed requests do not count, so that an outage does not use up a network's limit.
                _issued.Remove(request.Origin.Network, id, now);
                throw;
            }
        }

        throw new InvalidOperationException(
            $"{MaxDraws} random user codes in a row were taken. Raise DeviceCode:UserCodeLength, or check the random number generator.");
    }

    /// <summary>
    /// Looks up a user code, for the approver to see before the decision. One storage request, and another one when the code is wrong
    /// and counts as a guess.
    /// </summary>
    /// <param name="userCode">The user code as it was typed.</param>
    /// <param name="approver">The person who entered the code.</param>
    /// <param name="origin">Where the approver is.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="StoreUnavailableException">The storage does not respond.</exception>
    public async Task<InspectResult> InspectAsync(string userCode, User approver, RequestOrigin origin, CancellationToken cancellationToken)
    {
        var (found, rejection) = await LookUpAsync(userCode, approver, origin, cancellationToken);
        if (rejection is not null)
        {
            return new InspectResult.Rejected(rejection);
        }

        if (found is not { Decision: null })
        {
            return new InspectResult.Rejected(new UserCodeRejection.Invalid(IsGuess: false));
        }

        // After the clock was set back, more than the lifetime seems to be left.
        var lifetime = found.ExpiresAt - found.RequestedAt;
        var left = found.ExpiresAt - time.GetUtcNow();
        return new InspectResult.Pending(found, left < lifetime ? left : lifetime, found.RequestedFrom.SharesNetworkWith(origin));
    }

    /// <summary>
    /// Approves or denies a device. Two storage requests; one when the same approver repeats a decision. A wrong code counts as a guess.
    /// </summary>
    /// <param name="userCode">The user code as it was typed.</param>
    /// <param name="approve">True to approve, false to deny.</param>
    /// <param name="approver">The person who decides, and who will be signed in on the device.</param>
    /// <param name="origin">Where the approver is.</param>
    /// <param name="cancellationToken">Cancels the wait; the decision may be stored anyway.</param>
    /// <exception cref="StoreUnavailableException">The storage does not respond; the decision may be stored anyway.</exception>
    public async Task<DecideResult> DecideAsync(
        string userCode, bool approve, User approver, RequestOrigin origin, CancellationToken cancellationToken)
    {
        var (found, rejection) = await LookUpAsync(userCode, approver, origin, cancellationToken);
        if (rejection is not null)
        {
            return new DecideResult.Rejected(rejection);
        }

        if (found is { Decision: null })
        {
            var decision = new Decision(Guid.NewGuid(), approve, approver, time.GetUtcNow());
            if (await store.TryDecideAsync(found, decision, cancellationToken))
            {
                metrics.Decided(approve, decision.At - found.RequestedAt);
                _pacer.Forget(found.DeviceCodeHash);
                return new DecideResult.Decided(found, decision);
            }

            // Another request has decided meanwhile, perhaps one of the same approver.
            found = await store.FindAsync(found.UserCode, cancellationToken);
        }

        return found?.Decision is { } made && made.Approved == approve && made.User.IsSameAs(approver)
            ? new DecideResult.Decided(found, made) { IsRepeated = true }
            : new DecideResult.Rejected(new UserCodeRejection.Invalid(IsGuess: false));
    }

    /// <summary>
    /// Handles a poll in the login without OAuth clients, and completes the login once it is approved. One storage request; none for a
    /// throttled poll, two for the one that completes.
    /// </summary>
    /// <param name="deviceCode">The device code.</param>
    /// <param name="cancellationToken">Cancels the wait; the code may be used up anyway.</param>
    /// <exception cref="StoreUnavailableException">The storage does not respond.</exception>
    public async Task<PollResult> PollAsync(DeviceCode deviceCode, CancellationToken cancellationToken)
    {
        switch (await PollCoreAsync(deviceCode, clientId: null, cancellationToken))
        {
            case PollOutcome.NotApproved(var result):
                return result;

            case PollOutcome.Approved(var authorization, var user):
                var (_, isMine) = await ClaimAsync(authorization, cancellationToken);
                if (!isMine)
                {
                    return new PollResult.AlreadyUsed();
                }

                metrics.Completed();
                return new PollResult.Complete(authorization, user);

            default:
                throw new UnreachableException();
        }
    }

    /// <summary>Deletes authorizations and wrong guesses that are no longer needed.</summary>
    /// <returns>The number of deleted authorizations.</returns>
    /// <exception cref="StoreUnavailableException">The storage does not respond; the next purge deletes the rest.</exception>
    public async Task<int> PurgeAsync(CancellationToken cancellationToken)
    {
        await guesses.PurgeAsync(cancellationToken);
        return await store.PurgeAsync(time.GetUtcNow(), cancellationToken);
    }

    /// <summary>
    /// Handles a poll (RFC 8628 §3.4, §3.5) without claiming an approved authorization. One storage request; none for a throttled poll.
    /// </summary>
    /// <param name="deviceCode">The device code.</param>
    /// <param name="clientId">The client that presents the code, which must be issued to it; null for the login without clients.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="StoreUnavailableException">The storage does not respond.</exception>
    internal async Task<PollOutcome> PollCoreAsync(DeviceCode deviceCode, string? clientId, CancellationToken cancellationToken)
    {
        if (deviceCode.UserCode is not { } userCode)
        {
            return NotApproved(new PollResult.Unknown());
        }

        // Pace by the hash of the whole code: an attacker who knows only the user code must not be able to slow the device down.
        var now = time.GetUtcNow();
        var hash = deviceCode.Hash();
        if (_pacer.TryThrottle(hash, now, out var interval))
        {
            return NotApproved(new PollResult.SlowDown(interval));
        }

        var authorization = await store.FindAsync(userCode, cancellationToken);
        if (authorization is null || !authorization.HasDeviceCode(hash) || authorization.ClientId != clientId)
        {
            return NotApproved(new PollResult.Unknown());
        }

        switch (authorization.StateAt(now))
        {
            case DeviceAuthorizationState.Pending:
                _pacer.Remember(authorization, now);
                return NotApproved(new PollResult.Pending());

            case DeviceAuthorizationState.Approved(var user):
                _pacer.Forget(hash);
                return new PollOutcome.Approved(authorization, user);

            case DeviceAuthorizationState.Denied:
                _pacer.Forget(hash);
                return NotApproved(new PollResult.Denied());

            case DeviceAuthorizationState.Expired:
                if (_countedAsExpired.TryAdd(hash, authorization.PurgeAfter, now))
                {
                    metrics.Expired();
                }

                return NotApproved(new PollResult.Expired());

            default:
                throw new UnreachableException();
        }

        static PollOutcome.NotApproved NotApproved(PollResult.NotApproved result) => new(result);
    }

    /// <summary>Claims an approved authorization. One storage request, two when it is claimed already.</summary>
    /// <returns>The stored claim, and whether this call made it: true for exactly one call ever.</returns>
    /// <exception cref="StoreUnavailableException">The storage does not respond.</exception>
    internal async Task<(Claim Claim, bool IsMine)> ClaimAsync(DeviceAuthorization authorization, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var claim = _unconfirmedClaims.TryTake(authorization.DeviceCodeHash, now, out var unconfirmed)
            ? unconfirmed
            : new Claim(Guid.NewGuid(), Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)), now);
        try
        {
            var stored = await store.ClaimAsync(authorization, claim, cancellationToken);
            return (stored, stored.Id == claim.Id);
        }
        catch
        {
            // The claim may be stored, and only its response lost. The next poll repeats it; otherwise that poll would find a
            // claim that no instance recognises, and the login would be lost.
            _unconfirmedClaims.Remember(authorization.DeviceCodeHash, claim, authorization.PurgeAfter, now);
            throw;
        }
    }

    /// <summary>Looks up a user code that an approver entered, within the limits on guesses.</summary>
    /// <returns>
    /// An authorization that is pending or whose decision is still valid; or the reason why the code is rejected; or neither for a
    /// right code that can no longer be used. A right code is not a guess, even if it was decided a moment ago, by the same approver or
    /// by another one who was faster.
    /// </returns>
    private async Task<(DeviceAuthorization? Found, UserCodeRejection? Rejection)> LookUpAsync(
        string userCode, User approver, RequestOrigin origin, CancellationToken cancellationToken)
    {
        await guesses.EnsureRefreshedAsync(cancellationToken);
        if (guesses.Check(approver, origin) is { } limit)
        {
            return (null, new UserCodeRejection.TooManyGuesses(limit));
        }

        // A malformed code cannot match any code, so a typo does not count as a guess.
        if (!UserCode.TryParse(userCode, out var parsed))
        {
            return (null, new UserCodeRejection.Invalid(IsGuess: false));
        }

        var found = await store.FindAsync(parsed, cancellationToken);
        var isExpired = found?.StateAt(time.GetUtcNow()) is DeviceAuthorizationState.Expired;
        if (found is null || (isExpired && found.Decision?.User.IsSameAs(approver) is not true))
        {
            return await guesses.RecordAsync(approver, origin) is { } limitSince
                ? (null, new UserCodeRejection.TooManyGuesses(limitSince))
                : (null, new UserCodeRejection.Invalid(IsGuess: true));
        }

        // Check again: concurrent requests may have used up the limit while this one waited for the store.
        if (guesses.Check(approver, origin) is { } limitNow)
        {
            return (null, new UserCodeRejection.TooManyGuesses(limitNow));
        }

        return (isExpired ? null : clients.Apply(found), null);
    }

    private DeviceAuthorization NewAuthorization(
        DeviceAuthorizationRequest request, Guid id, UserCode userCode, DeviceCode deviceCode, DateTimeOffset now)
    {
        var expiresAt = now + (request.CodeLifetime ?? options.CodeLifetime);
        return new DeviceAuthorization
        {
            Id = id,
            UserCode = userCode,
            DeviceCodeHash = deviceCode.Hash(),
            ClientId = request.ClientId,
            CodeChallenge = request.CodeChallenge,
            ClientName = request.ClientName,
            Scope = request.Scope,
            RequestedFrom = request.Origin,
            RequestedAt = now,
            ExpiresAt = expiresAt,
            PurgeAfter = expiresAt + options.Retention,
            Interval = request.PollingInterval ?? options.PollingInterval,
        };
    }
}
