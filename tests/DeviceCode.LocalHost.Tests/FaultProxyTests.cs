namespace DeviceCode.LocalHost.Tests;

using System.Collections.Concurrent;
using System.Diagnostics;
using DeviceCode.Testing;

/// <summary>The faults that other tests inject between the service and its storage.</summary>
public sealed class FaultProxyTests(Azurite azurite)
{
    [Fact]
    public async Task The_proxy_forwards_requests_and_injects_each_fault()
    {
        await using var proxy = await FaultProxy.StartAsync(azurite);
        await using var host = await HostProcess.StartAsync(proxy.ConnectionString);
        Assert.Equal(200, (await host.PostAsync("/auth/device/code")).Status);

        Fault[] outages =
        [
            Fault.Reset,
            Fault.LostResponse,
            Fault.Answer(FaultResponse.Busy()),
            Fault.ReplacedResponse(FaultResponse.Busy(retryAfter: 1)),
            Fault.Answer(new(403, "<html>", "text/html")),
        ];
        foreach (var outage in outages)
        {
            proxy.FaultFor = request => request.IsWrite ? outage : Fault.None;
            Assert.Equal(503, (await host.PostAsync("/auth/device/code")).Status);
        }

        // The storage client repeats the insert, which then conflicts with itself: the service draws other codes.
        var inserted = new ConcurrentQueue<string>();
        var requests = proxy.Requests;
        proxy.FaultFor = request =>
        {
            if (!request.IsWrite)
            {
                return Fault.None;
            }

            Assert.Equal("POST", request.Method);
            inserted.Enqueue(request.Body);
            return inserted.Count == 1 ? Fault.LostResponse : Fault.None;
        };
        Assert.Equal(200, (await host.PostAsync("/auth/device/code")).Status);
        Assert.Equal(3, inserted.Count);
        Assert.All(inserted, row => Assert.Contains("DeviceCodeHash", row, StringComparison.Ordinal));
        Assert.True(proxy.Requests >= requests + 3);
        Assert.True(proxy.RequestsWith("POST") >= 3);

        proxy.FaultFor = _ => Fault.None with { DelayBefore = TimeSpan.FromMilliseconds(200), DelayAfter = TimeSpan.FromMilliseconds(200) };
        var clock = Stopwatch.StartNew();
        Assert.Equal(200, (await host.PostAsync("/auth/device/code")).Status);
        Assert.True(clock.ElapsedMilliseconds >= 390);
    }
}
