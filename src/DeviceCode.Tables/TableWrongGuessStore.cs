namespace DeviceCode.Tables;

using System.Globalization;
using Azure.Data.Tables;
using DeviceCode.Core.Guesses;

/// <summary>
/// The log of wrong user codes in Table Storage: one partition, sorted by time, so that one range query returns the new entries. It
/// stays small, because the limits allow few wrong codes.
/// </summary>
public sealed class TableWrongGuessStore(DeviceCodeTables tables) : IWrongGuessStore
{
    private const string Partition = "guess";

    private readonly TableClient _table = tables.WrongGuesses;
    private readonly TableClient _purged = tables.InBackground(tables.WrongGuesses);

    /// <inheritdoc />
    public Task AddAsync(WrongGuess guess, CancellationToken cancellationToken) => StorageFaults.Translate(
        async () =>
        {
            var row = new TableEntity(Partition, $"{TimeKeyOf(guess.At)}-{guess.Id:N}")
            {
                [nameof(WrongGuess.Id)] = guess.Id,
                [nameof(WrongGuess.UserKey)] = guess.UserKey,
                [nameof(WrongGuess.AddressKey)] = guess.AddressKey,
                [nameof(WrongGuess.At)] = guess.At,
            };

            // The keys contain the id, so a conflict can only be with this very row.
            _ = await _table.TryAddRowAsync(row, cancellationToken);
        },
        cancellationToken);

    /// <inheritdoc />
    public Task<IReadOnlyList<WrongGuess>> ReadAsync(DateTimeOffset since, CancellationToken cancellationToken) =>
        StorageFaults.Translate<IReadOnlyList<WrongGuess>>(
            async () =>
            {
                var guesses = new List<WrongGuess>();
                var filter = TableClient.CreateQueryFilter($"PartitionKey eq {Partition} and RowKey ge {TimeKeyOf(since)}");
                await foreach (var row in _table.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken))
                {
                    guesses.Add(new WrongGuess(
                        row.GetGuid(nameof(WrongGuess.Id))!.Value,
                        row.GetString(nameof(WrongGuess.UserKey))!,
                        row.GetString(nameof(WrongGuess.AddressKey))!,
                        row.GetDateTimeOffset(nameof(WrongGuess.At))!.Value));
                }

                return guesses;
            },
            cancellationToken);

    /// <inheritdoc />
    public Task<int> PurgeAsync(DateTimeOffset before, CancellationToken cancellationToken) => StorageFaults.Translate(
        async () =>
        {
            var deleted = 0;
            var filter = TableClient.CreateQueryFilter($"PartitionKey eq {Partition} and RowKey lt {TimeKeyOf(before)}");
            await foreach (var rows in Purge.DeleteAsync(_purged, filter, cancellationToken))
            {
                deleted += rows.Length;
            }

            return deleted;
        },
        cancellationToken);

    /// <inheritdoc />
    public Task PingAsync(CancellationToken cancellationToken) => TablePing.RunAsync(_table, cancellationToken);

    // Padded to the digits of the latest possible time, so that keys sort by time.
    private static string TimeKeyOf(DateTimeOffset at) => at.UtcTicks.ToString("D19", CultureInfo.InvariantCulture);
}
