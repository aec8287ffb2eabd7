namespace DeviceCode.Tables;

using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Data.Tables;
using DeviceCode.Core.OAuth;

/// <summary>Grants in Table Storage: one row each, found by the id that is part of the tokens.</summary>
/// <remarks>
/// During a deployment, instances of two versions replace the same rows. Data that a newer version adds to a row, as a column or as a
/// member of an access token, survives a replacement by this version.
/// </remarks>
public sealed partial class TableGrantStore(DeviceCodeTables tables) : IGrantStore
{
    private const string SpentHash = nameof(SpentHash);
    private const string SpentAt = nameof(SpentAt);
    private const string SpentSalt = nameof(SpentSalt);

    private readonly TableClient _table = tables.Grants;

    /// <inheritdoc />
    public Task<Grant> AddAsync(Grant grant, CancellationToken cancellationToken) => StorageFaults.Translate(
        async () =>
        {
            if (await _table.TryAddRowAsync(ToEntity(grant), cancellationToken))
            {
                return grant;
            }

            var (partitionKey, rowKey) = KeysOf(grant.Id);
            return FromEntity(await _table.GetRowAsync(partitionKey, rowKey, cancellationToken), grant.Id);
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
                await _table.UpdateEntityAsync(ToEntity(grant), new ETag(grant.Version!), TableUpdateMode.Replace, cancellationToken);
                return true;
            }
            catch (RequestFailedException changed) when (changed.Status is StorageFaults.PreconditionFailed or StorageFaults.NotFound)
            {
                return false;
            }
        },
        cancellationToken);

    /// <inheritdoc />
    public Task<int> PurgeAsync(DateTimeOffset now, CancellationToken cancellationToken) => StorageFaults.Translate(
        async () => (await Purge.DeleteAsync(_table, TableClient.CreateQueryFilter($"PurgeAfter lt {now}"), cancellationToken)).Count,
        cancellationToken);

    /// <inheritdoc />
    public Task PingAsync(CancellationToken cancellationToken) => TablePing.RunAsync(_table, cancellationToken);

    // The id is random, so its first digit spreads the grants evenly over 16 partitions.
    private static (string PartitionKey, string RowKey) KeysOf(Guid id)
    {
        var rowKey = id.ToString("N");
        return (rowKey[..1], rowKey);
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
