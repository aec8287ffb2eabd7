namespace DeviceCode.Tables;

using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using DeviceCode.Core.Broker;

/// <summary>
/// Credentials in Table Storage: one row each, in the partition of its owner. Beside them are rows that are inserted once (leases and used
/// values) and, for a session, a row that exists for as long as the session.
/// </summary>
/// <remarks>
/// The keys are hashes, because keys are part of storage URLs, and URLs appear in logs and traces. A column holds at most 64 KiB, so that a
/// sealed value can take several.
/// </remarks>
public sealed class TableCredentialStore(DeviceCodeTables tables) : ICredentialStore
{
    private const int MaxColumn = 64 * 1024;
    private const int MaxOverdue = 1_000;

    // Credentials have a key of 32 hexadecimal digits. The keys of marks begin with one, then have a dash; that of a session sorts after
    // all.
    private const string SessionKey = "session";
    private const string Until = nameof(CredentialMark.Until);
    private const string Id = nameof(CredentialMark.Id);
    private const string PaceText = nameof(PaceText);
    private const string PaceInterval = nameof(PaceInterval);
    private const string PaceWait = nameof(PaceWait);

    private readonly TableClient _table = tables.Credentials;
    private readonly TableClient _purged = tables.InBackground(tables.Credentials);
    private readonly Purge _purge = new();

    /// <inheritdoc />
    public Task<Credential?> FindAsync(string ownerKey, string nameKey, CancellationToken cancellationToken) =>
        StorageFaults.Translate<Credential?>(
            async () => await _table.FindRowAsync(ownerKey, nameKey, cancellationToken) is { } row ? FromEntity(row) : null,
            cancellationToken);

