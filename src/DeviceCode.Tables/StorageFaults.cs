namespace DeviceCode.Tables;

using Azure;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;
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
        catch (RequestFailedException taken) when (IsTaken(taken))
        {
            return false;
        }
    }

    /// <summary>Whether a row was not added because its keys are taken.</summary>
    public static bool IsTaken(RequestFailedException fault) =>
        fault.Status == Conflict && fault.ErrorCode == TableErrorCode.EntityAlreadyExists;

    /// <summary>Whether a row was not changed because it does not exist. A missing table is a fault.</summary>
    public static bool IsGone(RequestFailedException fault) =>
        fault.Status == NotFound && fault.ErrorCode == TableErrorCode.ResourceNotFound;

    /// <summary>Whether a row was not changed because it has changed since it was read, or does not exist any more.</summary>
    public static bool IsOutdated(RequestFailedException fault) => fault.Status == PreconditionFailed || IsGone(fault);

    /// <summary>Returns a row; null when it does not exist.</summary>
    public static async Task<TableEntity?> FindRowAsync(
        this TableClient table, string partitionKey, string rowKey, CancellationToken cancellationToken)
    {
        var found = await table.GetEntityIfExistsAsync<TableEntity>(partitionKey, rowKey, cancellationToken: cancellationToken);
        if (found.HasValue)
        {
            return found.Value;
        }

        // A missing table, or a proxy in between, also responds with 404.
        var response = found.GetRawResponse();
        return response.Content.ToString().Contains(TableErrorCode.ResourceNotFound.ToString(), StringComparison.Ordinal)
            ? null
            : throw new RequestFailedException(response);
    }

    /// <summary>Returns a row that exists. Its absence is a fault, because only a purge deletes rows, and long after their use.</summary>
    public static async Task<TableEntity> GetRowAsync(
        this TableClient table, string partitionKey, string rowKey, CancellationToken cancellationToken) =>
        await table.FindRowAsync(partitionKey, rowKey, cancellationToken)
        ?? throw new RequestFailedException(NotFound, "A row was deleted while it was in use.");

    /// <summary>
    /// Runs requests, and throws <see cref="StoreUnavailableException"/> for every fault of the storage. An unreadable response is also a
    /// fault; the storage client throws exceptions of many types for it.
    /// </summary>
    public static async Task<T> Translate<T>(Func<Task<T>> requests, CancellationToken cancellationToken)
    {
        try
        {
            return await requests();
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
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

    // The first line is the reason; the other lines are headers and the body. Only the messages of these types are about requests: that of
    // another one may quote the response.
    private static string ReasonOf(Exception fault) => fault switch
    {
        AggregateException several => ReasonOf(several.InnerExceptions[^1]),
        RequestFailedException or AuthenticationFailedException or IOException or OperationCanceledException =>
            fault.Message.Split('\n')[0].Trim(),
        _ => $"its response cannot be read ({fault.GetType().Name}).",
    };
}
