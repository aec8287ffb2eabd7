namespace DeviceCode.Architecture.Tests.Deployment;

using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using DeviceCode.Core.Broker;
using DeviceCode.Core.OAuth;
using DeviceCode.Functions.Entra;
using DeviceCode.Functions.Http;
using DeviceCode.Functions.Options;
using DeviceCode.Tables;
using Microsoft.Extensions.Configuration;

/// <summary>Checks that Bicep writes exactly the settings that the code reads.</summary>
public sealed partial class AppSettingsTests
{
    private const string BodySizeLimit = "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT";

    // Settings that the platform and libraries read: DefaultAzureCredential, the Functions host, the exporter to Application Insights.
    private static readonly string[] ReadByOthers =
    [
        "AZURE_CLIENT_ID",
        "AZURE_TOKEN_CREDENTIALS",
        "AzureWebJobsStorage__blobServiceUri",
        "AzureWebJobsStorage__clientId",
        "AzureWebJobsStorage__credential",
        "AzureWebJobsStorage__queueServiceUri",
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
        "APPLICATIONINSIGHTS_CONNECTION_STRING",
        BodySizeLimit,
    ];

    private static readonly Dictionary<string, Type[]> Sections = new()
    {
        ["DeviceCode"] = [typeof(ServiceOptions)],
        ["Storage"] = [typeof(TableStorageOptions)],
        ["AzureAd"] = [typeof(EntraOptions)],
        ["OAuth"] = [typeof(OAuthOptions)],
        ["Broker"] = [typeof(BrokerOptions)],
    };

    private static readonly BicepFile SettingsFile =
        BicepFile.All.Single(file => file.Path.EndsWith("settings.bicep", StringComparison.Ordinal));

    private static readonly string[] Written = [.. Names.Matches(SettingsFile.Text).Select(match => match.Groups[1].Value).Distinct()];

    [Fact]
    public void Every_setting_that_is_written_is_read()
    {
        Assert.Equal(ReadByOthers.Order(), Written.Where(name => !Sections.ContainsKey(name.Split("__")[0])).Order());
        foreach (var name in Written.Except(ReadByOthers).Select(name => name.Split("__")))
        {
            Assert.Contains(Sections[name[0]], options => options.GetProperty(name[1]) is not null);
        }
    }

    [Fact]
    public void Every_setting_that_is_required_is_written()
    {
        var settings = Written.Select(name => KeyValuePair.Create(name.Replace("__", ":", StringComparison.Ordinal), ValueOf(name)));
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();

        Assert.Empty(Bound<ServiceOptions>("DeviceCode").Validate());
        Assert.Empty(Bound<TableStorageOptions>("Storage").Validate());
        Assert.Empty(Bound<EntraOptions>("AzureAd").Validate());

        T Bound<T>(string section)
            where T : new() => configuration.GetSection(section).Get<T>() ?? new T();
    }

    [Fact]
    public void A_list_becomes_settings_that_bind_to_it()
    {
        // Bicep writes a boolean with a capital letter.
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
        [
            Setting("OAuth__Clients", "Id", "cli"),
            Setting("OAuth__Clients", "Enabled", "False"),
            Setting("OAuth__ScopeDescriptions", "Scope", "profile"),
            Setting("OAuth__ScopeDescriptions", "Description", "See your name"),
        ]).Build();

        var options = configuration.GetSection("OAuth").Get<OAuthOptions>(binder => binder.ErrorOnUnknownConfiguration = true)!;
        Assert.Equal(("cli", false), (options.Clients[0].Id, options.Clients[0].Enabled));
        Assert.Equal("See your name", options.ScopeDescriptions[0].Description);

        // Builds the name as settings.bicep does, for a member of a list's first entry.
        static KeyValuePair<string, string?> Setting(string prefix, string member, string value)
        {
            Assert.Contains($"settingsOf('{prefix}', ", SettingsFile.Text, StringComparison.Ordinal);
            var name = MemberName.Match(SettingsFile.Text).Groups[1].Value
                .Replace("${prefix}", prefix, StringComparison.Ordinal)
                .Replace("${i}", "0", StringComparison.Ordinal)
                .Replace("${member.key}", member, StringComparison.Ordinal);
            return KeyValuePair.Create(name.Replace("__", ":", StringComparison.Ordinal), (string?)value);
        }
    }

    [Fact]
    public void A_client_secret_becomes_a_reference_that_the_app_can_read()
    {
        var api = BicepFile.All.Single(file => file.Path.EndsWith("api.bicep", StringComparison.Ordinal));

        Assert.Contains("'@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/${name})'", SettingsFile.Text, StringComparison.Ordinal);
        Assert.Contains("toLower(member.key) == 'clientsecrets'", SettingsFile.Text, StringComparison.Ordinal);
        Assert.Contains("keyVaultReferenceIdentity: identityId", api.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_host_accepts_larger_bodies_than_the_service()
    {
        using var sample = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "local.settings.sample.json")));
        var local = sample.RootElement.GetProperty("Values").GetProperty(BodySizeLimit).GetString();
        var deployed = Regex.Match(SettingsFile.Text, $"{BodySizeLimit}: '([0-9]+)'").Groups[1].Value;

        Assert.Equal(deployed, local);
        Assert.InRange(int.Parse(deployed, CultureInfo.InvariantCulture), RequestBody.MaxBytes * 2, 1024 * 1024);
    }

    private static string? ValueOf(string name) => name switch
    {
        "Storage__Endpoint" or "Storage__QueueEndpoint" or "AzureAd__Instance" or "Broker__KeyVault" => "https://example.com/",
        _ when name.EndsWith("Url", StringComparison.Ordinal) => "https://example.com",
        _ when name.EndsWith("Id", StringComparison.Ordinal) => Guid.NewGuid().ToString(),
        _ => "something",
    };

    // Matches a key of an object, or the common prefix of the keys of a list.
    [GeneratedRegex(@"\b((?:[A-Za-z]+__\w+?|[A-Z]+_[A-Z_]+))(?=__\$\{|'|: )")]
    private static partial Regex Names { get; }

    // Matches the key that the function settingsOf creates.
    [GeneratedRegex(@"member => '(\$\{prefix\}[^']+)'")]
    private static partial Regex MemberName { get; }
}
