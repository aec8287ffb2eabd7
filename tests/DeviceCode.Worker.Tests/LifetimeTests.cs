namespace DeviceCode.Worker.Tests;

/// <summary>The worker's start, its end and its restart by the host.</summary>
public sealed class LifetimeTests(Azurite azurite, PublishedApp app)
{
    /// <summary>The platform ends a worker in two ways: with a message of the protocol, or with a signal.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Requests_under_way_are_finished_before_the_worker_ends(bool bySignal)
    {
        await using var ownAzurite = new Azurite();
        await ownAzurite.StartAsync();
        await using var service = await WorkerService.StartAsync(app, ownAzurite.ConnectionString);
        await service.IssueAsync();

        await ownAzurite.FreezeAsync();
        var before = service.Host.Invocations.Count;
        var requests = Enumerable.Range(0, 5).Select(_ => service.PostAsync("/auth/device/code")).ToList();
        while (service.Host.Invocations.Count < before + requests.Count)
        {
            await Task.Delay(10);
        }

        var ended = bySignal ? service.Host.SignalWorkerAsync("TERM") : service.Host.StopAsync();
        await service.Host.LogAsync(
            line => bySignal ? line.Contains("Application is shutting down", StringComparison.Ordinal) : line.Length > 0);
        await ownAzurite.ThawAsync();

        Assert.All(await Task.WhenAll(requests), response => Assert.Equal(200, response.Status));
        Assert.Equal(0, await ended);
    }

    [Fact]
    public async Task A_killed_worker_is_replaced_and_nothing_is_lost()
    {
        await using var service = await WorkerService.StartAsync(app, azurite.ConnectionString);
        var (deviceCode, userCode) = await service.IssueAsync();
        var killed = service.Host.WorkerProcessId;

        await service.Host.KillWorkerAsync();

        var decision = await service.PostAsync("/auth/device/authorize", new { user_code = userCode }, service.Authorization());
        Assert.Equal("authorized", decision["status"]);
        var poll = await service.PostAsync("/auth/device/token", new { device_code = deviceCode });
        Assert.Equal("complete", poll["status"]);
        Assert.NotEqual(killed, service.Host.WorkerProcessId);
    }

    [Theory]
    [InlineData("DeviceCode__UserCodeLength", "5", "DeviceCode:UserCodeLength is 5; it must be from 6 to 9.")]
    [InlineData("AzureAd__ClientId", "", "AzureAd:ClientId is missing. Set it to the application (client) id of the app registration.")]
    [InlineData("OAuth__Clients__0__Scpoes", "profile", "Unknown setting OAuth:Clients:0:Scpoes.")]
    [InlineData("DeviceCode__CodeLifeTimes", "00:10:00", "Unknown setting DeviceCode:CodeLifeTimes.")]
    [InlineData("Storage__TablePerfix", "t", "Unknown setting Storage:TablePerfix.")]
    [InlineData("AzureAd__PageClientID2", "x", "Unknown setting AzureAd:PageClientID2.")]
    [InlineData("DeviceCode__CorsOrigins", "https://a.example", "DeviceCode:CorsOrigins is a list.")]
    [InlineData("DeviceCode__ClientAddressHeader", "Forwarded", "DeviceCode:ClientAddressHeader is \"Forwarded\"")]
    public async Task The_error_of_the_host_names_an_invalid_setting(string name, string value, string sentence)
    {
        var exception = await Assert.ThrowsAsync<WorkerException>(
            () => WorkerService.StartAsync(app, azurite.ConnectionString, new() { [name] = value }));
        Assert.Contains("Its exit code is 1.", exception.Message, StringComparison.Ordinal);
        Assert.Contains(sentence, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_timer_function_runs()
    {
        await using var service = await WorkerService.StartAsync(app, azurite.ConnectionString);
        await service.Host.InvokeTimerAsync("purge");
        Assert.Contains(
            service.Host.Output,
            line => line.Contains("Purged 0 expired device authorizations, 0 grants and 0 rows of credentials.", StringComparison.Ordinal));
    }
}
