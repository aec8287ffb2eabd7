namespace DeviceCode.Cli.Accounts;

using DeviceCode.Cli.Running;

/// <summary>Stores one secret per profile. A store that cannot be opened is an error, and not the same as an empty one.</summary>
/// <remarks>
/// Every method throws a <see cref="KeyringException"/> when the keyring is locked or does not respond, and an <see cref="IOException"/> or
/// <see cref="UnauthorizedAccessException"/> when a file cannot be read or written.
/// </remarks>
internal interface ISecretStore
{
    /// <summary>Returns the secret of a profile; null when there is none.</summary>
    Task<byte[]?> LoadAsync(string profile, CancellationToken cancellationToken);

    /// <summary>Stores the secret of a profile. It is durable when the task completes.</summary>
    Task SaveAsync(string profile, byte[] secret, CancellationToken cancellationToken);

    /// <summary>Proves that a secret like the current one can be stored, by storing the current one again.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="current">The stored secret, which is JSON; empty when there is none.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    Task ProveAsync(string profile, byte[] current, CancellationToken cancellationToken);

    /// <summary>Deletes the secret of a profile, if there is one.</summary>
    Task DeleteAsync(string profile, CancellationToken cancellationToken);
}
