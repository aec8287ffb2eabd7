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
///            ┌── approve ──► approved ── claim ──► complete ── confirmation ──► used   (one poll; later ones: already used)
/// pending ───┼── deny ─────► denied
///            └── time ─────► expired                               (a decision made in time is kept until the device has polled)
/// </code>
/// <para>
/// There are four writes: the row when it is issued, one decision into it, one claim beside it, and the confirmation of the claim after
/// the response. A poll never writes to the row, so no poll can undo a decision.
/// </para>
/// <para>
/// A poll that holds the claim completes the login. If it fails, or its instance ends, the claim stays unconfirmed, and after
/// <see cref="TakeOverAfter"/> another poll with the same device code takes it over, on any instance. The holder responds within
/// <see cref="HoldLimit"/> or not at all, so two polls never hold a claim at the same time.
/// </para>
/// <para>
/// No request may be cancelled because its client disconnects: otherwise a client could avoid being counted. The cancellation tokens stand
/// for the deadline of the request.
/// </para>
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
    private const int MaxCompletedCodes = 100_000;

    // The difference allows for the clocks of two instances, and for sending the response.
    private static readonly TimeSpan HoldLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TakeOverAfter = TimeSpan.FromSeconds(8);

    // Between two reads of another poll's claim, doubled each time.
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(640);

    private static readonly TimeSpan UnknownCodeStep = TimeSpan.FromMilliseconds(100);

    private readonly SlidingWindow _issued = new(options.CodesPerAddress, options.CodesWindow, MaxNetworks);
    private readonly PollPacer _pacer = new();
    private readonly ExpiringSet<string> _countedAsExpired = new(MaxExpiredCodes);
    private readonly ExpiringSet<string> _completed = new(MaxCompletedCodes);

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
            catch (StoreUnavailableException)
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

        Decision? mine = null;
        if (found is { Decision: null })
        {
            mine = new Decision(Guid.NewGuid(), approve, approver, time.GetUtcNow());
            if (await store.TryDecideAsync(found, mine, cancellationToken) && time.GetUtcNow() < found.ExpiresAt)
            {
                return Decided(found, mine);
            }

            // Another request has decided meanwhile, perhaps one of the same approver; or the codes have expired, and the time
            // at which the decision was stored shows whether it was in time.
            found = await store.FindAsync(found.UserCode, cancellationToken);
            if (found is { Decision: null })
            {
                throw new StoreUnavailableException(
                    "The storage rejected a decision because the row had changed, but the row has no decision.");
            }
        }

        if (found?.Decision is not { } made
            || made.Approved != approve
            || !made.User.IsSameAs(approver)
            || found.StateAt(time.GetUtcNow()) is DeviceAuthorizationState.Expired)
        {
            return new DecideResult.Rejected(new UserCodeRejection.Invalid(IsGuess: false));
        }

        return made.Id == mine?.Id ? Decided(found, made) : new DecideResult.Decided(found, made) { IsRepeated = true };
    }

    /// <summary>
    /// Handles a poll in the login without OAuth clients, and completes the login once it is approved. One storage request; none for a
    /// throttled poll, two for the one that completes. The caller confirms a completed login with <see cref="ConfirmAsync"/>, once it has
    /// sent the response.
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
                if (await TryHoldClaimAsync(authorization, cancellationToken) is not { } claim)
                {
                    return new PollResult.AlreadyUsed();
                }

                ThrowIfLate(claim);
                metrics.Completed();
                return new PollResult.Complete(authorization, user);

            default:
                throw new UnreachableException();
        }
    }

    /// <summary>
    /// Confirms that the response that completed a login is sent: from now on, no other poll can take its claim over. One storage request.
    /// </summary>
    /// <param name="authorization">The authorization that was completed.</param>
    /// <param name="cancellationToken">Cancels the wait; the confirmation may be stored anyway.</param>
    /// <exception cref="StoreUnavailableException">
    /// The storage does not respond. Then another instance may complete the login again.
    /// </exception>
    public Task ConfirmAsync(DeviceAuthorization authorization, CancellationToken cancellationToken)
    {
        // During an outage, this instance must not take over a claim whose confirmation is still under way.
        _completed.TryAdd(authorization.DeviceCodeHash, authorization.PurgeAfter, time.GetUtcNow());
        return store.ConfirmClaimAsync(authorization, cancellationToken);
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
        var started = time.GetTimestamp();
        var now = time.GetUtcNow();
        var hash = deviceCode.Hash();
        if (_pacer.TryThrottle(hash, now, out var interval))
        {
            return NotApproved(new PollResult.SlowDown(interval));
        }

        var authorization = await store.FindAsync(userCode, cancellationToken);
        if (authorization is null || !authorization.HasDeviceCode(hash) || authorization.ClientId != clientId)
        {
            await DelayUnknownAsync(started, cancellationToken);
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

    /// <summary>
    /// Claims an approved authorization, for a login that completes once. One storage request; two when it is claimed already, more while
    /// another poll holds the claim and has not confirmed it.
    /// </summary>
    /// <returns>The claim, which this poll holds; null when another poll has confirmed it.</returns>
    /// <exception cref="StoreUnavailableException">The storage does not respond.</exception>
    internal async Task<Claim?> TryHoldClaimAsync(DeviceAuthorization authorization, CancellationToken cancellationToken)
    {
        var mine = NewClaim(authorization);
        var stored = await store.ClaimAsync(authorization, mine, cancellationToken);
        for (var pause = FirstPause; stored.Holder != mine.Holder; stored = await store.GetClaimAsync(authorization, cancellationToken))
        {
            var now = time.GetUtcNow();
            if (stored.IsConfirmed || _completed.Contains(authorization.DeviceCodeHash, now))
            {
                return null;
            }

            if (now >= stored.At + TakeOverAfter)
            {
                var taken = stored with { Holder = mine.Holder, At = now };
                if (await store.TryReplaceClaimAsync(authorization, taken, cancellationToken))
                {
                    return taken;
                }
            }

            await Task.Delay(pause, time, cancellationToken);
            pause = pause < LongestPause ? pause * 2 : LongestPause;
        }

        return stored;
    }

    /// <summary>
    /// Claims an approved authorization, for a login that may be repeated. One storage request, two when it is claimed already.
    /// </summary>
    /// <returns>The stored claim, and whether this call made it: true for exactly one call ever.</returns>
    /// <exception cref="StoreUnavailableException">The storage does not respond.</exception>
    internal async Task<(Claim Claim, bool IsMine)> ClaimAsync(DeviceAuthorization authorization, CancellationToken cancellationToken)
    {
        var mine = NewClaim(authorization);
        var stored = await store.ClaimAsync(authorization, mine, cancellationToken);
        return (stored, stored.Holder == mine.Holder);
    }

    /// <summary>Ends a request that holds a claim for too long: another poll may soon take the claim over.</summary>
    /// <exception cref="StoreUnavailableException">The storage took too long.</exception>
    internal void ThrowIfLate(Claim claim)
    {
        if (time.GetUtcNow() > claim.At + HoldLimit)
        {
            throw new StoreUnavailableException(
                $"The storage took longer than {HoldLimit.TotalSeconds} seconds to complete a login. The device's next poll completes it.");
        }
    }

    private Claim NewClaim(DeviceAuthorization approved) => new(
        approved.Decision!.User.NewId(), Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)), time.GetUtcNow())
    {
        Holder = Guid.NewGuid(),
    };

    private DecideResult.Decided Decided(DeviceAuthorization authorization, Decision decision)
    {
        metrics.Decided(decision.Approved, decision.At - authorization.RequestedAt);
        _pacer.Forget(authorization.DeviceCodeHash);
        return new DecideResult.Decided(authorization, decision);
    }

    /// <summary>
    /// Delays the response for an unknown device code, to a multiple of <see cref="UnknownCodeStep"/>: anyone can send a device code with a
    /// chosen user code, and the time of the response must not reveal whether that user code is taken.
    /// </summary>
    private Task DelayUnknownAsync(long started, CancellationToken cancellationToken)
    {
        var elapsed = time.GetElapsedTime(started);
        return Task.Delay((UnknownCodeStep * (Math.Floor(elapsed / UnknownCodeStep) + 1)) - elapsed, time, cancellationToken);
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
            return await guesses.RecordAsync(approver, origin, cancellationToken) is { } limitSince
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
