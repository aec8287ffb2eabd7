[assembly: Xunit.AssemblyFixture(typeof(DeviceCode.Testing.Azurite))]
[assembly: Xunit.AssemblyFixture(typeof(DeviceCode.Worker.Tests.PublishedApp))]

namespace DeviceCode.Worker.Tests;

/// <summary>
/// One worker for the tests that do not restart or reconfigure it; they run one after the other. If the environment variable
/// FUNCTIONS_CORE_TOOLS contains the command of Azure's own host, the worker runs under that host, for <see cref="LoginTests"/> only.
/// </summary>
public sealed class SharedWorker(Azurite azurite, PublishedApp app) : IAsyncLifetime
{
    /// <summary>An origin that may call the service.</summary>
    public const string Dashboard = "https://dashboard.example.com";

    private Azurite? _azuriteWithBlobs;

    public WorkerService Service { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var settings = new Dictionary<string, string> { ["DeviceCode__CorsOrigins__0"] = Dashboard };
        if (Environment.GetEnvironmentVariable("FUNCTIONS_CORE_TOOLS") is { Length: > 0 } command)
        {
            _azuriteWithBlobs = new Azurite { HasBlobsAndQueues = true };
            await _azuriteWithBlobs.StartAsync();
            Service = await WorkerService.StartCoreToolsAsync(app, _azuriteWithBlobs, command, settings);
        }
        else
        {
            Service = await WorkerService.StartAsync(app, azurite.ConnectionString, settings);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        await (_azuriteWithBlobs?.DisposeAsync() ?? ValueTask.CompletedTask);
    }
}

[CollectionDefinition(nameof(SharedWorker))]
public sealed class SharedWorkerTests : ICollectionFixture<SharedWorker>;
