namespace DeviceCode.Cli.Settings;

using System.Text.Json;
using System.Text.Json.Serialization;
using DeviceCode.Cli.Failures;
using DeviceCode.Client;

/// <summary>The configuration file: JSON, in which comments and trailing commas are allowed and unknown settings are not.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
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
    public IReadOnlyDictionary<string, ProfileSettings> Profiles { get; init; } = new Dictionary<string, ProfileSettings>();

    /// <summary>More providers, by the name that <c>devicecode login</c> takes.</summary>
    public IReadOnlyDictionary<string, Provider> Providers { get; init; } = new Dictionary<string, Provider>();

    /// <summary>Reads the file; one that is not there says nothing.</summary>
    public static ConfigFile Load(string path)
    {
        if (!File.Exists(path))
        {
            return new ConfigFile();
        }

        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), CliJson.Default.ConfigFile) ?? new ConfigFile();
        }
        catch (JsonException wrong)
        {
            throw new CommandException(
                ExitCode.Usage,
                $"The configuration file {path} is wrong at {wrong.Path ?? "$"}, line {(wrong.LineNumber ?? 0) + 1}.",
                "Correct it there: unknown names, wrong types and broken JSON are refused; docs/cli.md lists the settings.",
                wrong);
        }
    }
}
