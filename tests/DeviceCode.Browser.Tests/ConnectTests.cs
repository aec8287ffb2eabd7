namespace DeviceCode.Browser.Tests;

using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Playwright;

/// <summary>
/// The credential broker with npm's oidc-provider: both grants in a real browser, refresh with rotation and revocation over HTTP.
/// </summary>
public sealed class ConnectTests(Chromium chromium)
{
    private const string Alice = "Alice Liddell <alice@wonderland.example>";

    [Fact]
    public async Task The_owner_connects_an_account_and_its_token_is_refreshed_and_revoked()
    {
        await using var world = await World.StartAsync();
        var page = await world.OpenAsync(chromium);
        await using var disposed = page;

        await page.Page.GotoAsync(await world.MakeAsync());
        await World.SignInAsync(page, Alice);
        await page.SeesAsync("Connect an account to your command line?");
        Assert.Equal($"{world.Url}/creds/-/connect", page.Page.Url);
        await page.PressAsync("Continue to the provider");
        await World.SignInAtProviderAsync(page, "rabbit");
        await page.SeesAsync("✓ Connected");
        await Assertions.Expect(page.Page.Locator("[data-view=connected]")).ToContainTextAsync("rabbit@upstream.example");
        Assert.Equal($"{world.Url}/creds/-/callback", page.Page.Url);

        // A reload, and Back to the provider's answer, complete nothing again.
        await page.Page.ReloadAsync();
        await page.SeesAsync("This login was started elsewhere");
        await world.AssertTokensAsync("rabbit@upstream.example");
    }

    [Fact]
    public async Task A_device_code_is_approved_at_the_provider_and_its_token_is_refreshed_and_revoked()
    {
        await using var world = await World.StartAsync();
        var page = await world.OpenAsync(chromium);
        await using var disposed = page;
        var made = await world.SendAsync(HttpMethod.Put, "/creds/oidc");

        await page.Page.GotoAsync(made.Json.GetProperty("verification_uri_complete").GetString()!);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        await World.SignInAtProviderAsync(page, "hatter");
        await Assertions.Expect(page.Page.GetByText("Sign-in Success").First).ToBeVisibleAsync();
        await world.AssertTokensAsync("hatter@upstream.example");
    }

    [Fact]
    public async Task Another_user_cannot_connect_and_the_link_of_the_callback_works_only_in_its_tab()
    {
        await using var world = await World.StartAsync();
        var page = await world.OpenAsync(chromium);
        await using var disposed = page;

        await page.Page.GotoAsync(await world.MakeAsync());
        await World.SignInAsync(page, "Mallory <mallory@wonderland.example>");
        await page.PressAsync("Continue to the provider");
        await page.SeesAsync("✕ Not connected");
        await Assertions.Expect(page.Page.Locator("[data-slot=reason]")).ToContainTextAsync("Another user has started this login.");

        await page.Page.GotoAsync($"{world.Url}/creds/-/callback?state=a.b.c.d&code=x");
        await page.SeesAsync("This login was started elsewhere");
        Assert.Equal($"{world.Url}/creds/-/callback", page.Page.Url);
        await page.Page.GotoAsync($"{world.Url}/creds/-/connect#request=unknown");
        await page.SeesAsync("Connect an account to your command line?");
        await page.PressAsync("Continue to the provider");
        await page.SeesAsync("This login can no longer be used");
        Assert.Equal(503, (await world.SendAsync(HttpMethod.Get, "/creds/oidc")).Status);
    }

    [Fact]
    public async Task A_user_who_declines_ends_the_login()
    {
        await using var world = await World.StartAsync();
        var page = await world.OpenAsync(chromium);
        await using var disposed = page;
        await page.Page.GotoAsync(await world.MakeAsync());
        await World.SignInAsync(page, Alice);
        await page.PressAsync("Continue to the provider");
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Cancel" }).First.ClickAsync();
        await page.SeesAsync("✕ Not connected");
        var ended = await world.SendAsync(HttpMethod.Get, "/creds/oidc");
        Assert.Equal((410, "access_denied"), (ended.Status, ended.Json.GetProperty("error").GetString()));
    }

    /// <summary>A service below a path, and the provider.</summary>
    private sealed class World : IAsyncDisposable
    {
        private readonly Azurite _azurite = new() { HasBlobsAndQueues = true };
        private readonly HttpClient _client = new();
        private PathProxy _proxy = null!;
        private HostProcess _host = null!;
        private Process _provider = null!;
        private Uri _issuer = null!;
        private string? _token;

        public string Url => _proxy.PublicUrl.AbsoluteUri.TrimEnd('/');

