namespace DeviceCode.Tables.Tests;

using DeviceCode.Core.Devices;
using DeviceCode.Core.OAuth;
using DeviceCode.Testing;

public sealed class TablePolicyTests(Azurite azurite) : PolicySuite, IAsyncLifetime
{
    private readonly TestTables _tables = TestTables.In(azurite);

    protected override IGrantStore Grants => new TableGrantStore(_tables.Tables);

    protected override IDeviceAuthorizationStore Devices => new TableDeviceAuthorizationStore(_tables.Tables);

    public async ValueTask InitializeAsync() => await _tables.CreatedAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
