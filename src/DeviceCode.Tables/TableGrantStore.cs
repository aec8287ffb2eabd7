namespace DeviceCode.Tables;

using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Data.Tables;
using DeviceCode.Core;
using DeviceCode.Core.OAuth;

/// <summary>Grants in Table Storage: one row each, found by the id that is part of the tokens.</summary>
/// <remarks>
/// <para>
/// During a deployment, instances of two versions replace the same rows. Data that a newer version adds to a row, as a column or as a
/// member of an access token, survives a replacement by this version.
/// </para>
/// <para>
/// Beside each grant, a login row has what its owner sees, and one transaction writes both. The key of a login row begins with that of
/// its owner, and an owner's grants are all in one partition (<see cref="User.NewId"/>), so a list of logins is one range of one partition.
/// The row of a login that has ended stays, with an end in the past, until its grant is purged. For each grant of a person with an e-mail
/// address, a mail row leads from a hash of the address to the person.
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

    // Both sort after the digits, too.
    private const string LoginPrefix = "user-";
    private const string MailPrefix = "mail-";

    private const string EndsAt = nameof(EndsAt);
    private const string UserKey = nameof(UserKey);
    private const string Created = nameof(Created);
    private const string Used = nameof(Used);

    // An index row, the login row, the mail row and the grant.
    private const int GrantsPerTransaction = Purge.MaxTransaction / 4;

    // A list of a client's logins looks through those of everyone. This bounds the time of one request.
    private static readonly TimeSpan ScanTime = TimeSpan.FromSeconds(3);

    // Table Storage has no greater date.
    private static readonly DateTimeOffset Never = new(9999, 12, 31, 23, 59, 59, TimeSpan.Zero);
    private static readonly DateTimeOffset Ended = new(1601, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly string[] UserColumnNames =
        [nameof(User.Subject), nameof(User.TenantId), nameof(User.Email), nameof(User.DisplayName)];

    private readonly TableClient _table = tables.Grants;
    private readonly TableClient _purged = tables.InBackground(tables.Grants);
    private readonly Purge _purge = new();

    // The partition with which the next list of people begins.
    private int _firstUsers;

    /// <inheritdoc />
    public Task<Grant> AddAsync(Grant grant, RequestOrigin createdFrom, CancellationToken cancellationToken) => StorageFaults.Translate(
        async () =>
        {
            try
            {
                var add = new TableTransactionAction(TableTransactionActionType.Add, ToEntity(grant));
                await _table.SubmitTransactionAsync([.. WithIndex(add, grant), .. NewLogin(grant, createdFrom)], cancellationToken);
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
    public Task<bool> TryReplaceAsync(Grant grant, RequestOrigin? usedFrom, CancellationToken cancellationToken) =>
        StorageFaults.Translate(
            async () =>
            {
                try
                {
                    var replace = new TableTransactionAction(
                        TableTransactionActionType.UpdateReplace, ToEntity(grant), new ETag(grant.Version!));
                    var read = (grant as StoredGrant)?.Row.GetDateTimeOffset(nameof(Grant.PurgeAfter));
                    var hasEarlierEnd = read is null || grant.PurgeAfter < read;
                    await _table.SubmitTransactionAsync(
                        [.. hasEarlierEnd ? WithIndex(replace, grant) : [replace], .. ChangedLogin(grant, usedFrom)], cancellationToken);
                    return true;
                }
                catch (RequestFailedException changed) when (StorageFaults.IsOutdated(changed))
                {
                    return false;
                }
            },
            cancellationToken);

    /// <inheritdoc />
    public Task<LoginPage> ListAsync(string userKey, string? after, DateTimeOffset now, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(userKey);
        LoginPage.RequirePlace(after);

        var (begin, end) = ($"{LoginPrefix}{userKey}-", $"{LoginPrefix}{userKey}.");
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {userKey[..1]} and RowKey gt {begin + after} and RowKey lt {end} and EndsAt gt {now}");
        return StorageFaults.Translate(
            async () =>
            {
                // The storage may return less than a page although more follows.
                var rows = new List<TableEntity>();
                var pages = _table.QueryAsync<TableEntity>(filter, LoginPage.MaxLogins + 1, null, cancellationToken).AsPages();
                await foreach (var page in pages)
                {
                    rows.AddRange(page.Values);
                    if (rows.Count > LoginPage.MaxLogins)
                    {
                        break;
                    }
                }

                var logins = rows.Take(LoginPage.MaxLogins).Select(ToLogin).ToList();
                return new LoginPage(logins, rows.Count > logins.Count ? rows[logins.Count - 1].RowKey[begin.Length..] : null);
            },
            cancellationToken);
    }

    /// <inheritdoc />
    public Task<LoginPage> ListOfClientAsync(
        string clientId, string tenantId, string? after, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (partition, continuation) = ClientPlace.Parse(after);
        return StorageFaults.Translate(
            async () =>
            {
                var start = TimeProvider.System.GetTimestamp();
                while (true)
                {
                    var filter = $"{AllLogins(Purge.Partitions[partition], now)} and "
                        + TableClient.CreateQueryFilter($"ClientId eq {clientId} and TenantId eq {tenantId}");
                    var page = await PageAsync(filter, continuation, cancellationToken);
                    continuation = page?.ContinuationToken;
                    partition += continuation is null ? 1 : 0;
                    var isLast = partition == Purge.Partitions.Length;
                    if (isLast || page is { Values.Count: > 0 } || TimeProvider.System.GetElapsedTime(start) > ScanTime)
                    {
                        return new LoginPage(
                            [.. (page?.Values ?? []).Select(ToLogin)], isLast ? null : ClientPlace.Format(partition, continuation));
                    }
                }
            },
            cancellationToken);
    }

    // A scan may take the storage 5 seconds, so it has the longer limits of the work in the background.
    private async Task<Page<TableEntity>?> PageAsync(string filter, string? continuation, CancellationToken cancellationToken)
    {
        try
        {
            return await _purged.QueryAsync<TableEntity>(filter, LoginPage.MaxLogins, null, cancellationToken)
                .AsPages(continuation).FirstOrDefaultAsync(cancellationToken);
        }
        catch (RequestFailedException rejected) when (rejected.Status == 400 && continuation is not null)
        {
            throw new FormatException("This is not a place in a list of logins.", rejected);
        }
    }

    /// <inheritdoc />
    public Task<IReadOnlyList<string>> FindUsersAsync(string tenantId, string email, CancellationToken cancellationToken) =>
        StorageFaults.Translate<IReadOnlyList<string>>(
            async () =>
            {
                var prefix = MailPrefix + MailKeyOf(tenantId, email);
                var found = await Task.WhenAll(Purge.Partitions.Select(partition => _table.QueryAsync<TableEntity>(
                    TableClient.CreateQueryFilter(
                        $"PartitionKey eq {partition.ToString()} and RowKey ge {prefix + "-"} and RowKey lt {prefix + "."}"),
                    null,
                    [UserKey],
                    cancellationToken).ToListAsync(cancellationToken).AsTask()));
                return [.. found.SelectMany(rows => rows).Select(row => row.GetString(UserKey)).Distinct(StringComparer.Ordinal)];
            },
            cancellationToken);

    /// <inheritdoc />
    public async IAsyncEnumerable<IReadOnlyList<User>> UsersAsync(
        DateTimeOffset now, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A run that ends early does not begin with the same partitions again.
        for (var done = 0; done < Purge.Partitions.Length; done++, _firstUsers++)
        {
            var partition = Purge.Partitions[_firstUsers % Purge.Partitions.Length];
            string? continuation = null;
            do
            {
                var page = await StorageFaults.Translate(
                    async () => await _purged
                        .QueryAsync<TableEntity>(AllLogins(partition, now), null, UserColumnNames, cancellationToken)
                        .AsPages(continuation).FirstOrDefaultAsync(cancellationToken),
                    cancellationToken);
                if (page is { Values.Count: > 0 })
                {
                    yield return [.. page.Values.Select(UserColumns.GetUser).DistinctBy(user => user.Key)];
                }

                continuation = page?.ContinuationToken;
            }
            while (continuation is not null);
        }
    }

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

    private static string AllLogins(char partition, DateTimeOffset now) => TableClient.CreateQueryFilter(
        $"PartitionKey eq {partition.ToString()} and RowKey ge {LoginPrefix} and RowKey lt {LoginPrefix + "~"} and EndsAt gt {now}");

    private static string LoginKeyOf(Grant grant) => string.Create(
        CultureInfo.InvariantCulture,
        $"{LoginPrefix}{grant.User.Key}-{DateTimeOffset.MaxValue.UtcTicks - grant.CreatedAt!.Value.UtcTicks:D19}-{grant.Id:N}");

    private static string MailKeyOf(string tenantId, string email) =>
        Hashes.Of("mail", tenantId, email.ToUpperInvariant())[..32];

    private static string MailRowKeyOf(Grant grant) => $"{MailPrefix}{MailKeyOf(grant.User.TenantId, grant.User.Email!)}-{grant.Id:N}";

    /// <summary>Returns the writes of a new grant's login row and mail row. A grant without a time of its creation has none.</summary>
    private static IEnumerable<TableTransactionAction> NewLogin(Grant grant, RequestOrigin createdFrom)
    {
        if (grant.CreatedAt is null)
        {
            yield break;
        }

        var (partitionKey, _) = KeysOf(grant.Id);
        var row = new TableEntity(partitionKey, LoginKeyOf(grant))
        {
            [GrantId] = grant.Id,
            [nameof(Grant.ClientId)] = grant.ClientId,
            [nameof(Grant.Scope)] = grant.Scope,
            [nameof(Grant.CreatedAt)] = grant.CreatedAt,
            [EndsAt] = grant.EndsAt ?? Never,
        };
        WriteOrigin(row, Created, createdFrom);
        yield return new(TableTransactionActionType.UpsertReplace, row.WithUser(grant.User));
        if (grant.User.Email is not null)
        {
            yield return new(
                TableTransactionActionType.UpsertReplace,
                new TableEntity(partitionKey, MailRowKeyOf(grant)) { [UserKey] = grant.User.Key });
        }
    }

    /// <summary>Returns the write of what changes in a grant's login row.</summary>
    private static IEnumerable<TableTransactionAction> ChangedLogin(Grant grant, RequestOrigin? usedFrom)
    {
        if (grant.CreatedAt is null)
        {
            yield break;
        }

        var row = new TableEntity(KeysOf(grant.Id).PartitionKey, LoginKeyOf(grant))
        {
            [EndsAt] = grant.RevokedAt is null ? grant.EndsAt ?? Never : Ended,
        };
        if (usedFrom is not null)
        {
            row[Used + "At"] = grant.LastExchange!.At;
            WriteOrigin(row, Used, usedFrom);
        }

        yield return new(TableTransactionActionType.UpdateMerge, row, ETag.All);
    }

    private static void WriteOrigin(TableEntity row, string prefix, RequestOrigin origin)
    {
        // A merge keeps a column that is left out.
        row[prefix + "Ip"] = origin.Address?.ToString() ?? "";
        row[prefix + "UserAgent"] = origin.UserAgent ?? "";
    }

    private static Login ToLogin(TableEntity row)
    {
        var created = new LoginUse(row.GetDateTimeOffset(nameof(Grant.CreatedAt))!.Value, ReadOrigin(row, Created));
        var used = row.GetDateTimeOffset(Used + "At") is { } at ? new LoginUse(at, ReadOrigin(row, Used)) : created;
        var end = row.GetDateTimeOffset(EndsAt)!.Value;
        return new Login(
            row.GetGuid(GrantId)!.Value,
            row.GetString(nameof(Grant.ClientId))!,
            row.GetString(nameof(Grant.Scope))!,
            row.GetUser(),
            created,
            used,
            end == Never ? null : end);
    }

    private static RequestOrigin ReadOrigin(TableEntity row, string prefix)
    {
        var userAgent = row.GetString(prefix + "UserAgent");
        return new RequestOrigin(
            IPAddress.TryParse(row.GetString(prefix + "Ip"), out var address) ? address : null,
            string.IsNullOrEmpty(userAgent) ? null : userAgent);
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
            if (grant.CreatedAt is not null)
            {
                yield return Purge.Delete(new TableEntity(index.PartitionKey, LoginKeyOf(grant)), ETag.All);
                if (grant.User.Email is not null)
                {
                    yield return Purge.Delete(new TableEntity(index.PartitionKey, MailRowKeyOf(grant)), ETag.All);
                }
            }
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
        row[nameof(Grant.CreatedAt)] = grant.CreatedAt;
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
        CreatedAt = entity.GetDateTimeOffset(nameof(Grant.CreatedAt)),
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

    /// <summary>A place in the list of a client's logins: a partition, and the storage's mark of a place in it.</summary>
    private static class ClientPlace
    {
        public static string Format(int partition, string? continuation) =>
            $"{Purge.Partitions[partition]}{(continuation is null ? "" : Convert.ToHexStringLower(Encoding.UTF8.GetBytes(continuation)))}";

        public static (int Partition, string? Continuation) Parse(string? text)
        {
            if (text is null)
            {
                return (0, null);
            }

            var partition = text.Length == 0 ? -1 : Purge.Partitions.IndexOf(text[0], StringComparison.Ordinal);
            return partition < 0
                ? throw new FormatException("This is not a place in a list of logins.")
                : (partition, text.Length == 1 ? null : Encoding.UTF8.GetString(Convert.FromHexString(text.AsSpan(1))));
        }
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
