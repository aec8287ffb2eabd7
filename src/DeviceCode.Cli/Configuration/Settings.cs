namespace DeviceCode.Cli.Configuration;

using DeviceCode.Cli.Running;
using SpecialFolder = System.Environment.SpecialFolder;

/// <summary>The settings outside the command line: environment variables first, then the configuration file.</summary>
internal sealed class Settings(Func<string, string?> variable, ConfigFile file)
{
    private const string DefaultProfile = "default";

    public ConfigFile File { get; } = file;

    /// <summary>Whether Enter opens a browser.</summary>
    public bool? Browser => Switch("BROWSER") ?? File.Browser;

    /// <summary>Whether to show the QR code; null to show it where it fits.</summary>
    public bool? Qr => Switch("QR") ?? File.Qr;

    /// <summary>The storage for tokens; null for the keyring if it works, else a file.</summary>
    public TokenStorage? Storage => Variable("STORAGE") switch
    {
        null => File.Storage,
        "keyring" => TokenStorage.Keyring,
        "file" => TokenStorage.File,
        _ => throw Invalid("STORAGE", "keyring or file"),
    };

    /// <summary>Returns whether a text can name a profile. The name becomes the name of a folder.</summary>
    public static bool IsProfileName(string text) =>
        text.Length is > 0 and <= 64
        && char.IsAsciiLetterOrDigit(text[0])
        && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');

    /// <summary>Returns the profile to use.</summary>
    /// <param name="flag">The profile on the command line, if any.</param>
    public string Profile(string? flag)
    {
        var name = flag ?? Variable("PROFILE") ?? File.Profile ?? DefaultProfile;
        return IsProfileName(name) ? name : throw new CommandException(
            ExitCode.Usage,
            $"Invalid profile name \"{name}\".",
            "Use up to 64 letters, digits, \"-\", \"_\" and \".\", and begin with a letter or a digit.");
    }

    /// <summary>Returns the settings of a profile. Environment variables apply to every profile.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="target">
    /// The target on the command line; null to use the configured one. If the file names a provider, its client id and secret are used only
    /// with that provider, so that they are never sent to another. If it names none, they are used with any.
    /// </param>
    public ProfileSettings For(string profile, string? target)
    {
        target ??= Variable("PROVIDER");
        var own = File.Profiles.GetValueOrDefault(profile);
        var isForTarget = target is null || own?.Provider is null || own.Provider == target;
        var settings = own is not null && isForTarget ? own : new ProfileSettings();
        return settings with
        {
            Provider = Variable("PROVIDER") ?? settings.Provider,
            ClientId = Variable("CLIENT_ID") ?? settings.ClientId,
            Scope = Variable("SCOPE") ?? settings.Scope,
        };
    }

    /// <summary>
    /// Returns the URL of the service whose broker keeps the credentials of a profile; null for that of its login or session.
    /// </summary>
    public string? Service(string profile) => Variable("SERVICE") ?? File.Profiles.GetValueOrDefault(profile)?.Service;

    /// <summary>
    /// Returns the client secret in the environment; null when there is none, or when it belongs to another client: it must not be sent to
    /// another provider. It belongs to the client id in the environment, or else to one on the command line.
    /// </summary>
    /// <param name="clientId">The client id of the login.</param>
    /// <param name="isFromCommandLine">Whether that id is on the command line.</param>
    public string? ClientSecretFor(string? clientId, bool isFromCommandLine) =>
        IsFor(clientId, isFromCommandLine) ? Variable("CLIENT_SECRET") : null;

    /// <summary>Returns the file with the client secret that the environment names, by the same rule.</summary>
    /// <param name="clientId">The client id of the login.</param>
    /// <param name="isFromCommandLine">Whether that id is on the command line.</param>
    public string? ClientSecretFileFor(string? clientId, bool isFromCommandLine) =>
        IsFor(clientId, isFromCommandLine) ? Variable("CLIENT_SECRET_FILE") : null;

    /// <summary>Whether there is a client secret in the environment without a client id.</summary>
    public bool HasSecretOfUnknownClient => Variable("CLIENT_SECRET") is not null && Variable("CLIENT_ID") is null;

    /// <summary>
    /// Reads the client secret from a file, without the line ends after it, which editors add; spaces can belong to a secret (RFC 6749
    /// appendix A.2). Returns null when no file is given.
    /// </summary>
    public static string? ReadClientSecret(string? file)
    {
        try
        {
            return file is null ? null
                : System.IO.File.ReadAllText(file).TrimEnd('\r', '\n') is { Length: > 0 } secret ? secret
                : throw new CommandException(ExitCode.Usage, $"The file {file} contains no client secret.", "Put the secret into it.");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(
                ExitCode.Usage,
                $"The client secret cannot be read from {file}.",
                "Put the secret into that file, or set DEVICECODE_CLIENT_SECRET to it.",
                unreadable);
        }
    }

    private bool IsFor(string? clientId, bool isFromCommandLine) =>
        Variable("CLIENT_ID") is { } own ? own == clientId : isFromCommandLine;

    private bool? Switch(string name) => Variable(name) switch
    {
        null => null,
        "1" or "true" => true,
        "0" or "false" => false,
        _ => throw Invalid(name, "true or false"),
    };

    // Without line ends, which "$(cat FILE)" keeps on Windows and secret stores add.
    private string? Variable(string name) =>
        variable($"DEVICECODE_{name}")?.TrimEnd('\r', '\n') is { Length: > 0 } value ? value : null;

    private CommandException Invalid(string name, string allowed) => new(
        ExitCode.Usage, $"DEVICECODE_{name} has the invalid value \"{Variable(name)}\".", $"Set it to {allowed}, or unset it.");
}

/// <summary>The paths of the command's files, by the conventions of the system (XDG on Linux).</summary>
internal static class Folders
{
    private const string Name = "devicecode";

    /// <summary>
    /// Returns the configuration file: <c>DEVICECODE_CONFIG</c>, or <c>config.json</c> in the user's configuration folder.
    /// </summary>
    public static string ConfigFile(Func<string, string?> variable) =>
        Given(variable, "DEVICECODE_CONFIG") is { } file
            ? RequireFile(file)
            : Path.Combine(Of(SpecialFolder.ApplicationData), Name, "config.json");

    /// <summary>Returns the folder of the profiles: <c>DEVICECODE_DATA</c>, or <c>devicecode</c> in the user's data folder.</summary>
    public static string Data(Func<string, string?> variable) =>
        Given(variable, "DEVICECODE_DATA") ?? Path.Combine(Of(SpecialFolder.LocalApplicationData), Name);

    private static string? Given(Func<string, string?> variable, string name) =>
        variable(name) is { Length: > 0 } path ? Path.GetFullPath(path) : null;

    // The default file may be missing, but one that the user names must exist.
    private static string RequireFile(string file) => File.Exists(file) ? file : throw new CommandException(
        ExitCode.Usage,
        $"DEVICECODE_CONFIG names {file}, which does not exist or is not a file.",
        "Set it to an existing file, or unset it.");

    private static string Of(SpecialFolder folder) =>
        Environment.GetFolderPath(folder, Environment.SpecialFolderOption.DoNotVerify) is { Length: > 0 } path
            ? path
            : throw new CommandException(
                ExitCode.Usage,
                "This user has no home folder.",
                "Set HOME, or set DEVICECODE_DATA to a folder and DEVICECODE_CONFIG to a file.");
}
