namespace DeviceCode.LocalHost.Tests;

using System.Net.Sockets;
using System.Text;
using DeviceCode.Testing;
using DeviceCode.Testing.Service;

/// <summary>The service while its storage is slow, busy or broken, or answers nonsense.</summary>
public sealed class StorageFaultTests(Azurite azurite) : IAsyncLifetime
{
    private readonly Dictionary<string, string> _sameTables = new() { ["Storage__TablePrefix"] = $"t{Guid.NewGuid():N}"[..20] };
    private FaultProxy _proxy = null!;
    private HostProcess _host = null!;

    public async ValueTask InitializeAsync()
    {
        _proxy = await FaultProxy.StartAsync(azurite);
        _host = await HostProcess.StartAsync(_proxy.ConnectionString, _sameTables);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _proxy.DisposeAsync();
    }

    [Fact]
    public async Task A_storage_that_asks_for_a_long_wait_is_unavailable_at_once()
    {
        _proxy.FaultFor = _ => Fault.Answer(FaultResponse.Busy(retryAfter: 30));
        var before = _proxy.RequestsWith("POST");

        await UnavailableAsync("/auth/device/code");

        Assert.Equal(before + 1, _proxy.RequestsWith("POST")); // no retry
    }

    /// <summary>The client's own limit of 15 seconds is not reached, however slow the storage is.</summary>
    [Fact]
    public async Task A_request_ends_by_its_deadline_although_the_storage_hangs()
    {
        _proxy.FaultFor = _ => Fault.None with { DelayBefore = TimeSpan.FromMinutes(5) };
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(15) };

        var response = await client.PostAsync(new Uri(_host.Address, "/auth/device/code"), content: null);

        Assert.Equal(503, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("<html>It works!</html>", "text/html")]
    [InlineData("{}", "application/json")]
    [InlineData("[]", "application/json")]
    [InlineData("{\"value\": 7}", "application/json")]
    [InlineData("", "application/json")]
    public async Task A_response_of_the_storage_that_cannot_be_read_is_an_outage(string body, string contentType)
    {
        var (deviceCode, userCode) = await IssueAsync();
        _proxy.FaultFor = request => request.IsWrite ? Fault.None : Fault.Answer(new FaultResponse(200, body, contentType));

        await UnavailableAsync("/auth/device/token", new { device_code = deviceCode });
        await UnavailableAsync("/auth/device/authorize", new { user_code = userCode });
        _proxy.FaultFor = request => request.IsWrite ? Fault.Answer(new FaultResponse(200, body, contentType)) : Fault.None;
        await UnavailableAsync("/auth/device/code");
        await UnavailableAsync("/auth/device/authorize", new { user_code = userCode });
        Assert.DoesNotContain(_host.Printed, line => line.Contains("It works", StringComparison.Ordinal));
    }

    /// <summary>Neither is an unknown code, nor a code that is taken.</summary>
    [Theory]
    [InlineData(404)]
    [InlineData(409)]
    public async Task A_status_of_something_other_than_the_storage_is_an_outage(int status)
    {
        var (deviceCode, _) = await IssueAsync();
        _proxy.FaultFor = _ => Fault.Answer(new FaultResponse(status, "<html>Not here</html>", "text/html"));

        await UnavailableAsync("/auth/device/token", new { device_code = deviceCode });
        await UnavailableAsync("/auth/device/code");
    }

    [Fact]
    public async Task When_the_storage_rejects_every_version_a_decision_and_a_request_for_tokens_end_soon()
    {
        var (_, userCode) = await IssueAsync();
        _proxy.FaultFor = request => request.Method is "PATCH" or "MERGE" or "PUT" ? Fault.Answer(new FaultResponse(412)) : Fault.None;
        var before = _proxy.Requests;

        await UnavailableAsync("/auth/device/authorize", new { user_code = userCode });

        Assert.InRange(_proxy.Requests - before, 3, 12);
    }

    [Fact]
    public async Task A_login_completes_on_another_instance_although_the_response_to_its_claim_was_lost()
    {
        await using var other = await HostProcess.StartAsync(_proxy.ConnectionString, _sameTables);
        var (deviceCode, userCode) = await IssueAsync();
        Assert.Equal(200, (await _host.PostAsync("/auth/device/authorize", new { user_code = userCode })).Status);
        _proxy.FaultFor = request => request.IsWrite ? Fault.LostResponse : Fault.None;
        await UnavailableAsync("/auth/device/token", new { device_code = deviceCode });

        _proxy.FaultFor = _ => Fault.None;
        var (status, json, _) = await other.PostAsync("/auth/device/token", new { device_code = deviceCode });
        Assert.Equal((200, "complete"), (status, json.GetProperty("status").GetString()));
        foreach (var host in new[] { _host, other })
        {
            var (_, again, _) = await host.PostAsync("/auth/device/token", new { device_code = deviceCode });
            Assert.Equal("already_used", again.GetProperty("status").GetString());
        }
    }

    [Fact]
    public async Task A_client_that_disconnects_within_its_body_is_no_defect()
    {
        using (var socket = new Socket(SocketType.Stream, ProtocolType.Tcp))
        {
            await socket.ConnectAsync("127.0.0.1", _host.Address.Port);
            await socket.SendAsync(Encoding.ASCII.GetBytes(
                "POST /auth/device/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"dev"));
            await Task.Delay(500);
            socket.LingerState = new LingerOption(true, 0); // a reset
        }

        await IssueAsync();
        Assert.DoesNotContain(_host.Printed, line => line.Contains("unexpected exception", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_that_disconnects_at_once_is_counted()
    {
        await IssueAsync(); // otherwise the other host has logged nothing
        await using var host = await HostProcess.StartAsync(
            _proxy.ConnectionString, new() { ["DeviceCode__CodesPerAddress"] = "5", ["DeviceCode__CodesWindow"] = "01:00:00" });
        _proxy.FaultFor = request => request.IsWrite ? Fault.None with { DelayBefore = TimeSpan.FromMilliseconds(300) } : Fault.None;
        for (var i = 0; i < 5; i++)
        {
            var before = _proxy.RequestsWith("POST");
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync("127.0.0.1", host.Address.Port);
            await socket.SendAsync(Encoding.ASCII.GetBytes("POST /auth/device/code HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"));
            while (_proxy.RequestsWith("POST") == before)
            {
                await Task.Delay(10);
            }

            socket.LingerState = new LingerOption(true, 0);
        }

        Assert.Equal(429, (await host.PostAsync("/auth/device/code")).Status);
    }

    private async Task<(string DeviceCode, string UserCode)> IssueAsync()
    {
        var (status, json, _) = await _host.PostAsync("/auth/device/code");
        Assert.Equal(200, status);
        return (json.GetProperty("device_code").GetString()!, json.GetProperty("user_code").GetString()!);
    }

    private async Task UnavailableAsync(string path, object? body = null)
    {
        var (status, json, retryAfter) = await _host.PostAsync(path, body);
        Assert.Equal((503, "temporarily_unavailable"), (status, json.GetProperty("error").GetString()));
        Assert.Equal(TimeSpan.FromSeconds(5), retryAfter);
    }
}
