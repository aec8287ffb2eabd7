[assembly: Xunit.AssemblyFixture(typeof(DeviceCode.Testing.Azurite))]

namespace DeviceCode.LocalHost.Tests;

using System.Collections.Concurrent;
using DeviceCode.Testing;

/// <summary>Acknowledged writes survive crashes and outages, over real HTTP and with the state in a real Azurite.</summary>
public sealed class DurabilityTests(Azurite azurite)
{
    [Fact]
    public async Task A_login_survives_a_restart_at_every_step()
    {
        await using var host = await HostProcess.StartAsync(azurite.ConnectionString);
        var login = await Login.IssueAsync(host);

        await RestartAsync();
        Assert.Equal("pending", await login.PollAsync());

        await RestartAsync();
        Assert.Equal("authorized", await login.DecideAsync(approve: true));

        await RestartAsync();
        Assert.Equal("complete", await login.PollAsync());

        await RestartAsync();
        Assert.Equal("already_used", await login.PollAsync());

        async Task RestartAsync()
        {
            Assert.Equal(0, await host.StopAsync());
            await host.StartAgainAsync();
        }
    }

    [Fact]
    public async Task A_restart_does_not_reset_the_wrong_guesses()
    {
        await using var host = await HostProcess.StartAsync(azurite.ConnectionString);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(400, (await host.PostAsync("/auth/device/authorize", new { user_code = "BBBB-BBBB" })).Status);
        }

        await host.KillAsync();
        await host.StartAgainAsync();

