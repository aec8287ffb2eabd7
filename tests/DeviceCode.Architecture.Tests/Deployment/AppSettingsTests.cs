namespace DeviceCode.Architecture.Tests.Deployment;

using System.Globalization;
using System.Text.Json;
using DeviceCode.Core.Broker;
using DeviceCode.Core.OAuth;
using DeviceCode.Functions.Entra;
using DeviceCode.Functions.Http;
using DeviceCode.Functions.Options;
using DeviceCode.Tables;
using Microsoft.Extensions.Configuration;

/// <summary>The settings that a deployment writes are exactly those that the code reads.</summary>
[Collection<SharedBicep>]
public sealed class AppSettingsTests(Bicep bicep)
{
    private const string BodySizeLimit = "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT";

    private const string Parameters = """
        param functionAppName = 'func-api'
        param identityClientId = '44444444-4444-4444-4444-444444444444'
        param applicationInsightsConnectionString = 'InstrumentationKey=…'
        param storageEndpoints = {
          blob: 'https://st.blob.core.windows.net/'
          queue: 'https://st.queue.core.windows.net/'
          table: 'https://st.table.core.windows.net/'
        }
        param loginEndpoint = 'https://login.microsoftonline.com/'
        param publicUrl = 'https://login.example.com'
        param apiKeysUrl = 'https://example.com/keys'
        param clientName = 'A command line'
        param clientAddressHeader = 'X-Forwarded-For'
        param corsOrigins = ['https://dashboard.example.com', 'https://example.com']
        param oauthClients = [
          { Id: 'cli', Name: 'The CLI', Scopes: 'profile email', Enabled: false, AccessTokenLifetime: '00:30:00' }
          { Id: 'api', Grants: '', Introspects: true, SecretSha256: '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef' }
        ]
        param oauthScopeDescriptions = [{ Scope: 'profile', Description: 'See your name' }]
        param brokerProviders = {
          github: { Kind: 'github', ClientId: 'Iv1.abc', ClientSecrets: ['github-2', 'github-1'], Scopes: 'repo', Sessions: true }
          auth0: { Kind: 'auth0', At: 'example.eu.auth0.com', ClientId: 'a', Clients: ['cli'], Parameters: { audience: 'https://api' } }
        }
        param brokerAllowPrivateNetworks = false
        param vaultUri = 'https://kv.vault.azure.net/'
        param tenantId = '22222222-2222-2222-2222-222222222222'
        param clientId = '55555555-5555-5555-5555-555555555555'
        param pageClientId = '66666666-6666-6666-6666-666666666666'
        param pageScope = '55555555-5555-5555-5555-555555555555/Devices.Decide'
        param checkAccounts = true

        """;

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

    [Fact]
    public async Task The_service_reads_every_setting_and_misses_none()
    {
        var settings = await WrittenAsync("param appSettings = { DeviceCode__CodeLifetime: '00:10:00', Broker__WritesPerOwner: '5' }");
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
            from setting in settings
            select KeyValuePair.Create(setting.Key.Replace("__", ":", StringComparison.Ordinal), (string?)setting.Value)).Build();

        var service = Bound<ServiceOptions>("DeviceCode");
        var oauth = Bound<OAuthOptions>("OAuth");

        // As the platform replaces the references.
        configuration["Broker:Providers:github:ClientSecrets:0"] = configuration["Broker:Providers:github:ClientSecrets:1"] = "secret";
        var broker = Bound<BrokerOptions>("Broker");
        Assert.Empty(service.Validate());
        Assert.Empty(Bound<TableStorageOptions>("Storage").Validate());
        var entra = Bound<EntraOptions>("AzureAd");
        Assert.Empty(entra.Validate());
        Assert.True(entra.CheckAccounts);
        Assert.Empty(oauth.Validate(service));
        Assert.Empty(broker.Validate(oauth));
        Assert.Equal(
            ReadByOthers.Order(),
            settings.Keys
                .Where(name => name.Split("__")[0] is not ("DeviceCode" or "OAuth" or "Broker" or "Storage" or "AzureAd")).Order());

        Assert.Equal(TimeSpan.FromMinutes(10), service.CodeLifetime);
        Assert.Equal(["https://dashboard.example.com", "https://example.com"], service.CorsOrigins);
        Assert.Equal(("cli", false, "profile email"), (oauth.Clients[0].Id, oauth.Clients[0].Enabled, oauth.Clients[0].Scopes));
        Assert.Equal(TimeSpan.FromMinutes(30), oauth.Clients[0].AccessTokenLifetime);
        Assert.Equal((true, ""), (oauth.Clients[1].Introspects, oauth.Clients[1].Grants));
        Assert.Equal("See your name", oauth.ScopeDescriptions[0].Description);
        Assert.Equal((false, 5), (broker.AllowPrivateNetworks, broker.WritesPerOwner));
        Assert.Equal((true, "repo"), (broker.Providers["github"].Sessions, broker.Providers["github"].Scopes));
        Assert.Equal("cli", Assert.Single(broker.Providers["auth0"].Clients));
        Assert.Equal("https://api", broker.Providers["auth0"].Parameters["audience"]);

        // As the service binds them.
        T Bound<T>(string section)
            where T : new() => configuration.GetSection(section).Get<T>(binder => binder.ErrorOnUnknownConfiguration = true) ?? new T();
    }

    [Fact]
    public async Task A_client_secret_becomes_a_reference_that_the_app_can_read()
    {
        var settings = await WrittenAsync("param appSettings = {}");

        Assert.Equal(
            "@Microsoft.KeyVault(SecretUri=https://kv.vault.azure.net/secrets/github-2)",
            settings["Broker__Providers__github__ClientSecrets__0"]);
        Assert.Contains(
            bicep.Full.PropertiesOf("Microsoft.Web/sites").GetProperty("keyVaultReferenceIdentity").GetString()!,
            Assert.Single(bicep.Full.Of("Microsoft.Web/sites")).GetProperty("identity").GetRawText(),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DeviceCode__PublicUrl")]
    [InlineData("devicecode__publicurl")]
    [InlineData("OAuth__Clients__0__Id")]
    [InlineData("AzureWebJobsStorage__credential")]
    public async Task Another_variables_setting_cannot_be_passed_through(string name)
    {
        var problem = await bicep.ProblemAsync("app/settings.bicep", $"{Parameters}param appSettings = {{ {name}: 'x' }}\n");

        Assert.Contains($"APP_SETTINGS contains {name}, which the template sets.", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_host_accepts_larger_bodies_than_the_service()
    {
        using var sample = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "local.settings.sample.json")));
        var local = sample.RootElement.GetProperty("Values").GetProperty(BodySizeLimit).GetString();
        var deployed = (await WrittenAsync("param appSettings = {}"))[BodySizeLimit];

        Assert.Equal(deployed, local);
        Assert.InRange(int.Parse(deployed, CultureInfo.InvariantCulture), RequestBody.MaxBytes * 2, 1024 * 1024);
    }

    private async Task<Dictionary<string, string>> WrittenAsync(string appSettings)
    {
        var snapshot = await bicep.SnapshotAsync("app/settings.bicep", $"{Parameters}{appSettings}\n");
        return snapshot.PropertiesOf("Microsoft.Web/sites/config").EnumerateObject()
            .ToDictionary(setting => setting.Name, setting => setting.Value.GetString()!);
    }
}
