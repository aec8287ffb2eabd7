namespace DeviceCode.Cli.Accounts;

using System.Text.Json;
using DeviceCode.Cli.Configuration;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Targets;

/// <summary>
/// Stores the session of each profile: its service in <c>broker.json</c> in the profile's folder, and its secret where the tokens are, too.
/// </summary>
/// <param name="folder">The folder of all profiles.</param>
/// <param name="secrets">Returns the store of a secret.</param>
internal sealed class SessionStore(string folder, Func<TokenStorage, ISecretStore> secrets)
{
    /// <summary>Returns the key of the secret of a profile's session.</summary>
    public static string KeyOf(string profile) => $"{profile}/session";

    /// <summary>Returns the session of a profile; null when there is none.</summary>
    /// <exception cref="CommandException">Its file is damaged.</exception>
    public BrokerSession? Load(string profile)
    {
        var path = PathOf(profile);
        try
        {
            // A file that could not be deleted is empty.
            var json = UnicodeText.ToUtf8(File.ReadAllBytes(path));
            var session = json.IsEmpty ? null : JsonSerializer.Deserialize(json, AccountsJson.Default.BrokerSession);
            return session?.Service.IsWeb() != false ? session : throw new JsonException("A session must have the URL of its service.");
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception unusable) when (unusable is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new CommandException(
                ExitCode.Fault,
                $"The session file {path} {(unusable is JsonException ? "is damaged" : "cannot be read")}.",
                $"Delete the session: devicecode creds rm --all --profile {profile}",
                unusable);
        }
    }

    /// <summary>Returns the secret of a session, <c>dcs_…</c>.</summary>
    /// <exception cref="CommandException">It is missing or damaged.</exception>
    public async Task<string> LoadSecretAsync(string profile, BrokerSession session, CancellationToken cancellationToken)
    {
        var stored = await secrets(session.Storage).LoadAsync(KeyOf(profile), cancellationToken);
        try
        {
            var secret = stored is null ? null : JsonSerializer.Deserialize(UnicodeText.ToUtf8(stored), AccountsJson.Default.SessionSecret);

            // The service beside the secret is the one that issued it, whatever the other file says.
            if (secret?.Service == session.Service && secret.Session.Length > 0 && secret.Session.All(c => c is > ' ' and <= '~'))
            {
                return secret.Session;
            }
        }
        catch (JsonException)
        {
            // Not as an inner exception, because its message may contain part of the secret.
        }

        throw new CommandException(
            ExitCode.NotSignedIn,
            $"The secret of the session of the profile \"{profile}\" is missing or damaged.",
            $"Delete the session: devicecode creds rm --all --profile {profile}");
    }

    /// <summary>
    /// Proves that a session can be stored, before one is created: the service returns it once. Call it, and <see cref="SaveAsync"/>, with
    /// the profile's lock.
    /// </summary>
    /// <exception cref="IOException">It cannot be stored; or <see cref="UnauthorizedAccessException"/>.</exception>
    public async Task ProveAsync(string profile, TokenStorage storage, CancellationToken cancellationToken)
    {
        PrivateFile.Prove(PathOf(profile), []);
        await secrets(storage).ProveAsync(KeyOf(profile), [], cancellationToken);
    }

    /// <summary>Stores a session. It is durable when the task completes.</summary>
    public async Task SaveAsync(string profile, BrokerSession session, string secret)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(
            new SessionSecret { Service = session.Service, Session = secret }, AccountsJson.Default.SessionSecret);
        await secrets(session.Storage).SaveAsync(KeyOf(profile), json, CancellationToken.None);
        PrivateFile.Write(PathOf(profile), JsonSerializer.SerializeToUtf8Bytes(session, AccountsJson.Default.BrokerSession));
    }

    /// <summary>Deletes the session of a profile.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="session">The session; null for a damaged one, whose storage is not known.</param>
    public async Task DeleteAsync(string profile, BrokerSession? session)
    {
        foreach (var storage in session is null ? [TokenStorage.File, TokenStorage.Keyring] : new[] { session.Storage })
        {
            try
            {
                await secrets(storage).DeleteAsync(KeyOf(profile), CancellationToken.None);
            }
            catch (KeyringException) when (session is null)
            {
                // There may be none.
            }
        }

        PrivateFile.Delete(PathOf(profile));
    }

    /// <summary>Returns whether a profile has a session, even a damaged one.</summary>
    public bool Exists(string profile) => new FileInfo(PathOf(profile)) is { Exists: true, Length: > 0 };

    /// <summary>Acquires the lock of a profile.</summary>
    public Task<ProcessLock> LockAsync(string profile, CancellationToken cancellationToken) =>
        ProcessLock.OfProfileAsync(folder, profile, cancellationToken);

    private string PathOf(string profile) => Path.Combine(folder, profile, "broker.json");
}

/// <summary>A session at a credential broker, without its secret.</summary>
internal sealed record BrokerSession
{
    /// <summary>The URL of the service.</summary>
    public required Uri Service { get; init; }

    /// <summary>Where the secret is stored.</summary>
    public required TokenStorage Storage { get; init; }
}

/// <summary>The secret of a session, with the service that issued it and is the only one to receive it.</summary>
internal sealed record SessionSecret
{
    public required Uri Service { get; init; }

    public required string Session { get; init; }

    /// <summary>Returns a text without the secret.</summary>
    public override string ToString() => $"{nameof(SessionSecret)} {{ Service = {Service}, Session = **** }}";
}