        var login = await Login.IssueAsync(host);
        Assert.Equal(429, (await host.PostAsync("/auth/device/authorize", new { user_code = login.UserCode })).Status);
    }

    /// <summary>Kills the host under load, at a random moment after this many responses.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(25)]
    [InlineData(100)]
    [InlineData(250)]
    [InlineData(400)]
    public async Task After_kill_9_every_code_agrees_with_its_last_acknowledged_decision(int responses)
    {
        await using var host = await HostProcess.StartAsync(azurite.ConnectionString);
        var load = new Load(host);
        load.Start(stopAtFault: true);
        await load.CompletedAsync(responses);
        await host.KillAsync();
        await load.EndAsync();
        await host.StartAgainAsync();

        Assert.NotEmpty(load.Logins);
        foreach (var login in load.Logins)
        {
            await login.VerifyAsync(killed: true);
        }

        // Those whose completion was not confirmed yet when the host was killed, at most one for each device.
        Assert.InRange(load.Logins.Count(login => login.CompletedAgain), 0, Load.Devices);
    }

    [Fact]
    public async Task An_outage_of_the_storage_is_reported_and_loses_nothing()
    {
        await using var ownAzurite = new Azurite();
        await ownAzurite.StartAsync();
        await using var host = await HostProcess.StartAsync(ownAzurite.ConnectionString);
        var load = new Load(host);
        load.Start(stopAtFault: false);
        await load.CompletedAsync(200);

        await ownAzurite.StopAsync();
        await load.UnavailableAsync(20);
        Assert.Equal(503, (await host.PostAsync("/auth/device/code")).Status);
        var before = load.Unavailable;
        await Task.Delay(TimeSpan.FromSeconds(5));
        Assert.True(load.Unavailable > before);
        await ownAzurite.StartAsync();

        // The service recovers by itself.
        await load.CompletedAsync(load.Completed + 200);
        await load.EndAsync();

        foreach (var login in load.Logins)
        {
            await login.VerifyAsync(killed: false);
        }
    }

    /// <summary>Eight concurrent devices and approvers that sign in repeatedly.</summary>
    private sealed class Load(HostProcess host)
    {
        public const int Devices = 8;

        private volatile bool _stop;
        private Task _running = Task.CompletedTask;
        private int _completed;
        private int _unavailable;

        public ConcurrentBag<Login> Logins { get; } = [];

        public int Completed => _completed;

        public int Unavailable => _unavailable;

        public Task CompletedAsync(int count) => UntilAsync(() => _completed >= count);

        public Task UnavailableAsync(int count) => UntilAsync(() => _unavailable >= count);

        public Task EndAsync()
        {
            _stop = true;
            return _running;
        }

        public void Start(bool stopAtFault) => _running = Task.WhenAll(Enumerable.Range(0, Devices).Select(worker => Task.Run(async () =>
        {
            for (var round = worker; !_stop; round++)
            {
                try
                {
                    await SignInAsync(round % 4);
                }
                catch (Outage)
                {
                    Interlocked.Increment(ref _unavailable);
                }
                catch (Exception exception) when (stopAtFault && exception is HttpRequestException or IOException)
                {
                    return;
                }
            }
        })));

        private async Task UntilAsync(Func<bool> condition)
        {
            while (!condition())
            {
                if (_running.IsCompleted)
                {
                    await _running;
                    Assert.Fail("The load ended too early.");
                }

                await Task.Delay(10);
            }
        }

        // A quarter each of the logins: undecided, denied, approved, approved and completed.
        private async Task SignInAsync(int kind)
        {
            var login = await CountAsync(Login.IssueAsync(host));
            Logins.Add(login);
            if (kind > 0)
            {
                Assert.Equal(kind == 1 ? "denied" : "authorized", await CountAsync(login.DecideAsync(approve: kind > 1)));
            }

            if (kind == 3)
            {
                Assert.Equal("complete", await CountAsync(login.PollAsync()));
            }
        }

        private async Task<T> CountAsync<T>(Task<T> request)
        {
            var response = await request;
            Interlocked.Increment(ref _completed);
            return response;
        }
    }

    /// <summary>A login, with its requested and its acknowledged decision.</summary>
    private sealed class Login(HostProcess host, string deviceCode, string userCode)
    {
        private bool? _requested;
        private bool? _acknowledged;
        private bool _polledForCompletion;
        private bool _completed;

        public string UserCode => userCode;

        /// <summary>
        /// Whether it completed before the host was killed and again after: a completion is confirmed after its response, because
        /// confirming it before would lose every login whose response the killed host did not send.
        /// </summary>
        public bool CompletedAgain { get; private set; }

        public static async Task<Login> IssueAsync(HostProcess host)
        {
            var (status, json, retryAfter) = await host.PostAsync("/auth/device/code");
            Outage.ThrowIf(status, json, retryAfter);
            Assert.Equal(200, status);
            var login = new Login(host, json.GetProperty("device_code").GetString()!, json.GetProperty("user_code").GetString()!);
            host.Watch(login.DeviceCode, login.UserCode);
            return login;
        }

        private string DeviceCode => deviceCode;

        public async Task<string?> DecideAsync(bool approve)
        {
            _requested = approve;
            var (status, json, retryAfter) = await host.PostAsync(
                "/auth/device/authorize", new { user_code = userCode, action = approve ? "approve" : "deny" });
            Outage.ThrowIf(status, json, retryAfter);
            Assert.Equal(200, status);
            _acknowledged = approve;
            return json.GetProperty("status").GetString();
        }

        public async Task<string?> PollAsync()
        {
            _polledForCompletion |= _requested == true;
            var (status, json, retryAfter) = await host.PostAsync("/auth/device/token", new { device_code = deviceCode });
            Outage.ThrowIf(status, json, retryAfter);
            var state = json.GetProperty("status").GetString();
            Assert.False(_completed && state == "complete", "A code completed twice.");
            _completed |= state == "complete";
            return state;
        }

        /// <summary>Checks that the next responses agree with the acknowledged requests.</summary>
        public async Task VerifyAsync(bool killed)
        {
            var (completed, polled) = (_completed, _polledForCompletion);
            _completed &= !killed;
            var state = await PollAsync();
            string[] expected = (_acknowledged, _requested) switch
            {
                (true, _) when completed => killed ? ["already_used", "complete"] : ["already_used"],
                (true, _) when polled && killed => ["complete", "already_used"], // the response was lost with the killed host
                (true, _) => ["complete"],
                (false, _) => ["denied"],
                (null, true) => ["pending", "complete"], // the response was lost, so either is correct
                (null, false) => ["pending", "denied"],
                (null, null) => ["pending"],
            };
            Assert.Contains(state, expected);
            CompletedAgain = completed && state == "complete";
            if (state == "complete")
            {
                Assert.Equal("already_used", await PollAsync());
            }
        }
    }

    private sealed class Outage : Exception
    {
        public static void ThrowIf(int status, System.Text.Json.JsonElement json, TimeSpan? retryAfter)
        {
            if (status == 503)
            {
                Assert.Equal("temporarily_unavailable", json.GetProperty("error").GetString());
                Assert.NotEmpty(json.GetProperty("error_description").GetString()!);
                Assert.Equal(TimeSpan.FromSeconds(5), retryAfter);
                throw new Outage();
            }
        }
    }
}