        public static async Task<World> StartAsync()
        {
            var world = new World();
            await world._azurite.StartAsync();
            world._proxy = await PathProxy.StartAsync("/login");
            var script = Path.Combine(Repository.Root, "tests", "DeviceCode.Testing.Service", "oidc-upstream.mjs");
            world._provider = Process.Start(new ProcessStartInfo("node", [script, $"{world.Url}/creds/-/callback"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var errors = world._provider.StandardError.ReadToEndAsync();
            while (world._issuer is null)
            {
                var line = await world._provider.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException(await errors);
                world._issuer = line.StartsWith("http://", StringComparison.Ordinal) ? new Uri(line) : null!;
            }

            _ = world._provider.StandardOutput.ReadToEndAsync();
            world._host = await HostProcess.StartAsync(world._azurite.ConnectionString, new()
            {
                ["DeviceCode__PublicUrl"] = world.Url,
                ["Broker__Providers__oidc__Kind"] = "discover",
                ["Broker__Providers__oidc__At"] = world._issuer.AbsoluteUri.TrimEnd('/'),
                ["Broker__Providers__oidc__ClientId"] = "broker",
                ["Broker__Providers__oidc__ClientSecrets__0"] = "secret-of-the-broker",
                ["Broker__Providers__oidc__Scopes"] = "openid email offline_access",
                ["Broker__Providers__oidc__Grants"] = "device_code authorization_code refresh_token",
            });
            world._proxy.Service = world._host.Address;
            world._host.Watch("secret-of-the-broker");
            world._host.Watch("upstream.example");
            world._token = await world.AccessTokenAsync();
            return world;
        }

        public async Task<DevicePage> OpenAsync(Chromium chromium)
        {
            var page = await chromium.OpenAsync(_proxy.PublicUrl);
            page.Allow(_issuer);
            return page;
        }

        /// <summary>Begins a login in a browser, and returns our page.</summary>
        public async Task<string> MakeAsync()
        {
            var made = await SendAsync(HttpMethod.Put, "/creds/oidc", new { grant_type = "authorization_code" });
            Assert.Equal(200, made.Status);
            return made.Json.GetProperty("authorization_uri").GetString()!;
        }

        public static async Task SignInAsync(DevicePage page, string user)
        {
            await page.SeesAsync("Sign in to continue");
            await page.PressAsync("Sign in");
            await page.Page.GetByLabel("Who are you?").FillAsync(user);
            await page.PressAsync("Sign in");
        }

        public static async Task SignInAtProviderAsync(DevicePage page, string login)
        {
            await page.Page.Locator("input[name=login]").FillAsync(login);
            await page.Page.Locator("input[name=password]").FillAsync("any");
            await page.Page.Locator("button[type=submit]").ClickAsync();
            await page.Page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        }

        /// <summary>Checks that the token works, is refreshed after its two seconds, and does not work after the deletion.</summary>
        public async Task AssertTokensAsync(string account)
        {
            var read = await SendAsync(HttpMethod.Get, "/creds/oidc");
            while (read.Status == 503)
            {
                await Task.Delay(500);
                read = await SendAsync(HttpMethod.Get, "/creds/oidc");
            }

            Assert.Equal((200, account), (read.Status, read.Json.GetProperty("account").GetString()));
            var first = read.Json.GetProperty("access_token").GetString()!;
            _host.Watch(first);
            await Task.Delay(TimeSpan.FromSeconds(3));
            for (var rotation = 0; rotation < 2; rotation++)
            {
                var next = await SendAsync(HttpMethod.Get, "/creds/oidc");
                Assert.Equal(200, next.Status);
                var token = next.Json.GetProperty("access_token").GetString()!;
                Assert.NotEqual(first, token);
                Assert.Equal(200, await UserInfoAsync(token));
                _host.Watch(token);
                first = token;
                await Task.Delay(TimeSpan.FromSeconds(3));
            }

            var last = (await SendAsync(HttpMethod.Get, "/creds/oidc")).Json.GetProperty("access_token").GetString()!;
            var deleted = await SendAsync(HttpMethod.Delete, "/creds/oidc");
            Assert.Equal((200, true), (deleted.Status, deleted.Json.GetProperty("revoked").GetBoolean()));
            Assert.Equal(401, await UserInfoAsync(last));
        }

        public async Task<(int Status, JsonElement Json)> SendAsync(HttpMethod method, string path, object? body = null)
        {
            var request = new HttpRequestMessage(method, Url + path) { Content = body is null ? null : JsonContent.Create(body) };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
            using var response = await _client.SendAsync(request);
            return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>());
        }

        public async ValueTask DisposeAsync()
        {
            _client.Dispose();
            await _host.DisposeAsync();
            await _proxy.DisposeAsync();
            _provider.Kill();
            await _provider.WaitForExitAsync();
            _provider.Dispose();
            await _azurite.DisposeAsync();
        }

        private async Task<int> UserInfoAsync(string token)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_issuer, "/me"));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var response = await _client.SendAsync(request);
            return (int)response.StatusCode;
        }

        // Signs Alice in with us, as a command line does.
        private async Task<string> AccessTokenAsync()
        {
            var codes = await FormAsync("/oauth/device/code", new() { ["client_id"] = "tools", ["scope"] = "creds" });
            var approval = new HttpRequestMessage(HttpMethod.Post, $"{Url}/auth/device/authorize")
            {
                Content = JsonContent.Create(new { user_code = codes.GetProperty("user_code").GetString() }),
                Headers = { { "Authorization", $"Bearer dev:{Uri.EscapeDataString(Alice)}" } },
            };
            using var approved = await _client.SendAsync(approval);
            Assert.True(approved.IsSuccessStatusCode);
            var tokens = await FormAsync("/oauth/token", new()
            {
                ["client_id"] = "tools",
                ["grant_type"] = "urn:ietf:params:oauth:grant-type:device_code",
                ["device_code"] = codes.GetProperty("device_code").GetString()!,
            });
            return tokens.GetProperty("access_token").GetString()!;
        }

        private async Task<JsonElement> FormAsync(string path, Dictionary<string, string> form)
        {
            using var response = await _client.PostAsync(new Uri(Url + path), new FormUrlEncodedContent(form));
            return await response.Content.ReadFromJsonAsync<JsonElement>();
        }
    }
}
