[assembly: Xunit.AssemblyFixture(typeof(DeviceCode.Testing.Azurite))]
[assembly: Xunit.AssemblyFixture(typeof(DeviceCode.Worker.Tests.PublishedApp))]

namespace DeviceCode.Worker.Tests;

/// <summary>
/// One worker for the tests that leave it as it is; they run one after the other. With the environment variable FUNCTIONS_CORE_TOOLS, it
/// runs under Azure's own host, which that variable names; this is for <see cref="LoginTests"/> alone.
/// </summary>
public sealed class SharedWorker(Azurite azurite, PublishedApp app) : IAsyncLifetime
{
    /// <summary>An origin that may call the service.</summary>
    public const string Dashboard = "https://dashboard.example.com";

    private Azurite? _allOfAzurite;

    public WorkerService Service { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var settings = new Dictionary<string, string> { ["DeviceCode__CorsOrigins__0"] = Dashboard };
        if (Environment.GetEnvironmentVariable("FUNCTIONS_CORE_TOOLS") is { Length: > 0 } command)
        {
            _allOfAzurite = new Azurite { HasBlobsAndQueues = true };
            await _allOfAzurite.StartAsync();
            Service = await WorkerService.StartCoreToolsAsync(app, _allOfAzurite, command, settings);
        }
        else
        {
            Service = await WorkerService.StartAsync(app, azurite.ConnectionString, settings);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        await (_allOfAzurite?.DisposeAsync() ?? ValueTask.CompletedTask);
    }
}

[CollectionDefinition(nameof(SharedWorker))]
public sealed class SharedWorkerTests : ICollectionFixture<SharedWorker>;
