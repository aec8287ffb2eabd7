namespace DeviceCode.Tables;

using Azure;
using Azure.Data.Tables;
using Azure.Identity;
using DeviceCode.Core;

/// <summary>Turns the ways in which storage can fail into the one that Core knows.</summary>
internal static class StorageFaults
{
    public const int NotFound = 404;
    public const int Conflict = 409;
    public const int PreconditionFailed = 412;

    /// <summary>A row that is known to exist; that it has gone all the same is a fault.</summary>
    public static async Task<TableEntity> GetEntityAsync(this TableClient table, string partitionKey, string rowKey, CancellationToken cancellationToken)
    {
        var found = await table.GetEntityIfExistsAsync<TableEntity>(partitionKey, rowKey, cancellationToken: cancellationToken);
        return found.HasValue ? found.Value! : throw new RequestFailedException(NotFound, "A row was deleted while it was in use.");
    }

    public static async Task<T> Translate<T>(Func<Task<T>> requests, CancellationToken cancellationToken)
    {
        try
        {
            return await requests();
        }
        catch (Exception fault) when (IsFault(fault, cancellationToken))
        {
            throw new StoreUnavailableException($"Table Storage did not answer as it should: {ReasonOf(fault)}", fault);
        }
    }

    // Azure.Core reports several failed tries as an AggregateException, an answer that broke off as an IOException, and its own
    // time-out as a cancellation.
    private static bool IsFault(Exception fault, CancellationToken cancellationToken) => fault switch
    {
        RequestFailedException or AuthenticationFailedException or IOException => true,
        AggregateException several => several.InnerExceptions.All(inner => IsFault(inner, cancellationToken)),
        OperationCanceledException => !cancellationToken.IsCancellationRequested,
        _ => false,
    };

    // The first line says it; the others are headers and the body.
    private static string ReasonOf(Exception fault) =>
        fault is AggregateException several ? ReasonOf(several.InnerExceptions[^1]) : fault.Message.Split('\n')[0].Trim();
}
