namespace DeviceCode.Core.Limits;

using DeviceCode.Core.Devices;

/// <summary>
/// Bounds how often a person, and a network, may enter a user code that leads nowhere (RFC 8628 §5.1).
/// </summary>
/// <remarks>
/// <para>
/// Only answers count: a guess is checked before its code is looked up, so that one too many costs nothing, and again before
/// it is answered, so that guessing many codes at once tells no more than guessing them one by one. Wrong ones go to a durable
/// log that all instances share; <see cref="RefreshAsync"/> brings in what other instances, or this one before a restart, have logged.
/// </para>
/// <para>
/// This way a right code costs no storage request for being counted, and a wrong one a single insert. The price: an instance
/// learns of guesses made elsewhere only at its next refresh. Until then, somebody who guesses through several instances at
/// once has the limit once for each of them.
/// </para>
/// </remarks>
public sealed class GuessLimiter(IWrongGuessStore store, DeviceAuthorizationOptions options, TimeProvider time, DeviceMetrics metrics)
{
    private const int RememberedKeys = 100_000;

    // Clocks of instances differ, and a write takes a while to arrive.
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(1);

    private readonly SlidingWindow _byUser = new(options.WrongGuessesPerUser, options.WrongGuessWindow, RememberedKeys);
    private readonly SlidingWindow _byAddress = new(options.WrongGuessesPerAddress, options.WrongGuessWindow, RememberedKeys);
    // UTC ticks; zero before the first time.
    private long _refreshedAt;

    /// <summary>Why no code of this person, or from this network, is looked at now; null when it is. To be told so counts as being refused.</summary>
    public Refusal? Refuses(User user, RequestOrigin origin)
    {
        var now = time.GetUtcNow();
        var guess = WrongGuess.By(user, origin, now);
        return RefusedPerson(_byUser.Refuses(guess.UserKey, now)) ?? Refused(_byAddress.Refuses(guess.AddressKey, now));
    }

    /// <summary>Counts a wrong guess. One storage request, none when there have been too many.</summary>
    /// <returns>Null when it was counted, and may be answered as wrong; a refusal when there were too many before it.</returns>
    public async Task<Refusal?> RecordAsync(User user, RequestOrigin origin)
    {
        var now = time.GetUtcNow();
        var guess = WrongGuess.By(user, origin, now);
        if (_byUser.TryAdd(guess.UserKey, guess.Id, now) is { } tooManyByUser)
        {
            return RefusedPerson(tooManyByUser);
        }

        if (_byAddress.TryAdd(guess.AddressKey, guess.Id, now) is { } tooManyByAddress)
        {
            _byUser.Remove(guess.UserKey, guess.Id, now);
            return Refused(tooManyByAddress);
        }

        metrics.WrongUserCode();

        // Not to be cancelled: who hangs up when a right code would have been answered must not get the guess for free.
        await store.AddAsync(guess, CancellationToken.None);
        return null;
    }

    /// <summary>Returns when what was logged before this instance started is known, so that a restart forgives nobody. Most of the time, at once.</summary>
    public Task EnsureRefreshedAsync(CancellationToken cancellationToken) =>
        Interlocked.Read(ref _refreshedAt) == 0 ? RefreshAsync(cancellationToken) : Task.CompletedTask;

    /// <summary>Learns what has been logged since the last time; the first time, all that still counts. One storage request.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var since = Math.Max(Interlocked.Read(ref _refreshedAt) - Overlap.Ticks, (now - options.WrongGuessWindow).UtcTicks);
        foreach (var guess in await store.ReadAsync(new DateTimeOffset(since, TimeSpan.Zero), cancellationToken))
        {
            _byUser.Add(guess.UserKey, guess.Id, guess.At, now);
            _byAddress.Add(guess.AddressKey, guess.Id, guess.At, now);
        }

        Interlocked.Exchange(ref _refreshedAt, now.UtcTicks);
    }

    /// <summary>Deletes what no longer counts.</summary>
    /// <returns>How many guesses that were.</returns>
    public Task<int> PurgeAsync(CancellationToken cancellationToken) =>
        store.PurgeAsync(time.GetUtcNow() - options.WrongGuessWindow - Overlap, cancellationToken);

    private Refusal? RefusedPerson(Refusal? refusal) => Refused(refusal is null ? null : refusal with { IsOfPerson = true });

    private Refusal? Refused(Refusal? refusal)
    {
        if (refusal is not null)
        {
            metrics.TooManyGuesses();
        }

        return refusal;
    }
}
