namespace DeviceCode.Tables;

using System.Globalization;
using Azure;
using Azure.Data.Tables;
using DeviceCode.Core.Guesses;

/// <summary>
/// The log of wrong user codes in Table Storage: one partition, ordered by time, so that what is new is one range query.
/// The limits themselves keep it small.
/// </summary>
public sealed class TableWrongGuessStore(DeviceCodeTables tables) : IWrongGuessStore
{
    private const string Partition = "guess";

    private readonly TableClient _table = tables.WrongGuesses;

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
            try
            {
                await _table.AddEntityAsync(row, cancellationToken);
            }
            catch (RequestFailedException taken) when (taken.Status == StorageFaults.Conflict)
            {
                // This very write arrived twice, because its first answer was lost on the way.
            }

            return true;
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
            var filter = TableClient.CreateQueryFilter($"PartitionKey eq {Partition} and RowKey lt {TimeKeyOf(before)}");
            return (await Purge.DeleteAsync(_table, filter, cancellationToken)).Count;
        },
        cancellationToken);

    /// <inheritdoc />
    public Task PingAsync(CancellationToken cancellationToken) => TableCheck.RunAsync(_table, cancellationToken);

    // As many digits as the last moment has, so that keys sort as times do.
    private static string TimeKeyOf(DateTimeOffset at) => at.UtcTicks.ToString("D19", CultureInfo.InvariantCulture);
}
