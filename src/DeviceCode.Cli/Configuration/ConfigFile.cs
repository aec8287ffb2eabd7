namespace DeviceCode.Cli.Configuration;

using System.Text.Json;
using System.Text.Json.Serialization;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Targets;
using DeviceCode.Client;

/// <summary>The configuration file: JSON with comments and trailing commas. Unknown settings are errors.</summary>
internal sealed record ConfigFile
{
    /// <summary>The profile to use when the command line and the environment name none.</summary>
    public string? Profile { get; init; }

    /// <summary>Whether Enter opens a browser.</summary>
    public bool? Browser { get; init; }

    /// <summary>Whether to show the QR code; null to show it where it fits.</summary>
    public bool? Qr { get; init; }

    /// <summary>The storage for tokens; null for the keyring if it works, else a file.</summary>
    public TokenStorage? Storage { get; init; }

    /// <summary>The settings of each profile.</summary>
    public IReadOnlyDictionary<string, ProfileSettings> Profiles
    {
        // The generated deserializer sets a property that the file omits to null.
        get => field ?? new Dictionary<string, ProfileSettings>();
        init;
    }

    /// <summary>Additional providers, by the name that <c>devicecode login</c> accepts.</summary>
    public IReadOnlyDictionary<string, Provider> Providers
    {
        get => field ?? new Dictionary<string, Provider>();
        init;
    }

    /// <summary>Reads the file. A missing file is the same as an empty one.</summary>
    public static ConfigFile Load(string path)
    {
        try
        {
            var json = UnicodeText.ToUtf8(File.ReadAllBytes(path));
            var file = JsonSerializer.Deserialize(json, ConfigJson.Default.ConfigFile) ?? new ConfigFile();
            return file.FindInvalidEntry() is { } place ? throw Invalid(path, place) : file;
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return new ConfigFile();
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(
                ExitCode.Usage,
                $"The configuration file {path} cannot be read.",
                "Make it a readable file, or set DEVICECODE_CONFIG to another one.",
                unreadable);
        }
        catch (JsonException invalid)
        {
            throw Invalid(path, $"{invalid.Path ?? "$"}, line {(invalid.LineNumber ?? 0) + 1}", invalid);
        }
    }

    // The types of the members allow entries that are null and URLs that a browser must not open.
    private string? FindInvalidEntry() =>
        Profiles.Where(profile => profile.Value is null).Select(profile => $"$.profiles.{profile.Key}")
            .Concat(Profiles.SelectMany(profile => (profile.Value?.Parameters ?? new Dictionary<string, string>())
                .Where(parameter => parameter.Value is null).Select(parameter => $"$.profiles.{profile.Key}.parameters.{parameter.Key}")))
            .Concat(Providers
                .Where(provider => provider.Value?.HasOnlyWebAddresses() != true).Select(provider => $"$.providers.{provider.Key}"))
            .FirstOrDefault();

    private static CommandException Invalid(string path, string place, Exception? cause = null) => new(
        ExitCode.Usage,
        $"The configuration file {path} is invalid at {place}.",
        "Correct the file: unknown names, wrong types, empty entries and malformed JSON are errors. docs/cli.md lists the settings.",
        cause);
}

/// <summary>The settings of one profile in the configuration file.</summary>
internal sealed record ProfileSettings
{
    /// <summary>The target of a login: a URL or the name of a provider.</summary>
    public string? Provider { get; init; }

    public string? ClientId { get; init; }

    /// <summary>A file that contains the client secret.</summary>
    public string? ClientSecretFile { get; init; }

    /// <summary>The scopes to request, separated by spaces.</summary>
    public string? Scope { get; init; }

    /// <summary>Additional parameters of the device authorization request.</summary>
    public IReadOnlyDictionary<string, string>? Parameters { get; init; }

    /// <summary>The URL of the service whose broker keeps the credentials.</summary>
    public string? Service { get; init; }
}

/// <summary>The storage for tokens.</summary>
[JsonConverter(typeof(TokenStorageConverter))]
internal enum TokenStorage
{
    /// <summary>The keyring of the system: libsecret, the macOS keychain, or DPAPI.</summary>
    [JsonStringEnumMemberName("keyring")]
    Keyring,

    /// <summary>A file that only its owner can read.</summary>
    [JsonStringEnumMemberName("file")]
    File,
}

// By name only: the numbers are an implementation detail.
internal sealed class TokenStorageConverter() : JsonStringEnumConverter<TokenStorage>(namingPolicy: null, allowIntegerValues: false);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true,
    RespectNullableAnnotations = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(ConfigFile))]
internal sealed partial class ConfigJson : JsonSerializerContext;
