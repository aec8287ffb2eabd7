namespace DeviceCode.Cli.Profiles;

using System.Text.Json;
using DeviceCode.Cli.Failures;
using DeviceCode.Cli.Login;
using DeviceCode.Cli.Tokens;

/// <summary>The profiles, a folder each: <c>profile.json</c>, and, where they are not in the keyring, <c>tokens.json</c>.</summary>
/// <param name="folder">The folder of all of them.</param>
internal sealed class ProfileStore(string folder)
{
    private const string ProfileFile = "profile.json";
    private const string PendingFile = "pending.json";

    /// <summary>The names of the profiles that are signed in, in order.</summary>
    public IReadOnlyList<string> Names => Directory.Exists(folder)
        ? [.. Directory.EnumerateDirectories(folder).Select(path => Path.GetFileName(path)).Where(name => IsName(name) && File.Exists(PathOf(name, ProfileFile))).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Whether a text can name a profile: it becomes a folder.</summary>
    public static bool IsName(string text) =>
        text.Length is > 0 and <= 64 && char.IsAsciiLetterOrDigit(text[0]) && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');

    /// <summary>A profile; null when it is not signed in.</summary>
    public Profile? Load(string name)
    {
        var path = PathOf(name, ProfileFile);
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), CliJson.Default.Profile);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException wrong)
        {
            throw new CommandException(ExitCode.Fault, $"The file {path} is damaged.", $"Sign in again, naming what to: devicecode login URL --profile {name}", wrong);
        }
    }

    /// <summary>A profile; null when it is not signed in, or is damaged, which a new login mends.</summary>
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

    /// <summary>A profile, which must be signed in.</summary>
    public Profile Require(string name) => Load(name) ?? throw new CommandException(
        ExitCode.NotSignedIn, $"Nobody is signed in with the profile {name}.", $"Sign in: devicecode login{(name == "default" ? " URL" : $" URL --profile {name}")}");

    /// <summary>Makes sure that a profile can be kept, before anybody approves what would then be lost.</summary>
    /// <exception cref="IOException">It cannot; or <see cref="UnauthorizedAccessException"/>.</exception>
    public void Prepare(string name)
    {
        var path = PathOf(name, $"check.{Guid.NewGuid():N}");
        PrivateFile.Write(path, []);
        PrivateFile.Delete(path);
    }

    /// <summary>Keeps a profile, in place of what was there.</summary>
    public void Save(string name, Profile profile) =>
        PrivateFile.Write(PathOf(name, ProfileFile), JsonSerializer.SerializeToUtf8Bytes(profile, CliJson.Default.Profile));

    /// <summary>Forgets a profile, and a login that waits for it. Its lock stays: somebody may be waiting for that.</summary>
    public void Delete(string name)
    {
        PrivateFile.Delete(PathOf(name, ProfileFile));
        PrivateFile.Delete(PathOf(name, PendingFile));
    }

    /// <summary>Keeps a login for another run of the command, and tells in which file.</summary>
    public string Keep(PendingLogin login)
    {
        var path = PathOfPending(login.Profile);
        PrivateFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(login, CliJson.Default.PendingLogin));
        return path;
    }

    /// <summary>Where <see cref="Keep"/> keeps the login of a profile.</summary>
    public string PathOfPending(string name) => PathOf(name, PendingFile);

    private string PathOf(string name, string file) => Path.Combine(folder, name, file);
}
