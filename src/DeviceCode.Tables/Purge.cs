namespace DeviceCode.Tables;

using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;

/// <summary>
/// Deletes many rows with few requests: partition by partition, in transactions of up to 100 rows. A run that is cancelled, because it has
/// no more time, keeps what it has deleted, and the next run continues there.
/// </summary>
internal sealed class Purge
{
    /// <summary>The most rows that a transaction can change; all of one partition.</summary>
    public const int MaxTransaction = 100;

    /// <summary>The keys of the partitions: the first digits of the rows' keys.</summary>
    public const string Partitions = "0123456789abcdef";

    private const int PartitionsAtOnce = 4;

    private int _first;

    private static IReadOnlyList<string> Keys { get; } = ["PartitionKey", "RowKey"];

    /// <summary>Purges all partitions, beginning with the one at which the last run stopped.</summary>
    /// <param name="purge">Purges one partition, and returns the number of deleted things after each transaction.</param>
    /// <param name="cancellationToken">Ends the run early.</param>
    /// <returns>The number of deleted things.</returns>
    public async Task<int> RunAsync(Func<string, IAsyncEnumerable<int>> purge, CancellationToken cancellationToken)
    {
        var (first, done, deleted) = (_first, 0, 0);
        var options = new ParallelOptions { MaxDegreeOfParallelism = PartitionsAtOnce, CancellationToken = cancellationToken };
        try
        {
            await StorageFaults.Translate(
                () => Parallel.ForEachAsync(
                    Enumerable.Range(first, Partitions.Length),
                    options,
                    async (number, _) =>
                    {
                        await foreach (var count in purge($"{Partitions[number % Partitions.Length]}"))
                        {
                            Interlocked.Add(ref deleted, count);
                        }

                        Interlocked.Increment(ref done);
                    }),
                cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The time is over.
        }

        _first = (first + done) % Partitions.Length;
        return deleted;
    }

    /// <summary>Deletes the rows that match <paramref name="filter"/>, all of one partition.</summary>
    /// <returns>After each transaction, the rows that it has deleted.</returns>
    public static async IAsyncEnumerable<TableEntity[]> DeleteAsync(
        TableClient table, string filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var page in table.QueryAsync<TableEntity>(filter, null, Keys, cancellationToken).AsPages())
        {
            foreach (var batch in page.Values.Chunk(MaxTransaction))
            {
                if (await TrySubmitAsync(table, batch.Select(row => Delete(row, ETag.All)), cancellationToken))
                {
                    yield return batch;
                }
            }
        }
    }

    /// <summary>Returns the deletion of a row, unless it has changed since <paramref name="version"/>.</summary>
    public static TableTransactionAction Delete(ITableEntity row, ETag version) =>
        new(TableTransactionActionType.Delete, new TableEntity(row.PartitionKey, row.RowKey), version);

    /// <summary>Submits a transaction.</summary>
    /// <returns>
    /// False when another instance purges at the same time and has deleted or changed one of the rows. Then the next run does the rest.
    /// </returns>
    public static async Task<bool> TrySubmitAsync(
        TableClient table, IEnumerable<TableTransactionAction> actions, CancellationToken cancellationToken)
    {
        try
        {
            await table.SubmitTransactionAsync(actions, cancellationToken);
            return true;
        }
        catch (TableTransactionFailedException outdated) when (StorageFaults.IsOutdated(outdated))
        {
            return false;
        }
    }
}
