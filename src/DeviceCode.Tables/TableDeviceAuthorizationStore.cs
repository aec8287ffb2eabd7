namespace DeviceCode.Tables;

using System.Net;
using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Data.Tables;
using DeviceCode.Core;
using DeviceCode.Core.Devices;

/// <summary>
/// Device authorizations in Table Storage: one row each, found by its user code, and beside it a claim row once it is redeemed.
/// </summary>
/// <remarks>
/// The keys are a hash of the user code, because keys are part of storage URLs, and URLs get into logs and traces. A user
/// code is too short for the hash to hide it from somebody who can read the table; it need not be hidden from them longer than it lives.
/// The first digit of the hash is the partition: 16 of them spread the load beyond what one account can take anyway, and leave
/// each with enough rows to be deleted together.
/// </remarks>
public sealed class TableDeviceAuthorizationStore(DeviceCodeTables tables) : IDeviceAuthorizationStore
{
    private const string ClaimSuffix = "-claim";
    private const string DecisionId = nameof(DecisionId);

    private readonly TableClient _table = tables.DeviceAuthorizations;

    /// <inheritdoc />
    public Task<bool> TryAddAsync(DeviceAuthorization authorization, CancellationToken cancellationToken) =>
        StorageFaults.Translate(
            async () =>
            {
                try
                {
                    await _table.AddEntityAsync(ToEntity(authorization), cancellationToken);
                    return true;
                }
                catch (RequestFailedException taken) when (taken.Status == StorageFaults.Conflict)
                {
                    return false;
                }
            },
            cancellationToken);

    /// <inheritdoc />
    public Task<DeviceAuthorization?> FindAsync(UserCode userCode, CancellationToken cancellationToken) =>
        StorageFaults.Translate(
            async () =>
            {
                var (partitionKey, rowKey) = KeysOf(userCode);
                var found = await _table.GetEntityIfExistsAsync<TableEntity>(partitionKey, rowKey, cancellationToken: cancellationToken);
                return found.HasValue ? FromEntity(found.Value!, userCode) : null;
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
                    await _table.UpdateEntityAsync(
                        ToEntity(authorization.UserCode, decision), new ETag(authorization.Version!), TableUpdateMode.Merge, cancellationToken);
                    return true;
                }
                catch (RequestFailedException gone) when (gone.Status == StorageFaults.NotFound)
                {
                    return false;
                }
                catch (RequestFailedException changed) when (changed.Status == StorageFaults.PreconditionFailed)
                {
                    // Somebody decided in between; or this very write arrived twice, because its first answer was lost on the way.
                    var (partitionKey, rowKey) = KeysOf(authorization.UserCode);
                    var found = await _table.GetEntityAsync(partitionKey, rowKey, cancellationToken);
                    return found.GetGuid(DecisionId) == decision.Id;
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
                try
                {
                    await _table.AddEntityAsync(row, cancellationToken);
                    return claim;
                }
                catch (RequestFailedException taken) when (taken.Status == StorageFaults.Conflict)
                {
                    // Somebody was quicker; or this very write arrived twice, because its first answer was lost on the way.
                    var found = await _table.GetEntityAsync(partitionKey, rowKey, cancellationToken);
                    return new Claim(
                        found.GetGuid(nameof(Claim.Id))!.Value, found.GetString(nameof(Claim.Salt))!, found.GetDateTimeOffset(nameof(Claim.At))!.Value);
                }
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
    public Task PingAsync(CancellationToken cancellationToken) => TableCheck.RunAsync(_table, cancellationToken);

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
            ["DecidedAt"] = decision.At,
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

    private static Decision DecisionFrom(TableEntity entity, Guid id) => new(
        id,
        entity.GetBoolean(nameof(Decision.Approved))!.Value,
        entity.GetUser(),
        entity.GetDateTimeOffset("DecidedAt")!.Value);
}
