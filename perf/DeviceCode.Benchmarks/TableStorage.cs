namespace DeviceCode.Benchmarks;

using BenchmarkDotNet.Attributes;
using DeviceCode.Tables;
using DeviceCode.Testing;

/// <summary>The operations on Table Storage, for which Azurite stands: the storage requests and their cost in the client.</summary>
/// <remarks>Each benchmark runs in a process of its own and starts an Azurite of its own, so it begins with empty tables.</remarks>
[InvocationCount(Invocations)]
public class TableStorage() : LoginBenchmarks(Invocations), IAsyncDisposable
{
    // An operation takes milliseconds, and preparing its input takes up to six storage requests.
    private const int Invocations = 64;

    private readonly Azurite _azurite = new();
    private DeviceCodeTables _tables = null!;

    /// <summary>Starts Azurite and creates the tables.</summary>
    [GlobalSetup]
    public async Task StartAsync()
    {
        await _azurite.StartAsync();
        _tables = new DeviceCodeTables(
            new TableStorageOptions { ConnectionString = _azurite.ConnectionString }, new StorageClock(TimeProvider.System));
        await _tables.CreateAsync(CancellationToken.None);
    }

    /// <summary>Stops Azurite.</summary>
    [GlobalCleanup]
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _azurite.DisposeAsync();
    }

    private protected override LoginService CreateService() =>
        new(new TableDeviceAuthorizationStore(_tables), new TableWrongGuessStore(_tables), new TableGrantStore(_tables));
}
