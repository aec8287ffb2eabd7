namespace DeviceCode.Tables;

using Azure.Data.Tables;

/// <summary>Runs a query that matches no row. It fails when the table is missing, unreachable or forbidden.</summary>
internal static class TablePing
{
    public static Task RunAsync(TableClient table, CancellationToken cancellationToken) => StorageFaults.Translate(
        async () =>
        {
            await foreach (var _ in table.QueryAsync<TableEntity>("PartitionKey eq ''", 1, ["PartitionKey"], cancellationToken))
            {
                break;
            }
        },
        cancellationToken);
}
