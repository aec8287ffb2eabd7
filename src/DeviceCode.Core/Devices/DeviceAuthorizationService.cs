namespace DeviceCode.Core.Devices;

using System.Security.Cryptography;
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
    IDeviceAuthorizationStore store, GuessLimiter guesses, DeviceAuthorizationOptions options, TimeProvider time, DeviceMetrics metrics)
{
    private const int MaxCollisions = 10;

    private readonly PollPacer _pacer = new();
    private readonly Unanswered<string, Claim> _unanswered = new();
    private readonly SlidingWindow _issued = new(options.CodesPerAddress, options.CodesWindow, capacity: 100_000);

    /// <summary>Makes a new device code; tests put theirs here to make codes collide.</summary>
    internal Func<int, DeviceCode> NewDeviceCode { get; init; } = DeviceCode.Generate;

    /// <summary>Issues a pair of codes (RFC 8628 §3.1, §3.2). One storage request.</summary>
    /// <exception cref="StoreUnavailableException">The storage does not answer.</exception>
    public async Task<IssueResult> IssueAsync(DeviceAuthorizationRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var now = time.GetUtcNow();
        var id = Guid.NewGuid();
        if (_issued.TryAdd(request.Origin.Network, id, now) is { } refusal)
        {
            metrics.TooManyCodes();
            return new IssueResult.TooMany(refusal);
        }

        for (var draw = 0; draw < MaxCollisions; draw++)
        {
            var deviceCode = NewDeviceCode(options.UserCodeLength);
            var expiresAt = now + (request.CodeLifetime ?? options.CodeLifetime);
            var authorization = new DeviceAuthorization
            {
                Id = id,
                UserCode = deviceCode.UserCode!.Value,
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

            try
            {
                // The user code is the key, so a code that is taken cannot be stored twice: another one is drawn.
                if (await store.TryAddAsync(authorization, cancellationToken))
                {
                    metrics.Issued();
                    return new IssueResult.Issued(authorization, deviceCode);
                }
            }
            catch
            {
                // What was not issued does not count: an outage must not use up a network's allowance.
                _issued.Remove(request.Origin.Network, id, now);
                throw;
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
        await guesses.EnsureRefreshedAsync(cancellationToken);
        if (guesses.Refuses(approver, origin) is { } refusal)
        {
            return new InspectResult.TooManyGuesses(refusal);
        }

        // What cannot be a code cannot hit one either: a slip of the finger costs nobody an attempt.
        if (!UserCode.TryParse(userCode, out var parsed))
        {
            return new InspectResult.Invalid(IsGuess: false);
        }

        var found = await store.FindAsync(parsed, cancellationToken);
        var now = time.GetUtcNow();
        if (found?.StateAt(now) != DeviceAuthorizationState.Pending)
        {
            return await guesses.RecordAsync(approver, origin) is { } tooMany
                ? new InspectResult.TooManyGuesses(tooMany)
                : new InspectResult.Invalid(IsGuess: true);
        }

        // Again, because many codes may have been typed at once, and the wrong ones among them been too many by now.
        return guesses.Refuses(approver, origin) is { } refusedSince
            ? new InspectResult.TooManyGuesses(refusedSince)
            : new InspectResult.Pending(found, found.ExpiresAt - now, found.RequestedFrom.SharesNetworkWith(origin));
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
        switch (await InspectAsync(userCode, approver, origin, cancellationToken))
        {
            case InspectResult.TooManyGuesses(var refusal):
                return new DecideResult.TooManyGuesses(refusal);

            case InspectResult.Invalid(var isGuess):
                return new DecideResult.Invalid(isGuess);

            case InspectResult.Pending(var pending, _, _):
                var decision = new Decision(Guid.NewGuid(), approve, approver, time.GetUtcNow());
                if (!await store.TryDecideAsync(pending, decision, cancellationToken))
                {
                    return new DecideResult.Invalid(IsGuess: false);
                }

                metrics.Decided(pending, decision);
                _pacer.Forget(pending.DeviceCodeHash);
                return new DecideResult.Decided(pending, decision);

            case var other:
                throw new InvalidOperationException($"Unexpected: {other.GetType()}.");
        }
    }

    /// <summary>
    /// Answers a device of the login without clients, and completes the login when it is approved. One storage request, none when it polls too
    /// fast, two when it completes.
    /// </summary>
    /// <param name="deviceCode">The device code.</param>
    /// <param name="cancellationToken">Gives up waiting; the code may have been used up all the same.</param>
    /// <exception cref="StoreUnavailableException">The storage does not answer.</exception>
    public async Task<PollResult> PollAsync(DeviceCode deviceCode, CancellationToken cancellationToken)
    {
        var result = await CheckAsync(deviceCode, clientId: null, cancellationToken);
        if (result is not PollResult.Approved(var authorization))
        {
            return result;
        }

        var (_, isMine) = await ClaimAsync(authorization, cancellationToken);
        if (!isMine)
        {
            return new PollResult.AlreadyUsed();
        }

        metrics.Completed();
        return new PollResult.Complete(authorization, authorization.Decision!.User);
    }

    /// <summary>
    /// Answers a device that asks whether it has been approved (RFC 8628 §3.4, §3.5), and changes nothing. One storage request, none when
    /// it polls too fast.
    /// </summary>
    /// <param name="deviceCode">The device code.</param>
    /// <param name="clientId">The client that presents it, to which it must have been issued; null for the login without clients.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="StoreUnavailableException">The storage does not answer.</exception>
    public async Task<PollResult> CheckAsync(DeviceCode deviceCode, string? clientId, CancellationToken cancellationToken)
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
        if (authorization is null || !authorization.HasDeviceCode(hash) || authorization.ClientId != clientId)
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
        switch (state)
        {
            case DeviceAuthorizationState.Approved:
                return new PollResult.Approved(authorization);
            case DeviceAuthorizationState.Denied:
                return new PollResult.Denied();
            default:
                if (_pacer.IsFirstToldOfExpiry(authorization, now))
                {
                    metrics.Expired();
                }

                return new PollResult.Expired();
        }
    }

    /// <summary>
    /// Claims an approved authorization. One storage request, two when it is claimed already. When the storage does not tell whether a
    /// claim was made, it is kept in mind and made again by the next poll, which then wins by it: the login is not lost to an answer that was.
    /// </summary>
    /// <returns>The claim that counts, and whether it is this one: true for exactly one answer ever.</returns>
    /// <exception cref="StoreUnavailableException">The storage does not answer.</exception>
    public async Task<(Claim Claim, bool IsMine)> ClaimAsync(DeviceAuthorization authorization, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(authorization);
        var now = time.GetUtcNow();
        var claim = _unanswered.TryTake(authorization.DeviceCodeHash, now, out var made)
            ? made
            : new Claim(Guid.NewGuid(), Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)), now);
        try
        {
            var counts = await store.ClaimAsync(authorization, claim, cancellationToken);
            return (counts, counts.Id == claim.Id);
        }
        catch
        {
            _unanswered.Remember(authorization.DeviceCodeHash, claim, authorization.PurgeAfter, now);
            throw;
        }
    }

    /// <summary>Deletes what has been kept long enough, authorizations and wrong guesses.</summary>
    /// <returns>How many authorizations that were.</returns>
    /// <exception cref="StoreUnavailableException">The storage does not answer; the next purge goes on where this one stopped.</exception>
    public async Task<int> PurgeAsync(CancellationToken cancellationToken)
    {
        await guesses.PurgeAsync(cancellationToken);
        return await store.PurgeAsync(time.GetUtcNow(), cancellationToken);
    }
}
