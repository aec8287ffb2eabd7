namespace DeviceCode.Worker.Tests;

/// <summary>The service during and after an outage of the storage or of Entra ID.</summary>
public sealed class OutageTests(PublishedApp app)
{
    [Fact]
    public async Task Without_its_storage_it_responds_with_503_and_recovers()
    {
        await using var azurite = new Azurite();
        await azurite.StartAsync();
        await using var service = await WorkerService.StartAsync(app, azurite.ConnectionString);
        var (deviceCode, _) = await service.IssueAsync();

        await azurite.StopAsync();
        (await service.PostAsync("/auth/device/code")).IsError(503, "temporarily_unavailable");
        (await service.GetAsync("/healthz")).IsError(503, "temporarily_unavailable");
        await Assert.ThrowsAsync<WorkerException>(() => service.Host.InvokeTimerAsync("purge"));

        await azurite.StartAsync();
        await IsHealthyAsync(service);
        Assert.Equal("authorization_pending", (await service.PostAsync("/auth/device/token", new { device_code = deviceCode }))["error"]);
    }

    [Fact]
    public async Task While_its_storage_hangs_it_responds_with_503_and_recovers()
    {
        await using var azurite = new Azurite();
        await azurite.StartAsync();
        await using var service = await WorkerService.StartAsync(app, azurite.ConnectionString);

        await azurite.FreezeAsync();
        (await service.PostAsync("/auth/device/code")).IsError(503, "temporarily_unavailable");

        await azurite.ThawAsync();
        await IsHealthyAsync(service);
    }

    /// <summary>The worker must not end: the host would stop restarting it after three failures.</summary>
    [Fact]
    public async Task Without_its_storage_at_the_start_it_waits_and_reports_it()
    {
        await using var azurite = new Azurite();
        await azurite.StartAsync();
        await azurite.StopAsync();
        await using var service = await WorkerService.StartAsync(app, azurite.ConnectionString);
        (await service.GetAsync("/healthz")).IsError(503, "temporarily_unavailable");
        const string Sentence = "The tables and queues cannot be created; the next attempt is in two seconds.";
        Assert.Contains(service.Host.Output, line => line.Contains(Sentence, StringComparison.Ordinal));

        await azurite.StartAsync();
        await IsHealthyAsync(service);
    }

    [Fact]
    public async Task Without_Entra_it_responds_with_503_until_it_has_the_keys()
    {
        await using var azurite = new Azurite();
        await azurite.StartAsync();
        await using var service = await WorkerService.StartAsync(app, azurite.ConnectionString);
        await service.Entra.StopAsync();
        (await InspectAsync()).IsError(503, "temporarily_unavailable");

        await service.Entra.StartAgainAsync();
        while ((await InspectAsync()).Status == 503)
        {
            await Task.Delay(100);
        }

        (await InspectAsync()).IsError(400, "bad_request");

        // The keys are known now.
        await service.Entra.StopAsync();
        (await InspectAsync()).IsError(400, "bad_request");

        Task<ServiceResponse> InspectAsync() =>
            service.PostAsync("/auth/device/inspect", new { user_code = "BBBB-BBBB" }, service.Authorization());
    }

    private static async Task IsHealthyAsync(WorkerService service)
    {
        while ((await service.GetAsync("/healthz")).Status != 200)
        {
            await Task.Delay(100);
        }
    }
}
