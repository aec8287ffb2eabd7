namespace Azure.Data.Tables;

using System.Globalization;
using System.Text;
using Azure.Core;
using Azure.Data.Tables.Models;

public class TableClient
{
    private readonly TableProtocol _protocol;

    protected TableClient()
    {
        _protocol = null!;
        Name = null!;
    }

    internal TableClient(TableProtocol protocol, string tableName)
    {
        _protocol = protocol;
        Name = tableName;
    }

    public virtual string Name { get; }

    public static string CreateQueryFilter(FormattableString filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        var values = filter.GetArguments().Select(value => value switch
        {
            string text => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'",
            DateTimeOffset at => $"datetime'{EntityJson.Text(at)}'",
            _ => throw new NotSupportedException($"A filter on {value?.GetType()} is not used here."),
        });
        return string.Format(CultureInfo.InvariantCulture, filter.Format, values.ToArray<object?>());
    }

    public virtual async Task<Response<TableItem>> CreateIfNotExistsAsync(CancellationToken cancellationToken = default)
    {
        var response = await _protocol.SendAsync(
            RequestMethod.Post, "Tables", content: Encoding.UTF8.GetBytes($$"""{"TableName":"{{Name}}"}"""), cancellationToken: cancellationToken);
        return response.Status is 201 or 204 or 409 ? Response.FromValue(new TableItem(Name), response) : throw Failure(response);
    }

    public virtual async Task<Response> AddEntityAsync<T>(T entity, CancellationToken cancellationToken = default)
        where T : ITableEntity
    {
        var response = await _protocol.SendAsync(
            RequestMethod.Post, Name, content: EntityJson.Write(entity), prefer: "return-no-content", cancellationToken: cancellationToken);
        return response.Status is 201 or 204 ? response : throw Failure(response);
    }

    public virtual async Task<NullableResponse<T>> GetEntityIfExistsAsync<T>(
        string partitionKey, string rowKey, IEnumerable<string>? select = null, CancellationToken cancellationToken = default)
        where T : class, ITableEntity
    {
        var query = select is null ? null : "$select=" + string.Join(',', select);
        var response = await _protocol.SendAsync(RequestMethod.Get, PathOf(partitionKey, rowKey), query, cancellationToken: cancellationToken);
        return response.Status switch
        {
            200 => Response.FromValue(EntityJson.Read<T>(response.Content), response),
            404 => new NoValue<T>(response),
            _ => throw Failure(response),
        };
    }

    public virtual async Task<Response> UpdateEntityAsync<T>(
        T entity, ETag ifMatch, TableUpdateMode mode = TableUpdateMode.Merge, CancellationToken cancellationToken = default)
        where T : ITableEntity
    {
        var response = await _protocol.SendAsync(
            mode == TableUpdateMode.Merge ? RequestMethod.Patch : RequestMethod.Put,
            PathOf(entity.PartitionKey, entity.RowKey),
            content: EntityJson.Write(entity),
            ifMatch: ifMatch,
            cancellationToken: cancellationToken);
        return response.Status == 204 ? response : throw Failure(response);
    }

    public virtual AsyncPageable<T> QueryAsync<T>(
        string? filter = null, int? maxPerPage = null, IEnumerable<string>? select = null, CancellationToken cancellationToken = default)
        where T : class, ITableEntity
    {
        var query = string.Join('&', new[]
        {
            filter is null ? null : "$filter=" + Uri.EscapeDataString(filter),
            maxPerPage is null ? null : "$top=" + maxPerPage.Value.ToString(CultureInfo.InvariantCulture),
            select is null ? null : "$select=" + string.Join(',', select),
        }.OfType<string>());
        return new Pages<T>(this, query, cancellationToken);
    }

    public virtual async Task<Response<IReadOnlyList<Response>>> SubmitTransactionAsync(
        IEnumerable<TableTransactionAction> transactionActions, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(transactionActions);
        var batch = Guid.NewGuid().ToString();
        var body = new StringBuilder($"--batch_{batch}\r\nContent-Type: multipart/mixed; boundary=changeset_{batch}\r\n\r\n");
        foreach (var action in transactionActions)
        {
            if (action.ActionType != TableTransactionActionType.Delete)
            {
                throw new NotSupportedException($"A transaction with {action.ActionType} is not used here.");
            }

            var url = _protocol.UriOf(PathOf(action.Entity.PartitionKey, action.Entity.RowKey));
            var etag = action.ETag == default ? ETag.All : action.ETag;
            body.Append(CultureInfo.InvariantCulture, $"--changeset_{batch}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n");
            body.Append(CultureInfo.InvariantCulture, $"DELETE {url} HTTP/1.1\r\nAccept: application/json\r\nIf-Match: {etag}\r\n\r\n");
        }

        body.Append(CultureInfo.InvariantCulture, $"--changeset_{batch}--\r\n--batch_{batch}--\r\n");
        var response = await _protocol.SendAsync(
            RequestMethod.Post,
            "$batch",
            content: Encoding.UTF8.GetBytes(body.ToString()),
            contentType: $"multipart/mixed; boundary=batch_{batch}",
            cancellationToken: cancellationToken);
        if (response.Status != 202)
        {
            throw Failure(response);
        }

        // The answer is a batch of HTTP answers: one for each action, or only the one of the action that failed.
        var statuses = response.Content.ToString().Split('\n')
            .Where(line => line.StartsWith("HTTP/1.1 ", StringComparison.Ordinal))
            .Select(line => int.Parse(line.AsSpan(9, 3), CultureInfo.InvariantCulture));
        if (statuses.FirstOrDefault(status => status >= 400) is var failed and not 0)
        {
            throw new TableTransactionFailedException(failed, "The transaction failed and was rolled back.", null, null);
        }

        return Response.FromValue<IReadOnlyList<Response>>([response], response);
    }

    private static RequestFailedException Failure(Response response) => new(response);

    private string PathOf(string partitionKey, string rowKey) => $"{Name}(PartitionKey='{Escape(partitionKey)}',RowKey='{Escape(rowKey)}')";

    private static string Escape(string key) => Uri.EscapeDataString(key.Replace("'", "''", StringComparison.Ordinal));

    private sealed class NoValue<T>(Response response) : NullableResponse<T>
    {
        public override bool HasValue => false;

        public override T Value => throw new InvalidOperationException("The entity does not exist.");

        public override Response GetRawResponse() => response;
    }

    private sealed class Pages<T>(TableClient table, string query, CancellationToken cancellationToken) : AsyncPageable<T>(cancellationToken)
        where T : class, ITableEntity
    {
        public override async IAsyncEnumerable<Page<T>> AsPages(string? continuationToken = null, int? pageSizeHint = null)
        {
            var next = continuationToken;
            do
            {
                var pageQuery = string.Join('&', new[] { query, next }.Where(part => !string.IsNullOrEmpty(part)));
                var response = await table._protocol.SendAsync(RequestMethod.Get, table.Name + "()", pageQuery, cancellationToken: CancellationToken);
                if (response.Status != 200)
                {
                    throw Failure(response);
                }

                next = response.Headers.TryGetValue("x-ms-continuation-NextPartitionKey", out var partition)
                    ? "NextPartitionKey=" + Uri.EscapeDataString(partition)
                      + (response.Headers.TryGetValue("x-ms-continuation-NextRowKey", out var row) ? "&NextRowKey=" + Uri.EscapeDataString(row) : "")
                    : null;
                yield return Page<T>.FromValues(EntityJson.ReadMany<T>(response.Content), next, response);
            }
            while (next is not null);
        }
    }
}
