namespace DeviceCode.Core.Devices;

using global::DeviceCode.Core.Limits;

/// <summary>
/// The device authorization grant (RFC 8628), from issuing the codes to redeeming them: the whole state machine is here.
/// </summary>
/// <remarks>
/// <code>
///            ┌── approve ──► approved ── first poll ──► complete   (a claim, inserted once; later polls: already used)
/// pending ───┼── deny ─────► denied
///            └── time ─────► expired                               (a decision made in time is kept one interval longer)
/// </code>
/// Only three things are ever written: the row when it is issued, one decision into it, one claim beside it. A poll
/// never writes to the row, so no poll can undo a decision.
/// </remarks>
public sealed class DeviceAuthorizationService(
    IDeviceAuthorizationStore store, GuessLimiter guesses, DeviceAuthorizationOptions options, TimeProvider time)
{
    private const int MaxCollisions = 10;

    private readonly PollPacer _pacer = new();
    private readonly SlidingWindow _issued = new(options.CodesPerAddress, options.CodesWindow, capacity: 100_000);

    /// <summary>Makes a new device code; tests put theirs here to make codes collide.</summary>
    internal Func<int, DeviceCode> NewDeviceCode { get; init; } = DeviceCode.Generate;

    /// <summary>Issues a pair of codes (RFC 8628 §3.1, §3.2). One storage request.</summary>
    /// <param name="clientName">Who asks, as the approver shall see it.</param>
    /// <param name="scope">The scopes asked for, separated by spaces; empty for none.</param>
    /// <param name="origin">From where the device asks.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="StoreUnavailableException">The storage does not answer.</exception>
    public async Task<IssueResult> IssueAsync(string clientName, string scope, RequestOrigin origin, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var id = Guid.NewGuid();
        if (!_issued.TryAdd(origin.Network, id, now, out var retryAfter))
        {
            return new IssueResult.TooMany(retryAfter);
        }

        for (var draw = 0; draw < MaxCollisions; draw++)
        {
            var deviceCode = NewDeviceCode(options.UserCodeLength);
            var authorization = new DeviceAuthorization
            {
                Id = id,
                UserCode = deviceCode.UserCode!.Value,
                DeviceCodeHash = deviceCode.Hash(),
                ClientName = clientName,
                Scope = scope,
                RequestedFrom = origin,
                RequestedAt = now,
                ExpiresAt = now + options.CodeLifetime,
                PurgeAfter = now + options.CodeLifetime + options.Retention,
                Interval = options.PollingInterval,
            };

            // The user code is the key, so a code that is taken cannot be stored twice: another one is drawn.
            if (await store.TryAddAsync(authorization, cancellationToken))
            {
                return new IssueResult.Issued(authorization, deviceCode);
            }
        }

        throw new InvalidOperationException($"No free user code in {MaxCollisions} draws: the random numbers are not random.");
    }

    /// <summary>What the approver must see before deciding. One storage request; counts as a guess when the code is wrong.</summary>
    /// <param name="userCode">The user code as it was typed.</param>
    /// <param name="approver">Who looks.</param>
    /// <param name="origin">From where the approver looks.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="StoreUnavailableException">The storage does not answer.</exception>
    public async Task<InspectResult> InspectAsync(string userCode, User approver, RequestOrigin origin, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return await LookUpAsync(userCode, approver, origin, now, cancellationToken) switch
        {
            ({ } pending, _) => new InspectResult.Pending(pending, pending.ExpiresAt - now, pending.RequestedFrom.SharesNetworkWith(origin)),
            (_, { } retryAfter) => new InspectResult.TooManyGuesses(retryAfter),
            _ => new InspectResult.Invalid(),
        };
    }

    /// <summary>Approves or denies. Two storage requests; counts as a guess when the code is wrong.</summary>
    /// <param name="userCode">The user code as it was typed.</param>
    /// <param name="approve">Yes or no.</param>
    /// <param name="approver">Who decides, and will be signed in on the device.</param>
    /// <param name="origin">From where the approver decides.</param>
    /// <param name="cancellationToken">Gives up waiting; the decision may have been made all the same.</param>
    /// <exception cref="StoreUnavailableException">The storage does not answer; the decision may have been made all the same.</exception>
    public async Task<DecideResult> DecideAsync(
        string userCode, bool approve, User approver, RequestOrigin origin, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var (pending, retryAfter) = await LookUpAsync(userCode, approver, origin, now, cancellationToken);
        if (pending is null)
        {
            return retryAfter is { } wait ? new DecideResult.TooManyGuesses(wait) : new DecideResult.Invalid();
        }

        var decision = new Decision(Guid.NewGuid(), approve, approver, now);
        if (!await store.TryDecideAsync(pending, decision, cancellationToken))
        {
            return new DecideResult.Invalid();
        }

        _pacer.Forget(pending.DeviceCodeHash);
        return new DecideResult.Decided(pending, decision);
    }

    /// <summary>
    /// Answers a device that asks whether it has been approved (RFC 8628 §3.4, §3.5). One storage request, none when it
    /// polls too fast, two when it redeems.
    /// </summary>
    /// <param name="deviceCode">The device code.</param>
    /// <param name="cancellationToken">Gives up waiting; the code may have been redeemed all the same.</param>
    /// <exception cref="StoreUnavailableException">The storage does not answer.</exception>
    public async Task<PollResult> PollAsync(DeviceCode deviceCode, CancellationToken cancellationToken)
    {
        if (deviceCode.UserCode is not { } userCode)
        {
            return new PollResult.Unknown();
        }

        // Paced by the hash of the whole code: who only knows the user code must not be able to slow the device down.
        var now = time.GetUtcNow();
        var hash = deviceCode.Hash();
        if (_pacer.TellOff(hash, now) is { } interval)
        {
            return new PollResult.SlowDown(interval);
        }

        var authorization = await store.FindAsync(userCode, cancellationToken);
        if (authorization is null || !authorization.HasDeviceCode(hash))
        {
            return new PollResult.Unknown();
        }

        var state = authorization.StateAt(now);
        if (state == DeviceAuthorizationState.Pending)
        {
            _pacer.Remember(authorization, now);
            return new PollResult.Pending();
        }

        _pacer.Forget(hash);
        return state switch
        {
            DeviceAuthorizationState.Denied => new PollResult.Denied(),
            DeviceAuthorizationState.Expired => new PollResult.Expired(),
            _ => await store.TryClaimAsync(authorization, Guid.NewGuid(), cancellationToken)
                ? new PollResult.Complete(authorization, authorization.Decision!.User)
                : new PollResult.AlreadyUsed(),
        };
    }

    /// <summary>Deletes what has been kept long enough, authorizations and wrong guesses.</summary>
    /// <returns>How many authorizations that were.</returns>
    /// <exception cref="StoreUnavailableException">The storage does not answer; the next purge goes on where this one stopped.</exception>
    public async Task<int> PurgeAsync(CancellationToken cancellationToken)
    {
        await guesses.PurgeAsync(cancellationToken);
        return await store.PurgeAsync(time.GetUtcNow(), cancellationToken);
    }

    /// <summary>
    /// The authorization that waits for a decision under a code that somebody typed; or how long they must wait, because they
    /// have typed too many wrong ones; or neither, and this was one of them.
    /// </summary>
    private async Task<(DeviceAuthorization? Pending, TimeSpan? RetryAfter)> LookUpAsync(
        string typed, User approver, RequestOrigin origin, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (guesses.BlockedFor(approver, origin) is { } blocked)
        {
            return (null, blocked);
        }

        // What cannot be a code cannot hit one either: a slip of the finger costs nobody an attempt.
        if (!UserCode.TryParse(typed, out var userCode))
        {
            return (null, null);
        }

        var found = await store.FindAsync(userCode, cancellationToken);
        if (found?.StateAt(now) != DeviceAuthorizationState.Pending)
        {
            return (null, await guesses.RecordAsync(approver, origin, cancellationToken));
        }

        // Again, because many codes may have been typed at once, and the wrong ones among them been too many by now.
        return guesses.BlockedFor(approver, origin) is { } blockedSince ? (null, blockedSince) : (found, null);
    }
}
