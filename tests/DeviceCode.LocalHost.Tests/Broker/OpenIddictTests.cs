namespace DeviceCode.LocalHost.Tests.Broker;

using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

/// <summary>The broker with a provider of another author, over HTTP.</summary>
public sealed class OpenIddictTests(BrokerProcessTests.Storage storage) : IClassFixture<BrokerProcessTests.Storage>, IAsyncLifetime
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    private OpenIddictServer _provider = null!;
    private HostProcess _host = null!;
    private string _token = null!;

    // The callback is on the public address, which this test answers itself.
    private const string PublicUrl = "https://login.example.com";

    public async ValueTask InitializeAsync()
    {
        _provider = await OpenIddictServer.StartAsync($"{PublicUrl}/creds/-/callback");
        _host = await HostProcess.StartAsync(storage.ConnectionString, new()
        {
            ["DeviceCode__PublicUrl"] = PublicUrl,
            ["Broker__KeyFile"] = storage.KeyFile,
            ["Broker__Providers__openiddict__Kind"] = "discover",
            ["Broker__Providers__openiddict__At"] = _provider.Issuer.AbsoluteUri,
            ["Broker__Providers__openiddict__ClientId"] = OpenIddictServer.ClientId,
            ["Broker__Providers__openiddict__ClientSecrets__0"] = OpenIddictServer.ClientSecret,
            ["Broker__Providers__openiddict__Scopes"] = "openid email offline_access",
            ["Broker__Providers__openiddict__Grants"] = "device_code refresh_token authorization_code",
        });
        _host.Watch(OpenIddictServer.ClientSecret);
        _host.Watch(OpenIddictServer.Account);
        var codes = await FormAsync("/oauth/device/code", new() { ["client_id"] = "tools", ["scope"] = "creds" });
        await _host.PostAsync("/auth/device/authorize", new { user_code = codes.GetProperty("user_code").GetString() });
        _token = (await FormAsync("/oauth/token", new()
        {
            ["client_id"] = "tools",
            ["grant_type"] = "urn:ietf:params:oauth:grant-type:device_code",
            ["device_code"] = codes.GetProperty("device_code").GetString()!,
        })).GetProperty("access_token").GetString()!;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _host.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Fact]
    public async Task A_device_code_is_approved_refreshed_and_revoked()
    {
        var (status, made) = await SendAsync(HttpMethod.Put, "/creds/openiddict");
        Assert.Equal(200, status);
        using var page = await _client.GetAsync(new Uri(made.GetProperty("verification_uri_complete").GetString()!));
        Assert.True(page.IsSuccessStatusCode);
        await AssertTokensAsync();
    }

    [Fact]
    public async Task An_authorization_code_is_exchanged_refreshed_and_revoked()
    {
        var (_, made) = await SendAsync(HttpMethod.Put, "/creds/openiddict", new { grant_type = "authorization_code" });
        var handle = made.GetProperty("authorization_uri").GetString()!.Split("#request=")[1];
        var connected = await ConnectAsync(handle);
        using var page = await _client.GetAsync(new Uri(connected));
        var answer = System.Web.HttpUtility.ParseQueryString(page.Headers.Location!.Query);
        var response = new { state = answer["state"], code = answer["code"], iss = answer["iss"] };
        Assert.NotNull(response.iss);

        Assert.Equal(400, (await _host.PostAsync("/creds/-/callback", response with { iss = "https://evil.example" })).Status);
        connected = await ConnectAsync(handle);
        using var again = await _client.GetAsync(new Uri(connected));
        answer = System.Web.HttpUtility.ParseQueryString(again.Headers.Location!.Query);
        var done = await _host.PostAsync(
            "/creds/-/callback", new { state = answer["state"], code = answer["code"], iss = answer["iss"] });
        Assert.Equal((200, OpenIddictServer.Account), (done.Status, done.Json.GetProperty("account").GetString()));
        await AssertTokensAsync();
    }

    private async Task<string> ConnectAsync(string handle)
    {
        var connected = await _host.PostAsync("/creds/-/connect", new { request = handle });
        while (connected.Status == 503)
        {
            connected = await _host.PostAsync("/creds/-/connect", new { request = handle });
        }

        return connected.Json.GetProperty("redirect_uri").GetString()!;
    }

    private async Task AssertTokensAsync()
    {
        var (status, read) = await SendAsync(HttpMethod.Get, "/creds/openiddict");

        // The user has not decided yet, or the poll is not due.
        while (status == 503)
        {
            await Task.Delay(500);
            (status, read) = await SendAsync(HttpMethod.Get, "/creds/openiddict");
        }

        Assert.Equal((200, OpenIddictServer.Account), (status, read.GetProperty("account").GetString()));
        var tokens = new List<string> { read.GetProperty("access_token").GetString()! };
        for (var rotation = 0; rotation < 2; rotation++)
        {
            await Task.Delay(TimeSpan.FromSeconds(3));
            (status, read) = await SendAsync(HttpMethod.Get, "/creds/openiddict");
            Assert.Equal(200, status);
            tokens.Add(read.GetProperty("access_token").GetString()!);
            Assert.Equal(200, await UserInfoAsync(tokens[^1]));
        }

        Assert.Equal(3, tokens.Distinct().Count());
        tokens.ForEach(_host.Watch);
        (status, read) = await SendAsync(HttpMethod.Delete, "/creds/openiddict");
        Assert.Equal((200, true), (status, read.GetProperty("revoked").GetBoolean()));
    }

    private async Task<int> UserInfoAsync(string token)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_provider.Issuer, "/userinfo"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await _client.SendAsync(request);
        return (int)response.StatusCode;
    }

    // Repeats a request on which the provider did not respond in time, on a busy machine.
    private async Task<(int Status, JsonElement Json)> SendAsync(HttpMethod method, string path, object? body = null)
    {
        while (true)
        {
            var (status, json) = await SendOnceAsync(method, path, body);
            if (status != 503 || json.GetProperty("error").GetString() != "temporarily_unavailable")
            {
                return (status, json);
            }
        }
    }

    private async Task<(int Status, JsonElement Json)> SendOnceAsync(HttpMethod method, string path, object? body)
    {
        var request = new HttpRequestMessage(method, new Uri(_host.Address, path))
        {
            Content = body is null ? null : JsonContent.Create(body),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        using var response = await _client.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>());
    }

    private async Task<JsonElement> FormAsync(string path, Dictionary<string, string> form)
    {
        using var response = await _client.PostAsync(new Uri(_host.Address, path), new FormUrlEncodedContent(form));
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }
}
