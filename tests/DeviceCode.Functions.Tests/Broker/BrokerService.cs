namespace DeviceCode.Functions.Tests.Broker;

using DeviceCode.Core.Broker;
using DeviceCode.Testing;
using Microsoft.Extensions.DependencyInjection;

/// <summary>The service with a scripted provider, a fake clock and alarms in memory, and requests like a command line's.</summary>
internal sealed class BrokerService : IDisposable
{
    public BrokerService(Dictionary<string, string>? settings = null)
    {
        var all = new Dictionary<string, string>(settings ?? []);
        foreach (var (id, sessions) in new[] { ("github", "true"), ("private", "false") })
        {
            all.TryAdd($"Broker:Providers:{id}:Kind", "github");
            all.TryAdd($"Broker:Providers:{id}:ClientId", "client");
            all.TryAdd($"Broker:Providers:{id}:Scopes", "repo read:user");
            all.TryAdd($"Broker:Providers:{id}:DefaultScopes", "repo");
            all.TryAdd($"Broker:Providers:{id}:Sessions", sessions);
            all.TryAdd($"Broker:Providers:{id}:Grants", "device_code refresh_token authorization_code");
        }

        all.TryAdd("Broker:WritesPerNetwork", "10000");
        all.TryAdd("Broker:WritesPerOwner", "10000");
        FakeUpstream? upstream = null;
        Service = new TestService(all, services => services.AddSingleton<IUpstream>(
            provider => upstream = new FakeUpstream(provider.GetRequiredService<TimeProvider>())));
        _ = Service.Services.GetRequiredService<IUpstream>();
        Upstream = upstream!;
    }

    public TestService Service { get; }

    public FakeUpstream Upstream { get; }

    public void Dispose() => Service.Dispose();

    /// <summary>Signs a user in with us, with a scope for credentials.</summary>
    public async Task<string> AccessTokenAsync(string scope = "creds", string user = TestService.Alice)
    {
        var codes = await PostFormAsync("/oauth/device/code", ("client_id", "tools"), ("scope", scope));
        await Service.AuthorizeAsync(codes["user_code"]!, authorization: user);
        var tokens = await PostFormAsync(
            "/oauth/token",
            ("client_id", "tools"),
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("device_code", codes["device_code"]!));
        Service.Watch(tokens["access_token"]!);
        return tokens["access_token"]!;
    }

    public Task<ServiceResponse> SendAsync(
        HttpMethod method, string path, string? token = null, string? json = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path);
        if (json is not null)
        {
            request.Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        }

        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return Service.SendAsync(request);
    }

    public Task<ServiceResponse> PutAsync(string name = "github", string? token = null, string? json = null) =>
        SendAsync(HttpMethod.Put, $"/creds/{name}", token, json);

    public Task<ServiceResponse> ReadAsync(string name = "github", string? token = null, string query = "") =>
        SendAsync(HttpMethod.Get, $"/creds/{name}{query}", token);

    /// <summary>Makes a credential with a new session, and returns the session.</summary>
    public async Task<string> SessionAsync(string name = "github")
    {
        var made = (await PutAsync(name)).IsWellFormed();
        Assert.Equal(200, made.Status);
        Service.Watch(made["session"]!);
        Service.Watch(made["user_code"]!);
        return made["session"]!;
    }

    /// <summary>Approves the last login at the provider, and waits until its poll is due.</summary>
    public void Approve()
    {
        Upstream.Approve();
        Service.Time.Advance(TimeSpan.FromSeconds(6));
    }

    private async Task<ServiceResponse> PostFormAsync(string path, params (string Name, string Value)[] form) => await Service.SendAsync(
        new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value))),
        });
}
