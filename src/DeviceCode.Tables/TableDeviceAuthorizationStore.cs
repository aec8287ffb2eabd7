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
/// purge to delete many of them in one transaction.
/// </remarks>
public sealed class TableDeviceAuthorizationStore(DeviceCodeTables tables) : IDeviceAuthorizationStore
{
    private const string ClaimSuffix = "-claim";
    private const string DecisionId = nameof(DecisionId);
    private const string DecidedAt = nameof(DecidedAt);

    private readonly TableClient _table = tables.DeviceAuthorizations;

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
                catch (RequestFailedException gone) when (gone.Status == StorageFaults.NotFound)
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
            async () =>
            {
                var (partitionKey, rowKey) = KeysOf(authorization.UserCode);
                rowKey += ClaimSuffix;
                var row = new TableEntity(partitionKey, rowKey)
                {
                    [nameof(Claim.Id)] = claim.Id,
                    [nameof(Claim.Salt)] = claim.Salt,
                    [nameof(Claim.At)] = claim.At,
                    [nameof(DeviceAuthorization.PurgeAfter)] = authorization.PurgeAfter,
                };
                return await _table.TryAddRowAsync(row, cancellationToken)
                    ? claim
                    : ClaimFrom(await _table.GetRowAsync(partitionKey, rowKey, cancellationToken));
            },
            cancellationToken);

    /// <inheritdoc />
    public Task<int> PurgeAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        StorageFaults.Translate(
            async () =>
            {
                var deleted = await Purge.DeleteAsync(_table, TableClient.CreateQueryFilter($"PurgeAfter lt {now}"), cancellationToken);
                return deleted.Count(rowKey => !rowKey.EndsWith(ClaimSuffix, StringComparison.Ordinal));
            },
            cancellationToken);

    /// <inheritdoc />
    public Task PingAsync(CancellationToken cancellationToken) => TablePing.RunAsync(_table, cancellationToken);

    private static (string PartitionKey, string RowKey) KeysOf(UserCode userCode)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(userCode.RevealLetters())));
        return (hash[..1], hash);
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

    private static Claim ClaimFrom(TableEntity row) => new(
        row.GetGuid(nameof(Claim.Id))!.Value,
        row.GetString(nameof(Claim.Salt))!,
        row.GetDateTimeOffset(nameof(Claim.At))!.Value);

    private static Decision DecisionFrom(TableEntity entity, Guid id) => new(
        id,
        entity.GetBoolean(nameof(Decision.Approved))!.Value,
        entity.GetUser(),
        entity.GetDateTimeOffset(DecidedAt)!.Value);
}
