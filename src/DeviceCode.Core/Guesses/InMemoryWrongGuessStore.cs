namespace DeviceCode.Core.Guesses;

/// <summary>The log of wrong user codes in the memory of this process, for tests and a first try without any setup.</summary>
public sealed class InMemoryWrongGuessStore : IWrongGuessStore
{
    private readonly Lock _lock = new();
    private readonly List<WrongGuess> _guesses = [];

    /// <inheritdoc />
    public Task AddAsync(WrongGuess guess, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _guesses.Add(guess);
            return Task.CompletedTask;
        }
    }

    /// <inheritdoc />
    public Task<IReadOnlyList<WrongGuess>> ReadAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<WrongGuess>>(_guesses.FindAll(guess => guess.At >= since));
        }
    }

    /// <inheritdoc />
    public Task<int> PurgeAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_guesses.RemoveAll(guess => guess.At < before));
        }
    }

    /// <inheritdoc />
    public Task PingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
