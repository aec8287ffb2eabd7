namespace DeviceCode.Tables;

using System.Net;
using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Data.Tables;
using DeviceCode.Core;
using DeviceCode.Core.Devices;

/// <summary>
/// Device authorizations in Table Storage: one row each, found by the user code, and beside it a claim row once it is redeemed.
/// </summary>
/// <remarks>
/// The keys are a hash of the user code, because keys are part of storage URLs, and URLs appear in logs and traces. The hash does not
/// hide the code from a person who can read the table, because codes are short; but such a person can also write to the table. The first
/// digit of the hash is the partition key: 16 partitions can take more load than one account allows, and each has enough rows for a
/// purge to delete many of them in one transaction. A row lives for hours, so a purge may read all of a partition.
/// </remarks>
public sealed class TableDeviceAuthorizationStore(DeviceCodeTables tables) : IDeviceAuthorizationStore
{
    private const string ClaimSuffix = "-claim";
    private const string DecisionId = nameof(DecisionId);
    private const string DecidedAt = nameof(DecidedAt);

    private readonly TableClient _table = tables.DeviceAuthorizations;
    private readonly TableClient _purged = tables.InBackground(tables.DeviceAuthorizations);
    private readonly Purge _purge = new();

    /// <inheritdoc />
    public Task<bool> TryAddAsync(DeviceAuthorization authorization, CancellationToken cancellationToken) =>
        StorageFaults.Translate(() => _table.TryAddRowAsync(ToEntity(authorization), cancellationToken), cancellationToken);

    /// <inheritdoc />
    public Task<DeviceAuthorization?> FindAsync(UserCode userCode, CancellationToken cancellationToken) =>
        StorageFaults.Translate(
            async () =>
            {
                var (partitionKey, rowKey) = KeysOf(userCode);
                return await _table.FindRowAsync(partitionKey, rowKey, cancellationToken) is { } row ? FromEntity(row, userCode) : null;
            },
            cancellationToken);

    /// <inheritdoc />
    public Task<bool> TryDecideAsync(DeviceAuthorization authorization, Decision decision, CancellationToken cancellationToken)
    {
        if (authorization.Decision is not null)
        {
            return Task.FromResult(false);
        }

        return StorageFaults.Translate(
            async () =>
            {
                try
                {
                    var row = ToEntity(authorization.UserCode, decision);
                    await _table.UpdateEntityAsync(row, new ETag(authorization.Version!), TableUpdateMode.Merge, cancellationToken);
                    return true;
                }
                catch (RequestFailedException gone) when (StorageFaults.IsGone(gone))
                {
                    return false;
                }
                catch (RequestFailedException changed) when (changed.Status == StorageFaults.PreconditionFailed)
                {
                    // Another approver decided meanwhile; or the storage client retried this very write, because its response was lost.
                    var (partitionKey, rowKey) = KeysOf(authorization.UserCode);
                    var stored = await _table.GetRowAsync(partitionKey, rowKey, cancellationToken);
                    return stored.GetGuid(DecisionId) == decision.Id;
                }
            },
            cancellationToken);
    }

    /// <inheritdoc />
    public Task<Claim> ClaimAsync(DeviceAuthorization authorization, Claim claim, CancellationToken cancellationToken) =>
        StorageFaults.Translate(
            async () => await _table.TryAddRowAsync(ToEntity(authorization, claim), cancellationToken)
                ? claim
                : await ReadClaimAsync(authorization, cancellationToken),
            cancellationToken);

    /// <inheritdoc />
    public Task<Claim> GetClaimAsync(DeviceAuthorization authorization, CancellationToken cancellationToken) =>
        StorageFaults.Translate(() => ReadClaimAsync(authorization, cancellationToken), cancellationToken);

    /// <inheritdoc />
    public Task<bool> TryReplaceClaimAsync(DeviceAuthorization authorization, Claim claim, CancellationToken cancellationToken) =>
        StorageFaults.Translate(
            async () =>
            {
                try
                {
                    var row = ToEntity(authorization, claim);
                    await _table.UpdateEntityAsync(row, new ETag(claim.Version!), TableUpdateMode.Merge, cancellationToken);
                    return true;
                }
                catch (RequestFailedException changed) when (StorageFaults.IsOutdated(changed))
                {
                    return false;
                }
            },
            cancellationToken);

    /// <inheritdoc />
    public Task ConfirmClaimAsync(DeviceAuthorization authorization, CancellationToken cancellationToken) => StorageFaults.Translate(
        async () =>
        {
            try
            {
                var (partitionKey, rowKey) = ClaimKeysOf(authorization);
                var row = new TableEntity(partitionKey, rowKey) { [nameof(Claim.IsConfirmed)] = true };
                await _table.UpdateEntityAsync(row, ETag.All, TableUpdateMode.Merge, cancellationToken);
            }
            catch (RequestFailedException gone) when (StorageFaults.IsGone(gone))
            {
                // It has been purged.
            }
        },
        cancellationToken);

    /// <inheritdoc />
    public Task<int> PurgeAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        _purge.RunAsync(partition => PurgeAsync(partition, now, cancellationToken), cancellationToken);

    /// <inheritdoc />
    public Task PingAsync(CancellationToken cancellationToken) => TablePing.RunAsync(_table, cancellationToken);

