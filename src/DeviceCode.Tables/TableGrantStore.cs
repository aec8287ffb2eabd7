namespace DeviceCode.Tables;

using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Data.Tables;
using DeviceCode.Core.OAuth;

/// <summary>Grants in Table Storage: one row each, found by the id that is part of the tokens.</summary>
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
    public Task<Grant?> FindAsync(Guid id, CancellationToken cancellationToken) => StorageFaults.Translate(
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
        return new TableEntity(partitionKey, rowKey)
        {
            [nameof(Grant.MintId)] = grant.MintId,
            [nameof(Grant.ClientId)] = grant.ClientId,
            [nameof(Grant.Scope)] = grant.Scope,
            [nameof(Grant.TagKey)] = grant.TagKey,
            [nameof(Grant.AccessTokens)] = JsonSerializer.Serialize(grant.AccessTokens, Json.Default.IReadOnlyListAccessTokenEntry),
            [nameof(Grant.RefreshTokenHash)] = grant.RefreshTokenHash,
            [nameof(Grant.RefreshTokenExpiresAt)] = grant.RefreshTokenExpiresAt,
            [SpentHash] = grant.LastExchange?.SpentHash,
            [SpentAt] = grant.LastExchange?.At,
            [SpentSalt] = grant.LastExchange?.Salt,
            [nameof(Grant.RevokedAt)] = grant.RevokedAt,
            [nameof(Grant.PurgeAfter)] = grant.PurgeAfter,
        }.WithUser(grant.User);
    }

    private static Grant FromEntity(TableEntity entity, Guid id) => new()
    {
        Id = id,
        MintId = entity.GetGuid(nameof(Grant.MintId))!.Value,
        ClientId = entity.GetString(nameof(Grant.ClientId))!,
        User = entity.GetUser(),
        Scope = entity.GetString(nameof(Grant.Scope))!,
        TagKey = entity.GetString(nameof(Grant.TagKey))!,
        AccessTokens = JsonSerializer.Deserialize(
            entity.GetString(nameof(Grant.AccessTokens))!, Json.Default.IReadOnlyListAccessTokenEntry)!,
        RefreshTokenHash = entity.GetString(nameof(Grant.RefreshTokenHash)),
        RefreshTokenExpiresAt = entity.GetDateTimeOffset(nameof(Grant.RefreshTokenExpiresAt)),
        LastExchange = entity.GetString(SpentHash) is { } spentHash
            ? new Exchange(spentHash, entity.GetDateTimeOffset(SpentAt)!.Value, entity.GetString(SpentSalt)!)
            : null,
        RevokedAt = entity.GetDateTimeOffset(nameof(Grant.RevokedAt)),
        PurgeAfter = entity.GetDateTimeOffset(nameof(Grant.PurgeAfter)),
        Version = entity.ETag.ToString(),
    };

    [JsonSerializable(typeof(IReadOnlyList<AccessTokenEntry>))]
    private sealed partial class Json : JsonSerializerContext;
}
