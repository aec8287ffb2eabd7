namespace DeviceCode.Worker.Tests;

using System.Net.Http.Json;

/// <summary>The published app under the tests' Functions host, with its own tenant of Entra ID.</summary>
public sealed class WorkerService : IAsyncDisposable
{
    private readonly IFunctionsHost _host;

    private WorkerService(EntraServer entra, IFunctionsHost host, Dictionary<string, string> settings)
    {
        (Entra, _host, Settings) = (entra, host, settings);
        Client = new HttpClient { BaseAddress = host.Address };
        Leaks.Add("wonderland");
        Leaks.Add("Liddell");
    }

    public EntraServer Entra { get; }

    /// <summary>The tests' host, which a test can stop and inspect. Azure's own host has no such methods.</summary>
    public FunctionsHost Host => (FunctionsHost)_host;

    public Uri Address => _host.Address;

    public LeakSearch Leaks => _host.Leaks;

    public HttpClient Client { get; }

    /// <summary>The app settings that the worker was started with.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; }

    /// <summary>Starts the service with the settings of a deployment and these.</summary>
    /// <param name="app">The app.</param>
    /// <param name="connectionString">The storage.</param>
    /// <param name="settings">More settings.</param>
    /// <param name="waitForWorker">Whether to return only when the worker has loaded its functions.</param>
    /// <param name="settingsAt">Returns settings that depend on the service's address.</param>
    public static async Task<WorkerService> StartAsync(
        PublishedApp app,
        string connectionString,
        Dictionary<string, string>? settings = null,
        bool waitForWorker = true,
        Func<string, Dictionary<string, string>>? settingsAt = null)
    {
        var entra = await EntraServer.StartAsync();
        while (true)
        {
            var port = Azurite.FreePort();
            var all = new Dictionary<string, string>(SettingsFor(entra, connectionString, $"http://127.0.0.1:{port}"));
            foreach (var (name, value) in (settings ?? []).Concat(settingsAt?.Invoke(all["DeviceCode__PublicUrl"]) ?? []))
            {
                all[name] = value;
            }

            try
            {
                return new WorkerService(entra, await FunctionsHost.StartAsync(app.Folder, all, port, waitForWorker), all);
            }
            catch (IOException)
            {
                // Another process has taken the port since it was found free.
            }
            catch
            {
                await entra.DisposeAsync();
                throw;
            }
        }
    }

    /// <summary>Starts the service under Azure's own host.</summary>
    /// <param name="app">The app.</param>
    /// <param name="azurite">The storage, with blobs for the host.</param>
    /// <param name="command">The command that starts the host, like <c>func</c>.</param>
    /// <param name="settings">Settings in addition to those of a deployment.</param>
    public static async Task<WorkerService> StartCoreToolsAsync(
        PublishedApp app, Azurite azurite, string command, Dictionary<string, string> settings)
    {
        var entra = await EntraServer.StartAsync();
        var port = Azurite.FreePort();
        var all = new Dictionary<string, string>(SettingsFor(entra, azurite.ConnectionString, $"http://127.0.0.1:{port}").Concat(settings))
        {
            ["AzureWebJobsStorage"] = azurite.ConnectionString,
        };
        return new WorkerService(entra, await CoreToolsHost.StartAsync(command, app.Folder, all, port), all);
    }

    /// <summary>The settings of a service with the clients of the documentation's examples.</summary>
    public static Dictionary<string, string> SettingsFor(
        EntraServer entra, string connectionString, string publicUrl) => new Dictionary<string, string>
        {
            ["DeviceCode__PublicUrl"] = publicUrl,
            ["DeviceCode__ApiKeysUrl"] = "https://example.com/api-keys",
            ["DeviceCode__CodesPerAddress"] = "10000",
            ["Storage__ConnectionString"] = connectionString,
            ["Storage__TablePrefix"] = $"t{Guid.NewGuid():N}"[..20],
            ["Storage__CreateTables"] = "true",
            ["AzureAd__Instance"] = entra.Instance,
            ["AzureAd__TenantId"] = entra.Tenant.Id,
            ["AzureAd__ClientId"] = EntraTenant.ApiClientId,
            ["FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"] = "262144",
            ["SSL_CERT_FILE"] = EntraServer.CertificateFile,
            ["Logging__LogLevel__Default"] = "Trace",
        }.Concat(Clients).ToDictionary();

    /// <summary>
    /// The clients of the local host: <c>cli</c>, <c>cli2</c>, <c>broker</c>, <c>tools</c> and <c>api</c>, which may introspect and has the
    /// secret <c>development-secret</c>.
    /// </summary>
    public static Dictionary<string, string> Clients { get; } = new()
    {
        ["OAuth__Clients__0__Id"] = "cli",
        ["OAuth__Clients__0__Name"] = "The example command line",
        ["OAuth__Clients__0__Scopes"] = "profile email offline_access",
        ["OAuth__Clients__0__PollingInterval"] = "00:00:01",
        ["OAuth__Clients__1__Id"] = "cli2",
        ["OAuth__Clients__1__Name"] = "Another example command line",
        ["OAuth__Clients__1__Scopes"] = "profile email offline_access",
        ["OAuth__Clients__2__Id"] = "api",
        ["OAuth__Clients__2__Grants"] = "",
        ["OAuth__Clients__2__Introspects"] = "true",
        ["OAuth__Clients__2__SecretSha256"] = "141cf4ed2c03dc620ac12ecdcf6a374ab89e441b3ecb24d6e6fd1204cc0ff909",
        ["OAuth__Clients__broker__Id"] = "broker",
        ["OAuth__Clients__broker__Name"] = "The credential broker",
        ["OAuth__Clients__broker__Scopes"] = "profile email offline_access",
        ["OAuth__Clients__broker__PollingInterval"] = "00:00:01",
        ["OAuth__Clients__tools__Id"] = "tools",
        ["OAuth__Clients__tools__Name"] = "Example tools with credentials",
        ["OAuth__Clients__tools__Scopes"] = "profile email offline_access creds",
    };

    /// <summary>Returns the <c>Authorization</c> header of a person with a new token.</summary>
    public string Authorization()
    {
        var token = Entra.Tenant.Token(DateTimeOffset.UtcNow);
        Leaks.Add(token.Split('.')[1]);
        return $"Bearer {token}";
    }

    public async Task<ServiceResponse> SendAsync(HttpRequestMessage request) =>
        await ServiceResponse.ReadAsync(await Client.SendAsync(request));

    public Task<ServiceResponse> GetAsync(string path) => SendAsync(new HttpRequestMessage(HttpMethod.Get, path));

    public Task<ServiceResponse> PostAsync(string path, object? body = null, string? authorization = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        return SendAsync(request);
    }

    /// <summary>Requests the codes of a login. The test fails if they are logged.</summary>
    public async Task<(string DeviceCode, string UserCode)> IssueAsync()
    {
        var response = (await PostAsync("/auth/device/code")).IsWellFormed();
        Assert.Equal(200, response.Status);
        var codes = (response["device_code"]!, response["user_code"]!);
        Leaks.AddCodes(codes.Item1, codes.Item2);
        return codes;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _host.DisposeAsync();
        await Entra.DisposeAsync();
    }
}