    /// <inheritdoc />
    public Task<OwnedCredentials> ListAsync(string ownerKey, CancellationToken cancellationToken) => StorageFaults.Translate(
        async () =>
        {
            var (credentials, hasSession) = (new List<Credential>(), false);

            // Without the marks, of which a refresh leaves one for a day.
            var filter = TableClient.CreateQueryFilter($"PartitionKey eq {ownerKey} and (IsCredential eq true or RowKey eq {SessionKey})");
            await foreach (var row in _table.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken))
            {
                if (row.RowKey == SessionKey)
                {
                    hasSession = true;
                }
                else
                {
                    credentials.Add(FromEntity(row));
                }
            }

            return new OwnedCredentials(credentials, hasSession);
        },
        cancellationToken);

    /// <inheritdoc />
    public Task<Credential?> TryAddAsync(Credential credential, bool addsSession, CancellationToken cancellationToken) =>
        StorageFaults.Translate<Credential?>(
            async () =>
            {
                var row = ToEntity(credential);
                try
                {
                    if (!addsSession)
                    {
                        var added = await _table.AddEntityAsync(row, cancellationToken);
                        return credential with { Version = added.Headers.ETag?.ToString() };
                    }

                    var session = new TableEntity(credential.OwnerKey, SessionKey)
                    {
                        [nameof(Credential.PurgeAfter)] = credential.CreatedAt + Credential.UnreadRetention,
                    };
                    var responses = await _table.SubmitTransactionAsync(
                        [new(TableTransactionActionType.Add, row), new(TableTransactionActionType.UpsertReplace, session)],
                        cancellationToken);
                    return credential with { Version = responses.Value[0].Headers.ETag?.ToString() };
                }
                catch (RequestFailedException taken) when (StorageFaults.IsTaken(taken))
                {
                    // It may be this very row: the storage client retries a write whose response was lost.
                    var found = await _table.FindRowAsync(credential.OwnerKey, credential.NameKey, cancellationToken);
                    return found is not null && FromEntity(found) is var stored && stored.Flow == credential.Flow ? stored : null;
                }
            },
            cancellationToken);

    /// <inheritdoc />
    public Task<Credential?> TryReplaceAsync(Credential credential, CancellationToken cancellationToken) =>
        StorageFaults.Translate<Credential?>(
            async () =>
            {
                try
                {
                    var replaced = await _table.UpdateEntityAsync(
                        ToEntity(credential), new ETag(credential.Version!), TableUpdateMode.Replace, cancellationToken);
                    return credential with { Version = replaced.Headers.ETag?.ToString() };
                }
                catch (RequestFailedException changed) when (StorageFaults.IsOutdated(changed))
                {
                    return null;
                }
            },
            cancellationToken);

    /// <inheritdoc />
    public Task<bool> TryDeleteAsync(Credential credential, CancellationToken cancellationToken) => StorageFaults.Translate(
        async () =>
        {
            try
            {
                await _table.DeleteEntityAsync(
                    credential.OwnerKey, credential.NameKey, new ETag(credential.Version!), cancellationToken);
                return true;
            }
            catch (RequestFailedException changed) when (StorageFaults.IsOutdated(changed))
            {
                return StorageFaults.IsGone(changed);
            }
        },
        cancellationToken);

    /// <inheritdoc />
    public Task DeleteSessionAsync(string ownerKey, CancellationToken cancellationToken) => StorageFaults.Translate(
        () => _table.DeleteEntityAsync(ownerKey, SessionKey, ETag.All, cancellationToken), cancellationToken);

    /// <inheritdoc />
    public Task<CredentialMark?> AddMarkAsync(CredentialMark mark, CancellationToken cancellationToken) =>
        StorageFaults.Translate<CredentialMark?>(
            async () =>
            {
                var row = new TableEntity(mark.OwnerKey, mark.Key)
                {
                    [Until] = mark.Until,
                    [Id] = mark.Id,
                    [nameof(Credential.PurgeAfter)] = mark.PurgeAfter,
                };
                if (await _table.TryAddRowAsync(row, cancellationToken))
                {
                    return null;
                }

                var found = await _table.GetRowAsync(mark.OwnerKey, mark.Key, cancellationToken);
                var stored = new CredentialMark(
                    mark.OwnerKey, mark.Key, found.GetDateTimeOffset(Until)!.Value, found.GetGuid(Id)!.Value);
                return stored.Id == mark.Id ? null : stored;
            },
            cancellationToken);

    /// <inheritdoc />
    public Task<IReadOnlyList<Credential>> FindOverdueAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        StorageFaults.Translate<IReadOnlyList<Credential>>(
            async () =>
            {
                var overdue = new List<Credential>();
                var filter = TableClient.CreateQueryFilter($"AlarmAt lt {before}");
                await foreach (var row in _purged.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken))
                {
                    overdue.Add(FromEntity(row));
                    if (overdue.Count == MaxOverdue)
                    {
                        break;
                    }
                }

                return overdue;
            },
            cancellationToken);

    /// <inheritdoc />
    public Task<int> PurgeAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        _purge.RunAsync(digit => PurgeAsync(digit, now, cancellationToken), cancellationToken);

    /// <inheritdoc />
    public Task PingAsync(CancellationToken cancellationToken) => TablePing.RunAsync(_table, cancellationToken);

    // The partitions of owners whose keys begin with a digit. A row that has changed since it was read, because its credential was read or
    // made again, is not deleted.
    private async IAsyncEnumerable<int> PurgeAsync(
        string digit, DateTimeOffset now, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey ge {digit} and PartitionKey lt {$"{digit}~"} and PurgeAfter lt {now}");
        string[] columns = ["PartitionKey", "RowKey", "Timestamp"];
        await foreach (var page in _purged.QueryAsync<TableEntity>(filter, null, columns, cancellationToken).AsPages())
        {
            foreach (var owner in page.Values.GroupBy(row => row.PartitionKey))
            {
                foreach (var batch in (await WithoutUsedSessionAsync([.. owner], cancellationToken)).Chunk(Purge.MaxTransaction))
                {
                    if (await Purge.TrySubmitAsync(_purged, batch.Select(row => Purge.Delete(row, row.ETag)), cancellationToken))
                    {
                        yield return batch.Length;
                    }
                }
            }
        }
    }

    // A session exists for as long as it has credentials.
    private async Task<IEnumerable<TableEntity>> WithoutUsedSessionAsync(List<TableEntity> rows, CancellationToken cancellationToken)
    {
        if (!rows.Exists(row => row.RowKey == SessionKey))
        {
            return rows;
        }

        var owned = await ListAsync(rows[0].PartitionKey, cancellationToken);
        var isUsed = owned.Credentials.Any(credential => !rows.Exists(row => row.RowKey == credential.NameKey));
        return isUsed ? rows.Where(row => row.RowKey != SessionKey) : rows;
    }

    private static TableEntity ToEntity(Credential credential)
    {
        var row = new TableEntity(credential.OwnerKey, credential.NameKey)
        {
            ["IsCredential"] = true,
            [nameof(Credential.Flow)] = credential.Flow,
            [nameof(Credential.ProviderId)] = credential.ProviderId,
            [nameof(Credential.Status)] = $"{credential.Status}",
            [nameof(Credential.CreatedAt)] = credential.CreatedAt,
            [nameof(Credential.PurgeAfter)] = credential.PurgeAfter,
            [nameof(Credential.LoginExpiresAt)] = credential.LoginExpiresAt,
            [nameof(Credential.NextPollAt)] = credential.NextPollAt,
            [nameof(Credential.AlarmAt)] = credential.AlarmAt,
            [nameof(Credential.IsRead)] = credential.IsRead,
            [PaceText] = credential.Pace?.Pace,
            [PaceInterval] = credential.Pace?.Interval.Ticks,
            [PaceWait] = credential.Pace?.Wait.Ticks,
            [nameof(Credential.Generation)] = credential.Generation,
            [nameof(Credential.IssuedAt)] = credential.IssuedAt,
            [nameof(Credential.ExpiresAt)] = credential.ExpiresAt,
            [nameof(Credential.IsRefreshable)] = credential.IsRefreshable,
            [nameof(Credential.RefreshedAt)] = credential.RefreshedAt,
            [nameof(Credential.RefreshNotBefore)] = credential.RefreshNotBefore,
            [nameof(Credential.RefreshFailures)] = credential.RefreshFailures,
            [nameof(Credential.MayHaveLostAnswer)] = credential.MayHaveLostAnswer,
            [nameof(Credential.Error)] = credential.Error,
            [nameof(Credential.SessionPublicKey)] = credential.SessionPublicKey,
            [nameof(Credential.SealedSessionKey)] = credential.SealedSessionKey,
        };
        Write(row, nameof(Credential.SealedLogin), credential.SealedLogin);
        Write(row, nameof(Credential.SealedTokens), credential.SealedTokens);
        return row;
    }

    private static Credential FromEntity(TableEntity row) => new()
    {
        OwnerKey = row.PartitionKey,
        NameKey = row.RowKey,
        Flow = row.GetGuid(nameof(Credential.Flow))!.Value,
        ProviderId = row.GetString(nameof(Credential.ProviderId))!,
        Status = Enum.Parse<CredentialStatus>(row.GetString(nameof(Credential.Status))!),
        CreatedAt = row.GetDateTimeOffset(nameof(Credential.CreatedAt))!.Value,
        PurgeAfter = row.GetDateTimeOffset(nameof(Credential.PurgeAfter))!.Value,
        LoginExpiresAt = row.GetDateTimeOffset(nameof(Credential.LoginExpiresAt)),
        NextPollAt = row.GetDateTimeOffset(nameof(Credential.NextPollAt)),
        AlarmAt = row.GetDateTimeOffset(nameof(Credential.AlarmAt)),
        IsRead = row.GetBoolean(nameof(Credential.IsRead))!.Value,
        Pace = row.GetString(PaceText) is { } pace
            ? new UpstreamPace(pace, new TimeSpan(row.GetInt64(PaceInterval)!.Value), new TimeSpan(row.GetInt64(PaceWait)!.Value))
            : null,
        Generation = row.GetInt32(nameof(Credential.Generation))!.Value,
        IssuedAt = row.GetDateTimeOffset(nameof(Credential.IssuedAt)),
        ExpiresAt = row.GetDateTimeOffset(nameof(Credential.ExpiresAt)),
        IsRefreshable = row.GetBoolean(nameof(Credential.IsRefreshable))!.Value,
        RefreshedAt = row.GetDateTimeOffset(nameof(Credential.RefreshedAt)),
        RefreshNotBefore = row.GetDateTimeOffset(nameof(Credential.RefreshNotBefore)),
        RefreshFailures = row.GetInt32(nameof(Credential.RefreshFailures))!.Value,
        MayHaveLostAnswer = row.GetBoolean(nameof(Credential.MayHaveLostAnswer))!.Value,
        Error = row.GetString(nameof(Credential.Error)),
        SealedLogin = Read(row, nameof(Credential.SealedLogin))!,
        SealedTokens = Read(row, nameof(Credential.SealedTokens)),
        SessionPublicKey = row.GetBinary(nameof(Credential.SessionPublicKey)),
        SealedSessionKey = row.GetBinary(nameof(Credential.SealedSessionKey)),
        Version = row.ETag.ToString(),
    };

    private static void Write(TableEntity row, string column, byte[]? value)
    {
        foreach (var (part, bytes) in (value ?? []).Chunk(MaxColumn).Index())
        {
            row[ColumnOf(column, part)] = bytes;
        }
    }

    private static byte[]? Read(TableEntity row, string column)
    {
        var value = new List<byte>();
        for (var part = 0; row.GetBinary(ColumnOf(column, part)) is { } bytes; part++)
        {
            value.AddRange(bytes);
        }

        return value.Count == 0 ? null : [.. value];
    }

    private static string ColumnOf(string column, int part) => part == 0 ? column : FormattableString.Invariant($"{column}{part + 1}");
}