    private static (string PartitionKey, string RowKey) KeysOf(UserCode userCode)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(userCode.RevealLetters())));
        return (hash[..1], hash);
    }

    private static (string PartitionKey, string RowKey) ClaimKeysOf(DeviceAuthorization authorization)
    {
        var (partitionKey, rowKey) = KeysOf(authorization.UserCode);
        return (partitionKey, rowKey + ClaimSuffix);
    }

    private static TableEntity ToEntity(DeviceAuthorization authorization, Claim claim)
    {
        var (partitionKey, rowKey) = ClaimKeysOf(authorization);
        return new TableEntity(partitionKey, rowKey)
        {
            [nameof(Claim.Id)] = claim.Id,
            [nameof(Claim.Salt)] = claim.Salt,
            [nameof(Claim.At)] = claim.At,
            [nameof(Claim.Holder)] = claim.Holder,
            [nameof(Claim.IsConfirmed)] = claim.IsConfirmed,
            [nameof(DeviceAuthorization.PurgeAfter)] = authorization.PurgeAfter,
        };
    }

    private static TableEntity ToEntity(DeviceAuthorization authorization)
    {
        var (partitionKey, rowKey) = KeysOf(authorization.UserCode);
        return new TableEntity(partitionKey, rowKey)
        {
            [nameof(DeviceAuthorization.Id)] = authorization.Id,
            [nameof(DeviceAuthorization.DeviceCodeHash)] = authorization.DeviceCodeHash,
            [nameof(DeviceAuthorization.ClientId)] = authorization.ClientId,
            [nameof(DeviceAuthorization.CodeChallenge)] = authorization.CodeChallenge,
            [nameof(DeviceAuthorization.ClientName)] = authorization.ClientName,
            [nameof(DeviceAuthorization.Scope)] = authorization.Scope,
            [nameof(RequestOrigin.Address)] = authorization.RequestedFrom.Address?.ToString(),
            [nameof(RequestOrigin.UserAgent)] = authorization.RequestedFrom.UserAgent,
            [nameof(DeviceAuthorization.RequestedAt)] = authorization.RequestedAt,
            [nameof(DeviceAuthorization.ExpiresAt)] = authorization.ExpiresAt,
            [nameof(DeviceAuthorization.Interval)] = (int)authorization.Interval.TotalSeconds,
            [nameof(DeviceAuthorization.PurgeAfter)] = authorization.PurgeAfter,
        };
    }

    private static TableEntity ToEntity(UserCode userCode, Decision decision)
    {
        var (partitionKey, rowKey) = KeysOf(userCode);
        return new TableEntity(partitionKey, rowKey)
        {
            [DecisionId] = decision.Id,
            [nameof(Decision.Approved)] = decision.Approved,
            [DecidedAt] = decision.At,
        }.WithUser(decision.User);
    }

    private static DeviceAuthorization FromEntity(TableEntity entity, UserCode userCode) => new()
    {
        Id = entity.GetGuid(nameof(DeviceAuthorization.Id))!.Value,
        UserCode = userCode,
        DeviceCodeHash = entity.GetString(nameof(DeviceAuthorization.DeviceCodeHash))!,
        ClientId = entity.GetString(nameof(DeviceAuthorization.ClientId)),
        CodeChallenge = entity.GetString(nameof(DeviceAuthorization.CodeChallenge)),
        ClientName = entity.GetString(nameof(DeviceAuthorization.ClientName))!,
        Scope = entity.GetString(nameof(DeviceAuthorization.Scope))!,
        RequestedFrom = new RequestOrigin(
            IPAddress.TryParse(entity.GetString(nameof(RequestOrigin.Address)), out var address) ? address : null,
            entity.GetString(nameof(RequestOrigin.UserAgent))),
        RequestedAt = entity.GetDateTimeOffset(nameof(DeviceAuthorization.RequestedAt))!.Value,
        ExpiresAt = entity.GetDateTimeOffset(nameof(DeviceAuthorization.ExpiresAt))!.Value,
        PurgeAfter = entity.GetDateTimeOffset(nameof(DeviceAuthorization.PurgeAfter))!.Value,
        Interval = TimeSpan.FromSeconds(entity.GetInt32(nameof(DeviceAuthorization.Interval))!.Value),
        Decision = entity.GetGuid(DecisionId) is { } id ? DecisionFrom(entity, id) : null,
        Version = entity.ETag.ToString(),
    };

    /// <summary>Deletes the old rows of a partition.</summary>
    /// <returns>After each transaction, the number of deleted authorizations.</returns>
    private IAsyncEnumerable<int> PurgeAsync(string partition, DateTimeOffset now, CancellationToken cancellationToken) =>
        Purge.DeleteAsync(_purged, TableClient.CreateQueryFilter($"PartitionKey eq {partition} and PurgeAfter lt {now}"), cancellationToken)
            .Select(rows => rows.Count(row => !row.RowKey.EndsWith(ClaimSuffix, StringComparison.Ordinal)));

    private async Task<Claim> ReadClaimAsync(DeviceAuthorization authorization, CancellationToken cancellationToken)
    {
        var (partitionKey, rowKey) = ClaimKeysOf(authorization);
        var row = await _table.GetRowAsync(partitionKey, rowKey, cancellationToken);
        var id = row.GetGuid(nameof(Claim.Id))!.Value;
        return new Claim(id, row.GetString(nameof(Claim.Salt))!, row.GetDateTimeOffset(nameof(Claim.At))!.Value)
        {
            // An earlier version neither sets nor confirms the holder.
            Holder = row.GetGuid(nameof(Claim.Holder)) ?? id,
            IsConfirmed = row.GetBoolean(nameof(Claim.IsConfirmed)) ?? true,
            Version = row.ETag.ToString(),
        };
    }

    // Only a decision changes the row, so the storage's time of the last change is that of the decision.
    private static Decision DecisionFrom(TableEntity entity, Guid id) => new(
        id, entity.GetBoolean(nameof(Decision.Approved))!.Value, entity.GetUser(), entity.Timestamp!.Value);
}
