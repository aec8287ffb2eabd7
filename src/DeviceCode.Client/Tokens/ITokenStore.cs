namespace DeviceCode.Client;

/// <summary>Stores tokens between two runs of a program, under keys that the program chooses.</summary>
public interface ITokenStore
{
    /// <summary>Returns the tokens under a key; null when there are none.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    Task<TokenSet?> LoadAsync(string key, CancellationToken cancellationToken);

    /// <summary>
    /// Proves that tokens can be saved; by default, by saving the current ones again. It is called with the lock, before a request whose
    /// response cannot be repeated. A store in files should also prove that there is space for a larger response.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="current">The tokens that are stored.</param>
    /// <param name="cancellationToken">Cancels the operation. The current tokens stay stored.</param>
    /// <exception cref="Exception">Tokens cannot be saved, for example on a full disk. The current tokens stay stored.</exception>
    Task ProveAsync(string key, TokenSet current, CancellationToken cancellationToken) => SaveAsync(key, current, cancellationToken);

    /// <summary>Stores tokens under a key and replaces earlier ones. The tokens are durable when it returns.</summary>
    /// <param name="key">The key.</param>
    /// <param name="tokens">The tokens.</param>
    /// <param name="cancellationToken">Cancels the operation. Either the old or the new tokens are then stored, never a mixture.</param>
    Task SaveAsync(string key, TokenSet tokens, CancellationToken cancellationToken);

    /// <summary>Deletes the tokens under a key, if there are any.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    Task DeleteAsync(string key, CancellationToken cancellationToken);

    /// <summary>
    /// Acquires the lock of a key, which all processes that use the store share. Loading and saving do not require the lock.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The lock. It is released when it is disposed of, or when the process ends.</returns>
    Task<IAsyncDisposable> LockAsync(string key, CancellationToken cancellationToken);
}
