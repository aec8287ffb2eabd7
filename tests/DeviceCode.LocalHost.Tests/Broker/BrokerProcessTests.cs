namespace DeviceCode.LocalHost.Tests.Broker;

using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Azure.Storage.Queues;
using DeviceCode.Broker.Alarm;
using DeviceCode.Testing;

/// <summary>The broker in real processes, over real HTTP, with its tables and its queue in a real Azurite.</summary>
public sealed class BrokerProcessTests(BrokerProcessTests.Storage storage) : IClassFixture<BrokerProcessTests.Storage>
{
    private const string Name = "strict";

    // Much more than needed, so that only a hang fails.
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_login_is_two_curls_and_the_token_works()
    {
        await using var host = await HostProcess.StartAsIssuerAsync(storage.ConnectionString, []);
        var url = host.Address.AbsoluteUri.TrimEnd('/');
        var made = JsonDocument.Parse(await Script.BashAsync($"curl -fsS -X PUT {url}/creds/self")).RootElement;
        var session = made.GetProperty("session").GetString()!;
        host.Watch(session);
        host.Watch(session[10..]);

        var waiting = Script.BashAsync($"curl -fsS --retry 100 -H 'Authorization: Bearer {session}' {url}/creds/self");
        Assert.Equal(
            200, (await host.PostAsync("/auth/device/authorize", new { user_code = made.GetProperty("user_code").GetString() })).Status);
        var token = JsonDocument.Parse((await waiting.WaitAsync(TimeLimit)).Split('\n')[^1]).RootElement
            .GetProperty("access_token").GetString()!;
        host.Watch(token);

        var user = await Script.BashAsync($"curl -fsS -H 'Authorization: Bearer {token}' {url}/oauth/userinfo");
        Assert.Contains(HostProcess.Approver, user, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_reader_the_queue_completes_the_login_and_contains_no_secret()
    {
        await using var provider = await StrictProvider.StartAsync();
        await using var hosts = await Hosts.StartAsync(storage, provider, 1);
        var (session, userCode) = await hosts.MakeAsync();
        var queue = new QueueClient(storage.ConnectionString, QueueAlarm.QueueName);
        Assert.True((await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount > 0);
        provider.Approve(userCode);

        await hosts.LoggedAsync("completed by the account");
        Assert.Equal(200, (await hosts.ReadAsync(0, session)).Status);
        var secrets = new LeakSearch([.. provider.Secrets, session, session[4..], userCode, "alice@strict.example", Name]);
        foreach (var message in (await queue.ReceiveMessagesAsync(32, TimeSpan.FromSeconds(1))).Value)
        {
            secrets.AssertNone([message.MessageText]);
        }
    }

    [Fact]
    public async Task Sixty_four_readers_on_four_hosts_cause_one_refresh_of_an_expired_token()
    {
        await using var provider = await StrictProvider.StartAsync(firstLifetime: 1);
        await using var hosts = await Hosts.StartAsync(storage, provider, 4);
        var (session, userCode) = await hosts.MakeAsync();
        provider.Approve(userCode);
        await hosts.LoggedAsync("completed by the account");
        await Task.Delay(TimeSpan.FromSeconds(1.5));

        var responses = await Racing.RunAsync(64, i => hosts.ReadAsync(i % 4, session));

        Assert.All(responses, response => Assert.Equal(200, response.Status));
        var token = Assert.Single(responses.Select(response => response.Json.GetProperty("access_token").GetString()).Distinct())!;
        Assert.Single(provider.Refreshes);
        Assert.True(provider.IsActive(token));
    }

    [Fact]
    public async Task A_host_that_is_killed_while_it_refreshes_loses_the_answer_of_a_strict_provider_and_no_third_request_is_sent()
    {
        await using var provider = await StrictProvider.StartAsync(firstLifetime: 1);
        await using var hosts = await Hosts.StartAsync(storage, provider, 2);
        var (session, userCode) = await hosts.MakeAsync();
        provider.Approve(userCode);
        await hosts.LoggedAsync("completed by the account");
        await Task.Delay(TimeSpan.FromSeconds(1.5));
        var (executed, never) = (new TaskCompletionSource(), new TaskCompletionSource());
        provider.BeforeRefreshResponse = () =>
        {
            executed.TrySetResult();
            return never.Task;
        };
        _ = hosts.ReadAsync(0, session).ContinueWith(read => _ = read.Exception, TaskScheduler.Default);
        await executed.Task.WaitAsync(TimeLimit);
        await hosts.KillAsync(0);
        provider.BeforeRefreshResponse = () => Task.CompletedTask;
        never.SetResult();

        // Until the lease of the killed host ends, the token cannot be refreshed.
        var response = await hosts.ReadAsync(1, session);
        while (response.Status == 503)
        {
            Assert.Equal("temporarily_unavailable", response.Json.GetProperty("error").GetString());
            await Task.Delay(response.RetryAfter);
            response = await hosts.ReadAsync(1, session);
        }

        Assert.Equal((410, "answer_lost"), (response.Status, response.Json.GetProperty("error").GetString()));
        Assert.Equal(2, provider.Refreshes.Count);
    }

    [Fact]
    public async Task Another_host_completes_the_login_of_one_that_was_killed()
    {
        await using var provider = await StrictProvider.StartAsync();
        await using var hosts = await Hosts.StartAsync(storage, provider, 2);
        var (session, userCode) = await hosts.MakeAsync();
        await hosts.KillAsync(0);
        provider.Approve(userCode);

        await hosts.LoggedAsync("completed by the account");
        Assert.Equal(200, (await hosts.ReadAsync(1, session)).Status);
        Assert.All(
            provider.Polls.Zip(provider.Polls.Skip(1)),
            pair => Assert.True(pair.Second - pair.First >= TimeSpan.FromSeconds(0.9)));
    }

    [Fact]
    public async Task A_deleted_session_is_revoked_at_the_provider_and_a_stopped_host_loses_nothing()
    {
        await using var provider = await StrictProvider.StartAsync();
        await using var hosts = await Hosts.StartAsync(storage, provider, 1);
        var (session, userCode) = await hosts.MakeAsync();
        provider.Approve(userCode);
        await hosts.LoggedAsync("completed by the account");
        await hosts.RestartAsync(0);
        Assert.Equal(200, (await hosts.ReadAsync(0, session)).Status);

        var deleted = await hosts.SendAsync(0, HttpMethod.Delete, "/creds", session);
        Assert.Equal((200, true), (deleted.Status, deleted.Json.GetProperty("revoked").GetBoolean()));
        Assert.Equal(2, provider.Revocations.Count);
        Assert.Equal(401, (await hosts.SendAsync(0, HttpMethod.Get, "/creds", session)).Status);
    }

    [Fact]
    public async Task Every_request_ends_within_20_seconds_when_the_provider_hangs()
    {
        await using var provider = await StrictProvider.StartAsync(firstLifetime: 1);
        await using var hosts = await Hosts.StartAsync(storage, provider, 1);
        var (session, userCode) = await hosts.MakeAsync();
        provider.Approve(userCode);
        await hosts.LoggedAsync("completed by the account");
        await Task.Delay(TimeSpan.FromSeconds(1.5));
        var never = new TaskCompletionSource();
        provider.BeforeRefreshResponse = () => never.Task;

        // The client gives up after 20 seconds.
        var response = await hosts.ReadAsync(0, session);
        Assert.Equal((503, "temporarily_unavailable"), (response.Status, response.Json.GetProperty("error").GetString()));
        never.SetResult();
    }

    /// <summary>Tables and queues.</summary>
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
    }

    /// <summary>Several hosts with the same state.</summary>
    private sealed class Hosts : IAsyncDisposable
    {
        private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(20) };
        private readonly List<HostProcess?> _hosts = [];
        private readonly StrictProvider _provider;

        private Hosts(StrictProvider provider) => _provider = provider;

        public static async Task<Hosts> StartAsync(Storage storage, StrictProvider provider, int count)
        {
            var settings = new Dictionary<string, string>(provider.Settings())
            {
                ["Storage__TablePrefix"] = $"t{Guid.NewGuid():N}"[..20],
                ["Broker__KeyFile"] = storage.KeyFile,
            };
            var hosts = new Hosts(provider);
            for (var i = 0; i < count; i++)
            {
                hosts._hosts.Add(await HostProcess.StartAsync(storage.ConnectionString, settings));
            }

            return hosts;
        }

        public async Task<(string Session, string UserCode)> MakeAsync()
        {
            var made = await SendAsync(0, HttpMethod.Put, $"/creds/{Name}", session: null);
            var session = made.Json.GetProperty("session").GetString()!;
            Watch(session);
            return (session, made.Json.GetProperty("user_code").GetString()!);
        }

        public Task<(int Status, JsonElement Json, TimeSpan RetryAfter)> ReadAsync(int host, string session) =>
            SendAsync(host, HttpMethod.Get, $"/creds/{Name}", session);

        public async Task<(int Status, JsonElement Json, TimeSpan RetryAfter)> SendAsync(
            int host, HttpMethod method, string path, string? session)
        {
            var request = new HttpRequestMessage(method, new Uri(_hosts[host]!.Address, path));
            if (session is not null)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", session);
            }

            using var response = await _client.SendAsync(request);
            return (
                (int)response.StatusCode,
                await response.Content.ReadFromJsonAsync<JsonElement>(),
                response.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1));
        }

        /// <summary>Waits until a host has logged a text.</summary>
        public async Task LoggedAsync(string text)
        {
            using var limit = new CancellationTokenSource(TimeLimit);
            while (!_hosts.Any(host => host?.Printed.Any(line => line.Contains(text, StringComparison.Ordinal)) == true))
            {
                await Task.Delay(50, limit.Token);
            }
        }

        public async Task KillAsync(int host)
        {
            await _hosts[host]!.KillAsync();
            await _hosts[host]!.DisposeAsync();
            _hosts[host] = null;
        }

        public async Task RestartAsync(int host)
        {
            await _hosts[host]!.StopAsync();
            await _hosts[host]!.StartAgainAsync();
        }

        public async ValueTask DisposeAsync()
        {
            _provider.Secrets.ToList().ForEach(Watch);
            Watch("alice@strict.example");
            Watch("secret-of-the-client");
            foreach (var host in _hosts.OfType<HostProcess>())
            {
                await host.DisposeAsync();
            }

            _client.Dispose();
        }

        private void Watch(string secret) => _hosts.ForEach(host => host?.Watch(secret));
    }
}
