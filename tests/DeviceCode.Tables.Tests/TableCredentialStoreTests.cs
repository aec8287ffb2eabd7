namespace DeviceCode.Tables.Tests;

using DeviceCode.Core.Broker;
using DeviceCode.Testing;

public sealed class TableCredentialStoreTests(Azurite azurite) : CredentialSuite, IAsyncLifetime
{
    private readonly TestTables _tables = TestTables.In(azurite);

    protected override ICredentialStore Store => new TableCredentialStore(_tables.Tables);

    public async ValueTask InitializeAsync() => await _tables.CreatedAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
