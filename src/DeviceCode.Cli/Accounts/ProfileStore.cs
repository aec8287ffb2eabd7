namespace DeviceCode.Cli.Accounts;

using System.Text.Json;
using System.Text.Json.Serialization;
using DeviceCode.Cli.Configuration;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Targets;
using DeviceCode.Cli.Terminal;
using DeviceCode.Client;

/// <summary>
/// Stores profiles, each in a folder of its own: <c>profile.json</c>, <c>tokens.json</c> if the tokens are not in the keyring, and a file
/// for each login of <c>--no-wait</c>.
/// </summary>
/// <param name="folder">The folder of all profiles.</param>
internal sealed class ProfileStore(string folder)
{
    private const string ProfileFile = "profile.json";
    private const string PendingFile = "pending-";

    // Well after a code expires.
    private static readonly TimeSpan PendingAge = TimeSpan.FromDays(2);

    /// <summary>The names of all signed-in profiles, sorted.</summary>
    public IReadOnlyList<string> Names => !Directory.Exists(folder) ? [] :
    [
        .. Directory.EnumerateDirectories(folder)
            .Select(path => Path.GetFileName(path))
            .Where(name => Settings.IsProfileName(name) && new FileInfo(PathOf(name, ProfileFile)) is { Exists: true, Length: > 0 })
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Returns a profile; null when it is not signed in.</summary>
    public Profile? Load(string name)
    {
        var path = PathOf(name, ProfileFile);
        try
        {
            // A file that could not be deleted is empty.
            var json = UnicodeText.ToUtf8(File.ReadAllBytes(path));
            var profile = json.IsEmpty ? null : JsonSerializer.Deserialize(json, AccountsJson.Default.Profile);
            return profile is not { Target: LoginTarget.Service, User: null } ? profile
                : throw new JsonException("A login without tokens must have a user.");
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception unusable) when (unusable is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new CommandException(
                ExitCode.Fault,
                $"The profile file {path} {(unusable is JsonException ? "is damaged" : "cannot be read")}.",
                $"Sign in again with the URL or provider name: devicecode login URL --profile {name}; "
                + $"or delete it: devicecode logout --profile {name}",
                unusable);
        }
    }

    /// <summary>Returns a profile; null when it is not signed in or damaged. A new login replaces a damaged one.</summary>
    public Profile? LoadUnlessDamaged(string name)
    {
        try
        {
            return Load(name);
        }
        catch (CommandException)
        {
            return null;
        }
    }

    /// <summary>Returns a profile, which must be signed in.</summary>
    public Profile Require(string name) => Load(name) ?? throw new CommandException(
        ExitCode.NotSignedIn,
        $"The profile \"{name}\" is not signed in.",
        $"Sign in: devicecode login URL{(name == "default" ? "" : $" --profile {name}")}");

    /// <summary>Proves that a login can be stored, before the user approves one that would then be lost.</summary>
    /// <param name="name">The profile.</param>
    /// <param name="secrets">The store of its tokens; null when the login returns none.</param>
    /// <param name="cancellationToken">Stops waiting for another process.</param>
    /// <exception cref="IOException">It cannot be stored; or <see cref="UnauthorizedAccessException"/>.</exception>
    public async Task ProveAsync(string name, ISecretStore? secrets, CancellationToken cancellationToken)
    {
        // With the lock, so that tokens which another process refreshes meanwhile are not replaced by the old ones.
        await using var held = await ProcessLock.OfProfileAsync(folder, name, cancellationToken);
        var path = PathOf(name, ProfileFile);
        PrivateFile.Prove(path, File.Exists(path) ? File.ReadAllBytes(path) : []);
        if (secrets is not null)
        {
            await secrets.ProveAsync(name, await secrets.LoadAsync(name, cancellationToken) ?? [], cancellationToken);
        }
    }

    public void Save(string name, Profile profile) =>
        PrivateFile.Write(PathOf(name, ProfileFile), JsonSerializer.SerializeToUtf8Bytes(profile, AccountsJson.Default.Profile));

    /// <summary>Returns whether a profile can be deleted, even if it is damaged.</summary>
    public bool Exists(string name) => Names.Contains(name);

    /// <summary>
    /// Deletes a profile, its pending logins and the drafts of killed writes. The lock file stays, because another process may be waiting
    /// for it.
    /// </summary>
    public void Delete(string name)
    {
        PrivateFile.Delete(PathOf(name, ProfileFile));
        PendingFilesOf(name).ForEach(PrivateFile.Delete);
    }

    /// <summary>Stores a login that another run of the command can continue, and returns the path of the file.</summary>
    public string SavePending(PendingLogin login)
    {
        PendingFilesOf(login.Profile)
            .FindAll(file => File.GetLastWriteTimeUtc(file) < (login.Authorization.ExpiresAt - PendingAge).UtcDateTime)
            .ForEach(PrivateFile.Delete);
        var path = PathOf(login.Profile, $"{PendingFile}{Guid.NewGuid():N}"[..(PendingFile.Length + 8)] + ".json");
        PrivateFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(login, AccountsJson.Default.PendingLogin));
        return path;
    }

    /// <summary>Returns whether a file was written by <see cref="SavePending"/>.</summary>
    public bool IsPending(string profile, string path) => PendingFilesOf(profile).Contains(PrivateFile.TargetOf(Path.GetFullPath(path)));

    private List<string> PendingFilesOf(string name) => Directory.Exists(PathOf(name, ""))
        ? [.. Directory.EnumerateFiles(PathOf(name, ""), $"{PendingFile}*")]
        : [];

    private string PathOf(string name, string file) => Path.Combine(folder, name, file);
}

/// <summary>A completed login, without its tokens. It contains no secret.</summary>
internal sealed record Profile
{
    /// <summary>The target, with every endpoint that was discovered.</summary>
    public required LoginTarget Target { get; init; }

    public required DateTimeOffset SignedInAt { get; init; }

    /// <summary>The user; null when the provider returned none.</summary>
    public Person? User { get; init; }

    /// <summary>The page with the user's API keys; null when the service has none.</summary>
    public Uri? ApiKeysUrl { get; init; }

    /// <summary>Where the tokens are stored; null when there are none.</summary>
    public TokenStorage? Storage { get; init; }
}

/// <summary>The user who signed in.</summary>
internal sealed record Person(string Name, string? Email)
{
    public static Person Of(UserInfo user) => new(user.Name ?? user.Username ?? user.Email ?? user.Subject, user.Email);

    /// <summary>Returns the user as mail programs write an address.</summary>
    public override string ToString() => Printable.Line(Email is null || Email == Name ? Name : $"{Name} <{Email}>");
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(Profile))]
[JsonSerializable(typeof(PendingLogin))]
[JsonSerializable(typeof(ResumableEvent))]
[JsonSerializable(typeof(BrokerSession))]
[JsonSerializable(typeof(SessionSecret))]
internal sealed partial class AccountsJson : JsonSerializerContext;
