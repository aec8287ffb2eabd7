namespace DeviceCode.Cli.Accounts;

using DeviceCode.Cli.Running;
using Microsoft.Identity.Client.Extensions.Msal;

/// <summary>Stores secrets in the keyring: libsecret on Linux, the keychain on macOS, a file encrypted by DPAPI on Windows.</summary>
/// <remarks>
/// On Linux it does not use Microsoft's library, which only logs the errors of libsecret: a locked keyring would look empty, and tokens
/// that could not be stored would look stored.
/// </remarks>
/// <param name="folder">The folder of all profiles, which also contains the DPAPI file.</param>
/// <param name="variable">Returns the value of an environment variable.</param>
/// <param name="notice">Prints a notice for the user.</param>
internal sealed class KeyringSecretStore(string folder, Func<string, string?> variable, Action<string> notice) : ISecretStore
{
    private const string Name = "devicecode";

    private static readonly TimeSpan NoticeDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(10);

    // A locked keyring asks the user for its password. The keychain of macOS may, too, and does not tell before.
    private static readonly TimeSpan PromptTimeout = TimeSpan.FromMinutes(1);

    private KeyringException? _failure;

    /// <summary>Returns whether a secret can be written, read and deleted. The user may have to unlock the keyring first.</summary>
    public async Task<bool> WorksAsync(CancellationToken cancellationToken)
    {
        if (!HasBus)
        {
            return false;
        }

        try
        {
            // One process at a time, because all of them write, read and delete the same entry.
            await using var held = await ProcessLock.AcquireAsync(Path.Combine(folder, "keyring.lock"), cancellationToken);
            const string check = ".check"; // not the name of a profile
            await SaveAsync(check, "check"u8.ToArray(), cancellationToken);
            var works = await LoadAsync(check, cancellationToken) is { } read && read.AsSpan().SequenceEqual("check"u8);
            await DeleteAsync(check, cancellationToken);
            return works;
        }
        catch (KeyringException)
        {
            // Every failure means that the keyring cannot be used.
            return false;
        }
    }

    /// <inheritdoc />
    public async Task<byte[]?> LoadAsync(string key, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            return await AccessAsync(PromptTimeout, _ => Open(key).ReadData(), cancellationToken) is { Length: > 0 } read ? read : null;
        }

        var attributes = AttributesOf(key);
        var secret = await FindAsync(key, cancellationToken) switch
        {
            SecretServiceEntry.None => null,
            SecretServiceEntry.Locked => await LoadAsync(PromptTimeout) ?? throw Locked(),
            _ => await LoadAsync(ResponseTimeout),
        };
        return secret is { Length: > 0 } ? Convert.FromBase64String(secret) : null;

        Task<string?> LoadAsync(TimeSpan timeout) =>
            AccessAsync(timeout, cancelled => SecretService.Load(attributes, cancelled), cancellationToken);
    }

    /// <inheritdoc />
    public Task SaveAsync(string key, byte[] secret, CancellationToken cancellationToken) => ChangeAsync(
        key,
        cancelled => SecretService.Store(AttributesOf(key), LabelOf(key), Convert.ToBase64String(secret), cancelled),
        _ => Open(key).WriteData(secret),
        cancellationToken);

    /// <inheritdoc />
    public Task ProveAsync(string key, byte[] current, CancellationToken cancellationToken) =>
        current.Length > 0 ? SaveAsync(key, current, cancellationToken) : Task.CompletedTask;

    /// <inheritdoc />
    public Task DeleteAsync(string key, CancellationToken cancellationToken) => ChangeAsync(
        key,
        cancelled => SecretService.Delete(AttributesOf(key), cancelled),
        _ => Open(key).Clear(ignoreExceptions: false),
        cancellationToken);

    // The short time-out applies to a keyring that does not respond, and the long one to one that waits for the user.
    private async Task ChangeAsync(
        string key, Action<CancellationToken> onLinux, Action<CancellationToken> elsewhere, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsLinux())
        {
            await FindAsync(key, cancellationToken);
        }

        await AccessAsync(
            PromptTimeout,
            cancelled =>
            {
                (OperatingSystem.IsLinux() ? onLinux : elsewhere)(cancelled);
                return true;
            },
            cancellationToken);
    }

    private Task<SecretServiceEntry> FindAsync(string key, CancellationToken cancellationToken) =>
        AccessAsync(ResponseTimeout, cancelled => SecretService.Find(AttributesOf(key), cancelled), cancellationToken);

    // Without a session bus, libsecret tries to start one.
    private bool HasBus => !OperatingSystem.IsLinux() || variable("DBUS_SESSION_BUS_ADDRESS") is { Length: > 0 };

    // The entry is named by the folder and the key, because the same profile name in another folder is another account.
    private string KeyOf(string key) => Path.Combine(folder, key);

    private static string LabelOf(string key) => $"DeviceCode tokens ({key})";

    private Dictionary<string, string> AttributesOf(string key) => new() { ["application"] = Name, ["profile"] = KeyOf(key) };

    private Storage Open(string key) => Storage.Create(
        new StorageCreationPropertiesBuilder("tokens.keyring", KeyOf(key)).WithMacKeyChain(Name, KeyOf(key)).Build());

    // On a thread of its own, because a call of the keyring can block for ever. If it does, it is abandoned.
    private async Task<T> AccessAsync<T>(TimeSpan timeout, Func<CancellationToken, T> access, CancellationToken cancellationToken)
    {
        // Once it has not responded, do not wait for it again.
        if (_failure is { } earlier)
        {
            throw earlier;
        }

        if (!HasBus)
        {
            throw new KeyringException("The session has no keyring, because DBUS_SESSION_BUS_ADDRESS is not set.");
        }

        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var accessing = Task.Run(() => access(cancelled.Token), CancellationToken.None);
        try
        {
            await Task.WhenAny(accessing, Task.Delay(NoticeDelay, TimeProvider.System, cancellationToken));
            if (!accessing.IsCompleted && !cancellationToken.IsCancellationRequested)
            {
                notice("waiting for the keyring, which may be asking for its password in a window.");
            }

            return await accessing.WaitAsync(timeout - NoticeDelay, TimeProvider.System, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw _failure = new KeyringException($"The keyring did not respond within {timeout.TotalSeconds:0} seconds.");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (SecretServiceException locked) when (locked.IsDismissed)
        {
            throw Locked();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Microsoft's library throws exceptions of many types, with messages for developers.
            throw new KeyringException("The keyring cannot be opened.", exception);
        }
        finally
        {
            await cancelled.CancelAsync();
        }
    }

    private KeyringException Locked() => _failure = new KeyringException("The keyring is locked.");
}
