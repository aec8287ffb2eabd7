namespace DeviceCode.Core.Guesses;

using DeviceCode.Core.Bookkeeping;

/// <summary>Limits how many wrong user codes a person, and a network, may enter (RFC 8628 §5.1).</summary>
/// <remarks>
/// <para>
/// The limit is checked twice: before a code is looked up, so that a refused guess costs no storage request, and again before the
/// result is returned, so that guessing in parallel reveals no more than guessing one by one. Wrong codes go to a durable log that
/// all instances share; <see cref="RefreshAsync"/> reads what other instances, or this one before a restart, have added to it.
/// </para>
/// <para>
/// So a right code costs no storage request, and a wrong one costs a single insert. The drawback: an instance learns of other
/// instances' guesses only at its next refresh. Until then, an attacker who spreads guesses over several instances gets the limit
/// once per instance.
/// </para>
/// <para>
/// The limit of a network applies only to people who have entered a wrong code themselves. Otherwise a few accounts could keep everyone
/// in a company's network from approving, for as long as they like. The price is one more wrong code for each account in the network.
/// </para>
/// </remarks>
public sealed class GuessLimiter(IWrongGuessStore store, GuessLimits limits, TimeProvider time, DeviceMetrics metrics)
{
    // Bounds the memory that guesses from many people or networks can take.
    private const int MaxKeys = 100_000;

    // Each refresh reads this far back again: the instances' clocks differ by a minute or more, and a write takes a while to arrive.
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(2);

    private readonly SlidingWindow _byUser = new(limits.PerUser, limits.Window, MaxKeys);
    private readonly SlidingWindow _byNetwork = new(limits.PerNetwork, limits.Window, MaxKeys);

    // In UTC ticks; zero before the first refresh.
    private long _refreshedAt;

    /// <summary>Reads the log since the last refresh; the first time, for the whole window. One storage request.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();

        // The last refresh is in the future when the clock was set back since.
        var refreshedAt = Math.Min(Interlocked.Read(ref _refreshedAt), now.UtcTicks);
        var since = Math.Max(refreshedAt - Overlap.Ticks, (now - limits.Window).UtcTicks);
        foreach (var guess in await store.ReadAsync(new DateTimeOffset(since, TimeSpan.Zero), cancellationToken))
        {
            _byUser.Import(guess.UserKey, guess.Id, guess.At, now);
            _byNetwork.Import(guess.AddressKey, guess.Id, guess.At, now);
        }

        Interlocked.Exchange(ref _refreshedAt, now.UtcTicks);
    }

    /// <summary>Completes once the log has been read, so that the counts survive a restart. Usually immediate.</summary>
    internal Task EnsureRefreshedAsync(CancellationToken cancellationToken) =>
        Interlocked.Read(ref _refreshedAt) == 0 ? RefreshAsync(cancellationToken) : Task.CompletedTask;

    /// <summary>Checks whether this person, or this network because of them and others, has reached the limit.</summary>
    /// <returns>Null when the person may enter a code. A non-null result counts as a refusal.</returns>
    internal GuessLimitExceeded? Check(User user, RequestOrigin origin)
    {
        var now = time.GetUtcNow();
        var guess = WrongGuess.By(user, origin, now);
        return Refused(_byUser.Check(guess.UserKey, now), isPerUser: true)
            ?? (_byUser.HasAny(guess.UserKey, now) ? Refused(_byNetwork.Check(guess.AddressKey, now), isPerUser: false) : null);
    }

    /// <summary>Counts a wrong guess. One storage request; none when the limit is reached.</summary>
    /// <returns>Null when the guess was counted, and the client may learn that the code is wrong.</returns>
    internal async Task<GuessLimitExceeded?> RecordAsync(User user, RequestOrigin origin, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var guess = WrongGuess.By(user, origin, now);
        if (Refused(_byUser.TryAdd(guess.UserKey, guess.Id, now, out var isFirst), isPerUser: true) is { } userLimit)
        {
            return userLimit;
        }

        if (isFirst)
        {
            _byNetwork.Import(guess.AddressKey, guess.Id, now, now);
        }
        else if (Refused(_byNetwork.TryAdd(guess.AddressKey, guess.Id, now), isPerUser: false) is { } networkLimit)
        {
            _byUser.Remove(guess.UserKey, guess.Id, now);
            return networkLimit;
        }

        metrics.WrongUserCode();
        await store.AddAsync(guess, cancellationToken);
        return null;
    }

    /// <summary>Deletes the guesses that no longer count.</summary>
    internal Task<int> PurgeAsync(CancellationToken cancellationToken) =>
        store.PurgeAsync(time.GetUtcNow() - limits.Window - Overlap, cancellationToken);

    private GuessLimitExceeded? Refused(LimitExceeded? limit, bool isPerUser)
    {
        if (limit is null)
        {
            return null;
        }

        metrics.TooManyGuesses();
        return new GuessLimitExceeded(limit.RetryAfter, limit.IsFirst, isPerUser);
    }
}
