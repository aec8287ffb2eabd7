namespace DeviceCode.Tables;

using Azure.Data.Tables;

/// <summary>Asks a table for nothing, which fails when it is missing, out of reach or forbidden.</summary>
internal static class TableCheck
{
    public static Task RunAsync(TableClient table, CancellationToken cancellationToken) => StorageFaults.Translate(
        async () =>
        {
            await foreach (var _ in table.QueryAsync<TableEntity>("PartitionKey eq ''", 1, ["PartitionKey"], cancellationToken))
            {
                break;
            }

            return true;
        },
        cancellationToken);
}
