namespace DeviceCode.Worker.Tests;

using System.Net.Http.Headers;
using System.Text;

/// <summary>The credential broker as deployed, with its queue functions. Its provider is the service itself.</summary>
public sealed class BrokerTests(PublishedApp app, BrokerTests.Storage storage) : IClassFixture<BrokerTests.Storage>, IAsyncLifetime
{
    private WorkerService _service = null!;

    public async ValueTask InitializeAsync()
    {
        var settings = new Dictionary<string, string>
        {
            ["DOTNET_ENVIRONMENT"] = "Development",
            ["AzureWebJobsStorage"] = storage.ConnectionString,
            ["Broker__KeyFile"] = storage.KeyFile,
            ["Broker__AllowPrivateNetworks"] = "true",
            ["Broker__Providers__self__ClientId"] = "broker",
            ["Broker__Providers__self__Scopes"] = "profile email offline_access",
            ["Broker__Providers__self__Sessions"] = "true",
        };
        _service = await WorkerService.StartAsync(app, storage.ConnectionString, settings, settingsAt: url => new()
        {
            ["Broker__Providers__self__Kind"] = "devicecode",
            ["Broker__Providers__self__At"] = url,
        });
    }

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    [Fact]
    public async Task A_login_without_a_reader_completes_through_the_queue_and_the_token_works()
    {
        var made = (await SendAsync(HttpMethod.Put, "/creds/self")).IsWellFormed();
        Assert.Equal(200, made.Status);
        var session = made["session"]!;
        _service.Leaks.Add(session);
        _service.Leaks.Add(made["user_code"]!);

        var pending = (await SendAsync(HttpMethod.Get, "/creds/self", session)).IsWellFormed();
        Assert.Equal((503, "authorization_pending"), (pending.Status, pending["error"]));
        Assert.NotNull(pending.Headers.RetryAfter);
        Assert.Contains(("creds-read", "devicecode.pending", "true"), _service.Host.Tags);

        Assert.Equal(200, (await _service.PostAsync(
            "/auth/device/authorize", new { user_code = made["user_code"] }, _service.Authorization())).Status);
        await _service.Host.LogAsync(line => line.Contains("completed by the account", StringComparison.Ordinal));

        var ready = (await SendAsync(HttpMethod.Get, "/creds/self?minimum_seconds=0", session)).IsWellFormed();
        Assert.Equal((200, "alice@wonderland.example"), (ready.Status, ready["account"]));
        _service.Leaks.Add(ready["access_token"]!);
        Assert.DoesNotContain(_service.Host.Tags.Skip(1), tag => tag.Tag == "devicecode.pending");
        var user = new HttpRequestMessage(HttpMethod.Get, "/oauth/userinfo");
        user.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ready["access_token"]);
        Assert.Equal("alice@wonderland.example", (await _service.SendAsync(user))["email"]);

        var refused = await SendAsync(HttpMethod.Post, "/creds/self/refresh", session, $$"""{"refused": "{{ready["access_token"]}}"}""");
        Assert.Equal(200, refused.Status);
        Assert.NotEqual(ready["access_token"], refused["access_token"]);
        Assert.Equal(200, (await SendAsync(HttpMethod.Get, "/creds", session)).Status);
        Assert.Equal("True", (await SendAsync(HttpMethod.Delete, "/creds/self", session))["revoked"]);
        (await SendAsync(HttpMethod.Get, "/creds/self", session)).IsError(404, "not_found");
    }

    [Fact]
    public async Task The_routes_are_those_of_the_contract()
    {
        (await SendAsync(HttpMethod.Patch, "/creds/self")).IsError(405, "method_not_allowed");
        (await SendAsync(HttpMethod.Get, "/creds")).IsError(401, "unauthorized");
        (await SendAsync(HttpMethod.Get, "/creds/self")).IsError(401, "unauthorized");
        (await SendAsync(HttpMethod.Put, "/creds/Upper")).IsError(400, "bad_request");
        (await SendAsync(HttpMethod.Put, "/creds/self", json: "{")).IsError(400, "bad_request");
        (await SendAsync(HttpMethod.Put, "/creds/self", json: new string('x', 9000))).IsError(413, "content_too_large");
        (await SendAsync(HttpMethod.Post, "/creds/-/connect", json: "{}")).IsError(401, "unauthorized");
        Assert.StartsWith(
            """{"providers":[{"id":"self","name":"self","grants":[""",
            (await SendAsync(HttpMethod.Get, "/creds/-/providers")).Text,
            StringComparison.Ordinal);
        var page = await SendAsync(HttpMethod.Get, "/creds/-/connect");
        Assert.Equal((200, "text/html"), (page.Status, page.ContentHeaders.ContentType!.MediaType));
        Assert.Equal(200, (await SendAsync(HttpMethod.Get, "/creds/-/callback?state=x")).Status);
    }

    [Fact]
    public async Task A_poisoned_message_is_reported_and_the_purge_wakes_logins()
    {
        await storage.PoisonAsync();
        await _service.Host.LogAsync(line => line.Contains("has failed five times", StringComparison.Ordinal));
        await _service.Host.InvokeTimerAsync("purge");
        await _service.Host.LogAsync(line => line.Contains("credential logins whose alarm was lost", StringComparison.Ordinal));
    }

    private Task<ServiceResponse> SendAsync(HttpMethod method, string path, string? session = null, string? json = null)
    {
        var request = new HttpRequestMessage(method, path);
        if (session is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", session);
        }

        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        }

        return _service.SendAsync(request);
    }

    /// <summary>Tables, queues and a key, for all tests of the class.</summary>
    public sealed class Storage : IAsyncLifetime
    {
        private readonly Azurite _azurite = new() { HasBlobsAndQueues = true };
        private readonly string _folder = Directory.CreateTempSubdirectory("devicecode-broker-").FullName;

        public string ConnectionString => _azurite.ConnectionString;

        public string KeyFile => Path.Combine(_folder, "key");

        public ValueTask InitializeAsync() => _azurite.InitializeAsync();

        public async ValueTask DisposeAsync()
        {
            await _azurite.DisposeAsync();
            Directory.Delete(_folder, recursive: true);
        }

        public Task PoisonAsync() => new Azure.Storage.Queues.QueueClient(ConnectionString, "creds-polls-poison").SendMessageAsync("x");
    }
}
