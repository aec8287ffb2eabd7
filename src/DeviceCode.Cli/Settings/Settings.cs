namespace DeviceCode.Cli.Settings;

using DeviceCode.Cli.Failures;
using DeviceCode.Cli.Profiles;

/// <summary>What is set outside of the command line: the environment, then the configuration file.</summary>
internal sealed class Settings(Func<string, string?> variable, ConfigFile file)
{
    private const string DefaultProfile = "default";

    /// <summary>What the configuration file says.</summary>
    public ConfigFile File { get; } = file;

    /// <summary>A client secret in the environment; it comes before any in a file.</summary>
    public string? ClientSecret => Variable("CLIENT_SECRET");

    /// <summary>Whether a browser is opened on Enter.</summary>
    public bool? Browser => Switch("BROWSER") ?? File.Browser;

    /// <summary>Whether the QR code is shown; null where it fits.</summary>
    public bool? Qr => Switch("QR") ?? File.Qr;

    /// <summary>Where tokens are kept; null for the keyring where there is one.</summary>
    public TokenStorage? Storage => Variable("STORAGE") switch
    {
        null => File.Storage,
        "keyring" => TokenStorage.Keyring,
        "file" => TokenStorage.File,
        _ => throw Wrong("STORAGE", "keyring or file"),
    };

    /// <summary>The profile to use.</summary>
    /// <param name="flag">What the command line says.</param>
    public string Profile(string? flag)
    {
        var name = flag ?? Variable("PROFILE") ?? File.Profile ?? DefaultProfile;
        return ProfileStore.IsName(name) ? name : throw new CommandException(
            ExitCode.Usage, "That is no name for a profile.", "Use up to 64 letters, digits, dashes, underscores and dots, beginning with a letter or a digit.");
    }

    /// <summary>What is set for a profile: the environment, whichever profile it is, then the configuration file.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="named">
    /// What the command line signs in to; null for what is set. A client and its secret that the file has for one provider are never sent to another.
    /// </param>
    public ProfileSettings For(string profile, string? named)
    {
        var target = named ?? Variable("PROVIDER");
        var settings = File.Profiles.GetValueOrDefault(profile) is { } own && (target is null || own.Provider is null || own.Provider == target) ? own : new ProfileSettings();
        return settings with
        {
            Provider = Variable("PROVIDER") ?? settings.Provider,
            ClientId = Variable("CLIENT_ID") ?? settings.ClientId,
            ClientSecretFile = Variable("CLIENT_SECRET_FILE") ?? settings.ClientSecretFile,
            Scope = Variable("SCOPE") ?? settings.Scope,
        };
    }

    private bool? Switch(string name) => Variable(name) switch
    {
        null => null,
        "1" or "true" => true,
        "0" or "false" => false,
        _ => throw Wrong(name, "true or false"),
    };

    private string? Variable(string name) => variable($"DEVICECODE_{name}") is { Length: > 0 } value ? value : null;

    private static CommandException Wrong(string name, string allowed) =>
        new(ExitCode.Usage, $"The environment variable DEVICECODE_{name} has a value that means nothing.", $"Set it to {allowed}, or unset it.");
}
