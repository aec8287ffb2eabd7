namespace DeviceCode.Tables;

using Azure;
using Azure.Data.Tables;
using Azure.Identity;
using DeviceCode.Core;

/// <summary>Handles the failures of storage requests: an expected one is a result, all others become one exception.</summary>
internal static class StorageFaults
{
    public const int NotFound = 404;
    public const int PreconditionFailed = 412;

    private const int Conflict = 409;

    /// <summary>Adds a row, unless its keys are taken.</summary>
    /// <returns>
    /// False when a row with these keys exists. It may be this very row: the storage client retries a write whose response was lost,
    /// and the retry then conflicts with the write. A caller to whom that matters reads the row.
    /// </returns>
    public static async Task<bool> TryAddRowAsync(this TableClient table, TableEntity row, CancellationToken cancellationToken)
    {
        try
        {
            await table.AddEntityAsync(row, cancellationToken);
            return true;
        }
        catch (RequestFailedException taken) when (taken.Status == Conflict)
        {
            return false;
        }
    }

    /// <summary>Returns a row; null when it does not exist.</summary>
    public static async Task<TableEntity?> FindRowAsync(
        this TableClient table, string partitionKey, string rowKey, CancellationToken cancellationToken)
    {
        var found = await table.GetEntityIfExistsAsync<TableEntity>(partitionKey, rowKey, cancellationToken: cancellationToken);
        return found.HasValue ? found.Value : null;
    }

    /// <summary>Returns a row that exists. Its absence is a fault, because only a purge deletes rows, and long after their use.</summary>
    public static async Task<TableEntity> GetRowAsync(
        this TableClient table, string partitionKey, string rowKey, CancellationToken cancellationToken) =>
        await table.FindRowAsync(partitionKey, rowKey, cancellationToken)
        ?? throw new RequestFailedException(NotFound, "A row was deleted while it was in use.");

    /// <summary>Runs requests, and throws <see cref="StoreUnavailableException"/> for every fault of the storage.</summary>
    public static async Task<T> Translate<T>(Func<Task<T>> requests, CancellationToken cancellationToken)
    {
        try
        {
            return await requests();
        }
        catch (Exception fault) when (IsFault(fault, cancellationToken))
        {
            throw new StoreUnavailableException($"Table Storage failed: {ReasonOf(fault)}", fault);
        }
    }

    /// <inheritdoc cref="Translate{T}" />
    public static Task Translate(Func<Task> requests, CancellationToken cancellationToken) => Translate(
        async () =>
        {
            await requests();
            return true;
        },
        cancellationToken);

    // Azure.Core reports several failed attempts as AggregateException, a broken response as IOException, and its own time-out as
    // OperationCanceledException.
    private static bool IsFault(Exception fault, CancellationToken cancellationToken) => fault switch
    {
        RequestFailedException or AuthenticationFailedException or IOException => true,
        AggregateException several => several.InnerExceptions.All(inner => IsFault(inner, cancellationToken)),
        OperationCanceledException => !cancellationToken.IsCancellationRequested,
        _ => false,
    };

    // The first line is the reason; the other lines are headers and the body.
    private static string ReasonOf(Exception fault) =>
        fault is AggregateException several ? ReasonOf(several.InnerExceptions[^1]) : fault.Message.Split('\n')[0].Trim();
}
