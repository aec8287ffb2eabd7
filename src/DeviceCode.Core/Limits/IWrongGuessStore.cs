namespace DeviceCode.Core.Limits;

/// <summary>The log of wrong user codes, shared by all instances of the service. Nothing in it ever changes.</summary>
/// <remarks>Every method throws <see cref="StoreUnavailableException"/> when the storage does not answer.</remarks>
public interface IWrongGuessStore
{
    /// <summary>Adds a guess.</summary>
    Task AddAsync(WrongGuess guess, CancellationToken cancellationToken);

    /// <summary>The guesses made at <paramref name="since"/> and later, by whichever instance.</summary>
    Task<IReadOnlyList<WrongGuess>> ReadAsync(DateTimeOffset since, CancellationToken cancellationToken);

    /// <summary>Deletes the guesses made before <paramref name="before"/>.</summary>
    /// <returns>How many there were.</returns>
    Task<int> PurgeAsync(DateTimeOffset before, CancellationToken cancellationToken);

    /// <summary>Returns when the storage answers and is set up.</summary>
    Task CheckAsync(CancellationToken cancellationToken);
}
