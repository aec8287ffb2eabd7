namespace DeviceCode.Client;

using System.Collections.Concurrent;

/// <summary>Stores tokens in memory, for one process.</summary>
public sealed class InMemoryTokenStore : ITokenStore
{
    private readonly ConcurrentDictionary<string, TokenSet> _tokens = new();
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _locks = new();

    /// <inheritdoc />
    public Task<TokenSet?> LoadAsync(string key, CancellationToken cancellationToken) => Task.FromResult(_tokens.GetValueOrDefault(key));

    /// <inheritdoc />
    public Task SaveAsync(string key, TokenSet tokens, CancellationToken cancellationToken)
    {
        _tokens[key] = tokens;
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task DeleteAsync(string key, CancellationToken cancellationToken)
    {
        _tokens.TryRemove(key, out _);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public async Task<IAsyncDisposable> LockAsync(string key, CancellationToken cancellationToken)
    {
        var semaphore = _locks.GetOrAdd(key, _ => new SemaphoreSlim(1));
        await semaphore.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new Releaser(semaphore);
    }

    private sealed class Releaser(SemaphoreSlim semaphore) : IAsyncDisposable
    {
        private SemaphoreSlim? _held = semaphore;

        public ValueTask DisposeAsync()
        {
            Interlocked.Exchange(ref _held, null)?.Release();
            return ValueTask.CompletedTask;
        }
    }
}
