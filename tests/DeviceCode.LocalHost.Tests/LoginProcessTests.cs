namespace DeviceCode.LocalHost.Tests;

using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using DeviceCode.Testing;

/// <summary>Logins that are ended on one instance, over real HTTP, with the state in a real Azurite.</summary>
public sealed class LoginProcessTests(Azurite azurite) : IAsyncDisposable
{
    private const string DeviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

    private readonly HttpClient _client = new();
    private readonly List<HostProcess> _hosts = [];

    public static TheoryData<string> Ends => ["owner", "others", "all", "administrator"];

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task An_ended_login_is_rejected_on_every_instance_from_the_next_request_on(string end)
    {
        await StartAsync(2);
        var ended = await SignInAsync(0);
        var other = await SignInAsync(1);

        // Both instances have used the tokens before, so that a cached state would show.
        for (var host = 0; host < 2; host++)
        {
            Assert.Equal((200, true), await UseAsync(host, ended));
        }

        Assert.Equal(200, (await EndAsync(end, ended, other)).Status);

        for (var host = 1; host >= 0; host--)
        {
            Assert.Equal((401, false), await UseAsync(host, ended));
            var refreshed = await RefreshAsync(host, ended);
            Assert.Equal((400, "invalid_grant"), (refreshed.Status, refreshed.Json.GetProperty("error").GetString()));
        }

        var keeps = end is "owner" or "others";
        Assert.Equal(keeps ? (200, true) : (401, false), await UseAsync(0, other));
    }

    [Fact]
    public async Task A_login_that_is_ended_while_two_instances_refresh_it_leaves_no_token()
    {
        await StartAsync(2);
        for (var round = 0; round < 8; round++)
        {
            var tokens = await SignInAsync(round % 2);
            var responses = await Racing.RunAsync(4, i => i switch
            {
                3 => SendAsync(HttpMethod.Delete, 1, "/auth/device/logins", tokens.Access),
                _ => RefreshAsync(i % 2, tokens),
            });

            foreach (var refreshed in responses[..3].Where(response => response.Status == 200).Select(response => Watch(response.Json)))
            {
                for (var host = 0; host < 2; host++)
                {
                    Assert.Equal((401, false), await UseAsync(host, refreshed));
                    Assert.Equal(400, (await RefreshAsync(host, refreshed)).Status);
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            await host.DisposeAsync();
        }

        _client.Dispose();
    }

    private async Task StartAsync(int count)
    {
        var prefix = $"t{Guid.NewGuid():N}"[..20];
        for (var i = 0; i < count; i++)
        {
            _hosts.Add(await HostProcess.StartAsync(azurite.ConnectionString, new() { ["Storage__TablePrefix"] = prefix }));
        }
    }

    private async Task<(string Access, string Refresh)> SignInAsync(int host)
    {
        var codes = (await FormAsync(host, "/oauth/device/code", ("client_id", "tools"), ("scope", "profile offline_access logins"))).Json;
        var approved = await _hosts[host].PostAsync(
            "/auth/device/authorize", new { user_code = codes.GetProperty("user_code").GetString() });
        Assert.Equal(200, approved.Status);
        return Watch((await FormAsync(
            host,
            "/oauth/token",
            ("client_id", "tools"),
            ("grant_type", DeviceGrant),
            ("device_code", codes.GetProperty("device_code").GetString()!))).Json);
    }

    private (string Access, string Refresh) Watch(JsonElement json)
    {
        var tokens = (json.GetProperty("access_token").GetString()!, json.GetProperty("refresh_token").GetString()!);
        _hosts.ForEach(host =>
        {
            host.Watch(tokens.Item1);
            host.Watch(tokens.Item2);
        });
        return tokens;
    }

    private Task<(int Status, JsonElement Json)> EndAsync(
        string end, (string Access, string Refresh) ended, (string Access, string Refresh) other) => end switch
        {
            "owner" => EndCurrentAsync(ended),
            "others" => SendAsync(HttpMethod.Delete, 0, "/auth/device/logins?except=current", other.Access),
            "all" => SendAsync(HttpMethod.Delete, 0, "/auth/device/logins", $"dev:{HostProcess.Approver}"),
            _ => SendAsync(
                HttpMethod.Delete,
                0,
                $"/management/logins?user={HostProcess.Approver}",
                "dev-admin:root@builders.example",
                new { reason = "left" }),
        };

    private async Task<(int Status, JsonElement Json)> EndCurrentAsync((string Access, string Refresh) tokens)
    {
        var (_, list) = await SendAsync(HttpMethod.Get, 1, "/auth/device/logins", tokens.Access);
        var current = list.GetProperty("logins").EnumerateArray().Single(login => login.TryGetProperty("current", out _));
        return await SendAsync(HttpMethod.Delete, 0, $"/auth/device/logins/{current.GetProperty("id").GetString()}", tokens.Access);
    }

    // Returns the status of userinfo, and whether the token is active.
    private async Task<(int Userinfo, bool IsActive)> UseAsync(int host, (string Access, string Refresh) tokens)
    {
        var user = await SendAsync(HttpMethod.Get, host, "/oauth/userinfo", tokens.Access);
        var introspection = await FormAsync(
            host, "/oauth/introspect", ("client_id", "api"), ("client_secret", "development-secret"), ("token", tokens.Access));
        return (user.Status, introspection.Json.GetProperty("active").GetBoolean());
    }

    private Task<(int Status, JsonElement Json)> RefreshAsync(int host, (string Access, string Refresh) tokens) => FormAsync(
        host, "/oauth/token", ("client_id", "tools"), ("grant_type", "refresh_token"), ("refresh_token", tokens.Refresh));

    private Task<(int Status, JsonElement Json)> FormAsync(int host, string path, params (string Name, string Value)[] form) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Post, new Uri(_hosts[host].Address, path))
        {
            Content = new FormUrlEncodedContent(form.ToDictionary(pair => pair.Name, pair => pair.Value)),
        });

    private Task<(int Status, JsonElement Json)> SendAsync(
        HttpMethod method, int host, string path, string bearer, object? body = null) =>
        SendAsync(new HttpRequestMessage(method, new Uri(_hosts[host].Address, path))
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", bearer) },
            Content = body is null ? null : JsonContent.Create(body),
        });

    private async Task<(int Status, JsonElement Json)> SendAsync(HttpRequestMessage request)
    {
        using (request)
        {
            using var response = await _client.SendAsync(request);
            return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>());
        }
    }
}
