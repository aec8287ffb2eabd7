namespace DeviceCode.Client;

/// <summary>Where tokens are kept between two runs of a program, each under a key of the program's choice.</summary>
public interface ITokenStore
{
    /// <summary>The tokens under a key; null when there are none.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<TokenSet?> LoadAsync(string key, CancellationToken cancellationToken);

    /// <summary>Keeps tokens under a key, in place of others. When it returns, they are safe.</summary>
    /// <param name="key">The key.</param>
    /// <param name="tokens">The tokens.</param>
    /// <param name="cancellationToken">Gives up; either the old or the new tokens are kept then, never half of them.</param>
    Task SaveAsync(string key, TokenSet tokens, CancellationToken cancellationToken);

    /// <summary>Forgets the tokens under a key, if there are any.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task DeleteAsync(string key, CancellationToken cancellationToken);

    /// <summary>Waits until nobody else, in any process that shares the store, holds the lock of a key, and takes it. It does not guard loading and saving.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The lock; disposing of it, or the end of the process, lets go of it.</returns>
    Task<IAsyncDisposable> LockAsync(string key, CancellationToken cancellationToken);
}
