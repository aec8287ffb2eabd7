namespace DeviceCode.Cli.Accounts;

using DeviceCode.Cli.Running;

/// <summary>
/// Stores secrets under keys: the name of a profile for its tokens, or <c>PROFILE/NAME</c>. A store that cannot be opened is an error, and
/// not the same as an empty one.
/// </summary>
/// <remarks>
/// Every method throws a <see cref="KeyringException"/> when the keyring is locked or does not respond, and an <see cref="IOException"/> or
/// <see cref="UnauthorizedAccessException"/> when a file cannot be read or written.
/// </remarks>
internal interface ISecretStore
{
    /// <summary>Returns the secret of a key; null when there is none.</summary>
    Task<byte[]?> LoadAsync(string key, CancellationToken cancellationToken);

    /// <summary>Stores the secret of a key. It is durable when the task completes.</summary>
    Task SaveAsync(string key, byte[] secret, CancellationToken cancellationToken);

    /// <summary>Proves that a secret like the current one can be stored, by storing the current one again.</summary>
    /// <param name="key">The key.</param>
    /// <param name="current">The stored secret, which is JSON; empty when there is none.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    Task ProveAsync(string key, byte[] current, CancellationToken cancellationToken);

    /// <summary>Deletes the secret of a key, if there is one.</summary>
    Task DeleteAsync(string key, CancellationToken cancellationToken);
}
