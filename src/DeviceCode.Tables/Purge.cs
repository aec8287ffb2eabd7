namespace DeviceCode.Tables;

using Azure;
using Azure.Data.Tables;

/// <summary>Deletes many rows with few requests: transactions of up to 100 rows of one partition.</summary>
internal static class Purge
{
    private const int MaxTransaction = 100;

    /// <summary>Deletes the rows that match <paramref name="filter"/>.</summary>
    /// <returns>The row keys of the deleted rows.</returns>
    public static async Task<IReadOnlyList<string>> DeleteAsync(TableClient table, string filter, CancellationToken cancellationToken)
    {
        var deleted = new List<string>();
        var batch = new List<TableEntity>();

        // The query returns rows sorted by partition.
        var rows = table.QueryAsync<TableEntity>(filter, select: ["PartitionKey", "RowKey"], cancellationToken: cancellationToken);
        await foreach (var row in rows)
        {
            if (batch.Count == MaxTransaction || (batch.Count > 0 && batch[0].PartitionKey != row.PartitionKey))
            {
                await FlushAsync();
            }

            batch.Add(row);
        }

        await FlushAsync();
        return deleted;

        async Task FlushAsync()
        {
            if (batch.Count == 0)
            {
                return;
            }

            try
            {
                await table.SubmitTransactionAsync(
                    batch.Select(row => new TableTransactionAction(TableTransactionActionType.Delete, row, ETag.All)), cancellationToken);
                deleted.AddRange(batch.Select(row => row.RowKey));
            }
            catch (TableTransactionFailedException gone) when (gone.Status == StorageFaults.NotFound)
            {
                // Another instance purges at the same time and deleted one of the rows, so none of this transaction is deleted. The next
                // purge deletes what is left.
            }

            batch.Clear();
        }
    }
}
