namespace DeviceCode.Cli.Tokens;

using DeviceCode.Cli.Failures;
using Microsoft.Identity.Client.Extensions.Msal;

/// <summary>Keeps secrets in the keyring: libsecret on Linux, the keychain on macOS, a file encrypted by DPAPI on Windows.</summary>
/// <param name="folder">The folder of all profiles, which the file of DPAPI is in.</param>
/// <param name="variable">The environment.</param>
internal sealed class KeyringSecretStore(string folder, Func<string, string?> variable) : ISecretStore
{
    private const string Name = "devicecode";

    // A keyring that is locked may ask for its password in a window that nobody sees.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Whether a secret can be written there, read and deleted again.</summary>
    public bool Works()
    {
        // Without a session bus, libsecret would try to start one.
        if (OperatingSystem.IsLinux() && variable("DBUS_SESSION_BUS_ADDRESS") is null or "")
        {
            return false;
        }

        try
        {
            return Task.Run(CheckAsync).Wait(Patience);
        }
        catch (AggregateException)
        {
            // Whatever it is, the keyring cannot be used; there is a file for that.
            return false;
        }
    }

    /// <inheritdoc />
    public byte[]? Load(string profile) => Try(() => Open(profile).ReadData()) is { Length: > 0 } secret ? secret : null;

    /// <inheritdoc />
    public void Save(string profile, byte[] secret) => Try(() =>
    {
        Open(profile).WriteData(secret);
        return true;
    });

    /// <inheritdoc />
    public void Delete(string profile) => Try(() =>
    {
        Open(profile).Clear(ignoreExceptions: false);
        return true;
    });

    // One at a time, because all write, read and delete the same entry.
    private async Task CheckAsync()
    {
        await using var alone = await ProcessLock.TakeAsync(Path.Combine(folder, "keyring.lock"), CancellationToken.None);
        Open("check").VerifyPersistence();
    }

    // By folder and profile: the same profile in another folder is somebody else's.
    private Storage Open(string profile) => Storage.Create(new StorageCreationPropertiesBuilder("tokens.keyring", Path.Combine(folder, profile))
        .WithMacKeyChain(Name, Path.Combine(folder, profile))
        .WithLinuxKeyring(Name, "default", $"DeviceCode tokens ({profile})", new("application", Name), new("profile", Path.Combine(folder, profile)))
        .Build());

    private static T Try<T>(Func<T> access)
    {
        try
        {
            return access();
        }
        catch (Exception refused) when (refused is not OutOfMemoryException)
        {
            // The library's own exceptions are of many types, and its messages are for its developers.
            throw new CommandException(
                ExitCode.Fault, "The keyring does not answer.", "Unlock it, or sign in again with --storage file.", refused);
        }
    }
}
