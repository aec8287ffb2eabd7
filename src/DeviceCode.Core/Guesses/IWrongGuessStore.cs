namespace DeviceCode.Core.Guesses;

/// <summary>A log of wrong user codes that all instances of the service share. Entries never change.</summary>
/// <remarks>Every method throws <see cref="StoreUnavailableException"/> when the storage does not respond.</remarks>
public interface IWrongGuessStore
{
    /// <summary>Adds a guess.</summary>
    Task AddAsync(WrongGuess guess, CancellationToken cancellationToken);

    /// <summary>Returns the guesses made at <paramref name="since"/> or later, on any instance.</summary>
    Task<IReadOnlyList<WrongGuess>> ReadAsync(DateTimeOffset since, CancellationToken cancellationToken);

    /// <summary>Deletes the guesses made before <paramref name="before"/>.</summary>
    /// <returns>The number of deleted guesses.</returns>
    Task<int> PurgeAsync(DateTimeOffset before, CancellationToken cancellationToken);

    /// <summary>Completes when the storage responds and its table exists.</summary>
    Task PingAsync(CancellationToken cancellationToken);
}
