namespace DeviceCode.Cli.Accounts;

using DeviceCode.Cli.Running;
using Microsoft.Identity.Client.Extensions.Msal;

/// <summary>Stores secrets in the keyring: libsecret on Linux, the keychain on macOS, a file encrypted by DPAPI on Windows.</summary>
/// <param name="folder">The folder of all profiles, which also contains the DPAPI file.</param>
/// <param name="variable">Returns the value of an environment variable.</param>
internal sealed class KeyringSecretStore(string folder, Func<string, string?> variable) : ISecretStore
{
    private const string Name = "devicecode";

    // A locked keyring may ask for its password in a window that the user does not see.
    private static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(20);

    /// <summary>Returns whether a secret can be written, read and deleted.</summary>
    public bool Works()
    {
        // Without a session bus, libsecret tries to start one.
        if (OperatingSystem.IsLinux() && variable("DBUS_SESSION_BUS_ADDRESS") is null or "")
        {
            return false;
        }

        try
        {
            return Task.Run(CheckAsync).Wait(CheckTimeout);
        }
        catch (AggregateException)
        {
            // Whatever the reason, the keyring cannot be used. The caller falls back to a file.
            return false;
        }
    }

    /// <inheritdoc />
    public byte[]? Load(string profile) => Try(() => Open(profile).ReadData()) is { Length: > 0 } secret ? secret : null;

    /// <inheritdoc />
    public void Save(string profile, byte[] secret) => Try(() => Open(profile).WriteData(secret));

    /// <inheritdoc />
    public void Delete(string profile) => Try(() => Open(profile).Clear(ignoreExceptions: false));

    // One process at a time, because all of them write, read and delete the same entry.
    private async Task CheckAsync()
    {
        await using var held = await ProcessLock.AcquireAsync(Path.Combine(folder, "keyring.lock"), CancellationToken.None);
        Open("check").VerifyPersistence();
    }

    // The key is the folder and the profile, because the same profile name in another folder is another account.
    private Storage Open(string profile)
    {
        var key = Path.Combine(folder, profile);
        return Storage.Create(new StorageCreationPropertiesBuilder("tokens.keyring", key)
            .WithMacKeyChain(Name, key)
            .WithLinuxKeyring(Name, "default", $"DeviceCode tokens ({profile})", new("application", Name), new("profile", key))
            .Build());
    }

    private static void Try(Action access) => Try(() =>
    {
        access();
        return true;
    });

    private static T Try<T>(Func<T> access)
    {
        try
        {
            return access();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The library throws exceptions of many types, with messages for developers.
            throw new CommandException(
                ExitCode.Fault, "The keyring does not respond.", "Unlock it, or sign in again with --storage file.", exception);
        }
    }
}
