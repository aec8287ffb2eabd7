namespace DeviceCode.Cli.Settings;

using System.Text.Json;
using DeviceCode.Cli.Failures;
using DeviceCode.Cli.Login;
using DeviceCode.Client;

/// <summary>The configuration file: JSON, in which comments and trailing commas are allowed and unknown settings are not.</summary>
internal sealed record ConfigFile
{
    /// <summary>The profile to use when none is named.</summary>
    public string? Profile { get; init; }

    /// <summary>Whether a browser is opened on Enter.</summary>
    public bool? Browser { get; init; }

    /// <summary>Whether the QR code is shown; null where it fits.</summary>
    public bool? Qr { get; init; }

    /// <summary>Where tokens are kept; null for the keyring where there is one.</summary>
    public TokenStorage? Storage { get; init; }

    /// <summary>What to sign in to, by profile.</summary>
    public IReadOnlyDictionary<string, ProfileSettings> Profiles
    {
        // The generated reader sets what the file leaves out to null.
        get => field ?? new Dictionary<string, ProfileSettings>();
        init;
    }

    /// <summary>More providers, by the name that <c>devicecode login</c> takes.</summary>
    public IReadOnlyDictionary<string, Provider> Providers
    {
        get => field ?? new Dictionary<string, Provider>();
        init;
    }

    /// <summary>Reads the file; one that is not there says nothing.</summary>
    public static ConfigFile Load(string path)
    {
        try
        {
            var file = JsonSerializer.Deserialize(File.ReadAllBytes(path), ConfigJson.Default.ConfigFile) ?? new ConfigFile();
            return file.WrongPlace() is { } place ? throw Wrong($"{path} is wrong at {place}") : file;
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return new ConfigFile();
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(
                ExitCode.Usage, $"The configuration file {path} cannot be read.", "Make it a file that you can read; DEVICECODE_CONFIG names another.", unreadable);
        }
        catch (JsonException wrong)
        {
            throw Wrong($"{path} is wrong at {wrong.Path ?? "$"}, line {(wrong.LineNumber ?? 0) + 1}", wrong);
        }
    }

    // What the types of the members allow and nothing can be done with: entries without a value, and addresses that are none.
    private string? WrongPlace() =>
        Profiles.Where(profile => profile.Value is null).Select(profile => $"$.profiles.{profile.Key}")
            .Concat(Profiles.SelectMany(profile => (profile.Value?.Parameters ?? new Dictionary<string, string>())
                .Where(parameter => parameter.Value is null).Select(parameter => $"$.profiles.{profile.Key}.parameters.{parameter.Key}")))
            .Concat(Providers.Where(provider => provider.Value?.HasOnlyWebAddresses() != true).Select(provider => $"$.providers.{provider.Key}"))
            .FirstOrDefault();

    private static CommandException Wrong(string what, Exception? cause = null) => new(
        ExitCode.Usage,
        $"The configuration file {what}.",
        "Correct it there: unknown names, wrong types, empty entries and broken JSON are refused; docs/cli.md lists the settings.",
        cause);
}
