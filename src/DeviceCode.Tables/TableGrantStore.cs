namespace DeviceCode.Tables;

using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Data.Tables;
using DeviceCode.Core.OAuth;

/// <summary>Grants in Table Storage: one row each, found by the id that is part of the tokens.</summary>
/// <remarks>
/// <para>
/// During a deployment, instances of two versions replace the same rows. Data that a newer version adds to a row, as a column or as a
/// member of an access token, survives a replacement by this version.
/// </para>
/// <para>
/// Beside each grant that ends, an index row has the time of its end as its key, so that a purge reads only the grants that may have ended,
/// and not the millions of others. A refresh moves the end and leaves the index row alone; the purge that finds the row too early moves it.
/// Only an earlier end needs another index row: then the old one finds no grant.
/// </para>
/// </remarks>
public sealed partial class TableGrantStore(DeviceCodeTables tables) : IGrantStore
{
    private const string SpentHash = nameof(SpentHash);
    private const string SpentAt = nameof(SpentAt);
    private const string SpentSalt = nameof(SpentSalt);
    private const string GrantId = nameof(GrantId);

    // Sorts after the hexadecimal digits of every id that begins with an "e".
    private const string EndPrefix = "end-";

    // An index row and its grant.
    private const int GrantsPerTransaction = Purge.MaxTransaction / 2;

    private readonly TableClient _table = tables.Grants;
    private readonly TableClient _purged = tables.InBackground(tables.Grants);
    private readonly Purge _purge = new();

    /// <inheritdoc />
    public Task<Grant> AddAsync(Grant grant, CancellationToken cancellationToken) => StorageFaults.Translate(
        async () =>
        {
            try
            {
                var add = new TableTransactionAction(TableTransactionActionType.Add, ToEntity(grant));
                await _table.SubmitTransactionAsync(WithIndex(add, grant), cancellationToken);
                return grant;
            }
            catch (RequestFailedException taken) when (StorageFaults.IsTaken(taken))
            {
                var (partitionKey, rowKey) = KeysOf(grant.Id);
                return FromEntity(await _table.GetRowAsync(partitionKey, rowKey, cancellationToken), grant.Id);
            }
        },
        cancellationToken);

    /// <inheritdoc />
    public Task<Grant?> FindAsync(Guid id, CancellationToken cancellationToken) => StorageFaults.Translate<Grant?>(
        async () =>
        {
            var (partitionKey, rowKey) = KeysOf(id);
            return await _table.FindRowAsync(partitionKey, rowKey, cancellationToken) is { } row ? FromEntity(row, id) : null;
        },
        cancellationToken);

    /// <inheritdoc />
    public Task<bool> TryReplaceAsync(Grant grant, CancellationToken cancellationToken) => StorageFaults.Translate(
        async () =>
        {
            try
            {
                var (row, version) = (ToEntity(grant), new ETag(grant.Version!));
                var read = (grant as StoredGrant)?.Row.GetDateTimeOffset(nameof(Grant.PurgeAfter));
                if (read is null || grant.PurgeAfter < read)
                {
                    var replace = new TableTransactionAction(TableTransactionActionType.UpdateReplace, row, version);
                    await _table.SubmitTransactionAsync(WithIndex(replace, grant), cancellationToken);
                }
                else
                {
                    await _table.UpdateEntityAsync(row, version, TableUpdateMode.Replace, cancellationToken);
                }

                return true;
            }
            catch (RequestFailedException changed) when (StorageFaults.IsOutdated(changed))
            {
                return false;
            }
        },
        cancellationToken);

    /// <inheritdoc />
    public Task<int> PurgeAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        _purge.RunAsync(partition => PurgeAsync(partition, now, cancellationToken), cancellationToken);

    /// <inheritdoc />
    public Task PingAsync(CancellationToken cancellationToken) => TablePing.RunAsync(_table, cancellationToken);

    // The id is random, so its first digit spreads the grants evenly over 16 partitions.
    private static (string PartitionKey, string RowKey) KeysOf(Guid id)
    {
        var rowKey = id.ToString("N");
        return (rowKey[..1], rowKey);
    }

    private static string EndKeyOf(DateTimeOffset end) => EndPrefix + end.UtcTicks.ToString("D19", CultureInfo.InvariantCulture);

    private static TableEntity IndexRowOf(Guid id, DateTimeOffset end)
    {
        var (partitionKey, rowKey) = KeysOf(id);
        return new TableEntity(partitionKey, $"{EndKeyOf(end)}-{rowKey}") { [GrantId] = id };
    }

    /// <summary>Returns the write of a grant together with that of its index row, for one request.</summary>
    private static IEnumerable<TableTransactionAction> WithIndex(TableTransactionAction write, Grant grant) => grant.PurgeAfter is { } end
        ? [write, new(TableTransactionActionType.UpsertReplace, IndexRowOf(grant.Id, end))]
        : [write];

