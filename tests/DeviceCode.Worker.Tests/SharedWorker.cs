[assembly: Xunit.AssemblyFixture(typeof(DeviceCode.Testing.Azurite))]
[assembly: Xunit.AssemblyFixture(typeof(DeviceCode.Worker.Tests.PublishedApp))]

namespace DeviceCode.Worker.Tests;

/// <summary>One worker for the tests that leave it as it is; they run one after the other.</summary>
public sealed class SharedWorker(Azurite azurite, PublishedApp app) : IAsyncLifetime
{
    /// <summary>An origin that may call the service.</summary>
    public const string Dashboard = "https://dashboard.example.com";

    public WorkerService Service { get; private set; } = null!;

    public async ValueTask InitializeAsync() =>
        Service = await WorkerService.StartAsync(app, azurite.ConnectionString, new() { ["DeviceCode__CorsOrigins__0"] = Dashboard });

    public ValueTask DisposeAsync() => Service.DisposeAsync();
}

[CollectionDefinition(nameof(SharedWorker))]
public sealed class SharedWorkerTests : ICollectionFixture<SharedWorker>;