    /// <summary>Deletes the grants of a partition that have ended, page by page.</summary>
    /// <returns>After each transaction, the number of deleted grants.</returns>
    private async IAsyncEnumerable<int> PurgeAsync(
        string partition, DateTimeOffset now, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {partition} and RowKey ge {EndPrefix} and RowKey lt {EndKeyOf(now)}");
        await foreach (var page in _purged.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken).AsPages())
        {
            // A transaction must not change a grant twice. The next run deletes the other index rows.
            foreach (var batch in page.Values.DistinctBy(index => index.GetGuid(GrantId)).Chunk(GrantsPerTransaction))
            {
                var due = await Task.WhenAll(batch.Select(index => ReadDueAsync(index, cancellationToken)));
                var actions = due.SelectMany(entry => ActionsFor(entry.Index, entry.Grant, now));
                if (await Purge.TrySubmitAsync(_purged, actions, cancellationToken))
                {
                    yield return due.Count(entry => HasEnded(entry.Grant, now));
                }
            }
        }
    }

    private async Task<(TableEntity Index, StoredGrant? Grant)> ReadDueAsync(TableEntity index, CancellationToken cancellationToken)
    {
        var id = index.GetGuid(GrantId)!.Value;
        var (partitionKey, rowKey) = KeysOf(id);
        var row = await _purged.FindRowAsync(partitionKey, rowKey, cancellationToken);
        return (index, row is null ? null : FromEntity(row, id));
    }

    private static bool HasEnded(Grant? grant, DateTimeOffset now) => grant?.PurgeAfter < now;

    private static IEnumerable<TableTransactionAction> ActionsFor(TableEntity index, StoredGrant? grant, DateTimeOffset now)
    {
        yield return Purge.Delete(index, ETag.All);
        if (HasEnded(grant, now))
        {
            yield return Purge.Delete(grant!.Row, grant.Row.ETag);
        }
        else if (grant?.PurgeAfter is { } end)
        {
            yield return new(TableTransactionActionType.UpsertReplace, IndexRowOf(grant.Id, end));
        }
    }

    private static TableEntity ToEntity(Grant grant)
    {
        var (partitionKey, rowKey) = KeysOf(grant.Id);
        var read = (grant as StoredGrant)?.Row;
        var row = read is null ? [] : new TableEntity(read);
        row.PartitionKey = partitionKey;
        row.RowKey = rowKey;
        row[nameof(Grant.MintId)] = grant.MintId;
        row[nameof(Grant.ClientId)] = grant.ClientId;
        row[nameof(Grant.Scope)] = grant.Scope;
        row[nameof(Grant.TagKey)] = grant.TagKey;
        row[nameof(Grant.AccessTokens)] = WriteTokens(grant.AccessTokens, read is null ? [] : ReadTokens(read));
        row[nameof(Grant.RefreshTokenHash)] = grant.RefreshTokenHash;
        row[nameof(Grant.RefreshTokenExpiresAt)] = grant.RefreshTokenExpiresAt;
        row[SpentHash] = grant.LastExchange?.SpentHash;
        row[SpentAt] = grant.LastExchange?.At;
        row[SpentSalt] = grant.LastExchange?.Salt;
        row[nameof(Grant.RevokedAt)] = grant.RevokedAt;
        row[nameof(Grant.PurgeAfter)] = grant.PurgeAfter;
        return row.WithUser(grant.User);
    }

    private static StoredGrant FromEntity(TableEntity entity, Guid id) => new(entity)
    {
        Id = id,
        MintId = entity.GetGuid(nameof(Grant.MintId))!.Value,
        ClientId = entity.GetString(nameof(Grant.ClientId))!,
        User = entity.GetUser(),
        Scope = entity.GetString(nameof(Grant.Scope))!,
        TagKey = entity.GetString(nameof(Grant.TagKey))!,
        AccessTokens = [.. ReadTokens(entity).Select(token => token.ToEntry())],
        RefreshTokenHash = entity.GetString(nameof(Grant.RefreshTokenHash)),
        RefreshTokenExpiresAt = entity.GetDateTimeOffset(nameof(Grant.RefreshTokenExpiresAt)),
        LastExchange = entity.GetString(SpentHash) is { } spentHash
            ? new Exchange(spentHash, entity.GetDateTimeOffset(SpentAt)!.Value, entity.GetString(SpentSalt)!)
            : null,
        RevokedAt = entity.GetDateTimeOffset(nameof(Grant.RevokedAt)),
        PurgeAfter = entity.GetDateTimeOffset(nameof(Grant.PurgeAfter)),
        Version = entity.ETag.ToString(),
    };

    private static List<StoredToken> ReadTokens(TableEntity entity) =>
        JsonSerializer.Deserialize(entity.GetString(nameof(Grant.AccessTokens))!, Json.Default.ListStoredToken)!;

    // An access token never changes, so one that was read is written as it was.
    private static string WriteTokens(IEnumerable<AccessTokenEntry> entries, List<StoredToken> read)
    {
        var tokens = entries.Select(entry => read.Find(token => token.Hash == entry.Hash) ?? StoredToken.From(entry)).ToList();
        return JsonSerializer.Serialize(tokens, Json.Default.ListStoredToken);
    }

    /// <summary>A grant with the row from which it was read. The row does not count when grants are compared.</summary>
    private sealed record StoredGrant(TableEntity Row) : Grant
    {
        protected override Type EqualityContract => typeof(Grant);

        public bool Equals(StoredGrant? other) => base.Equals(other);

        public override int GetHashCode() => base.GetHashCode();

        public override string ToString() => base.ToString();
    }

    /// <summary>An access token in the column <see cref="Grant.AccessTokens"/>.</summary>
    private sealed record StoredToken(string Hash, string Scope, DateTimeOffset IssuedAt, DateTimeOffset? ExpiresAt)
    {
        /// <summary>The members that a newer version has added.</summary>
        [JsonExtensionData]
        public Dictionary<string, JsonElement>? Others { get; set; }

        public static StoredToken From(AccessTokenEntry entry) => new(entry.Hash, entry.Scope, entry.IssuedAt, entry.ExpiresAt);

        public AccessTokenEntry ToEntry() => new(Hash, Scope, IssuedAt, ExpiresAt);
    }

    [JsonSerializable(typeof(List<StoredToken>))]
    private sealed partial class Json : JsonSerializerContext;
}
