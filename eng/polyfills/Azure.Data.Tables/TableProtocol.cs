namespace Azure.Data.Tables;

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Azure.Core;
using Azure.Core.Pipeline;

/// <summary>The requests of the Table service, sent through Azure.Core's pipeline: retries, transport and tracing are its own.</summary>
internal sealed class TableProtocol
{
    private readonly Uri _endpoint;
    private readonly HttpPipeline _pipeline;

    private TableProtocol(Uri endpoint, TableClientOptions options, HttpPipelinePolicy authentication)
    {
        _endpoint = endpoint;
        _pipeline = HttpPipelineBuilder.Build(options, authentication);
    }

    public static TableProtocol FromCredential(Uri endpoint, TokenCredential credential, TableClientOptions options) =>
        new(endpoint, options, new BearerTokenAuthenticationPolicy(credential, "https://storage.azure.com/.default"));

    public static TableProtocol FromConnectionString(string connectionString, TableClientOptions options)
    {
        if (connectionString == "UseDevelopmentStorage=true")
        {
            connectionString = "AccountName=devstoreaccount1;"
                + "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
                + "TableEndpoint=http://127.0.0.1:10002/devstoreaccount1;";
        }

        var parts = connectionString.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(part => part.Split('=', 2))
            .ToDictionary(part => part[0], part => part.Length == 2 ? part[1] : "", StringComparer.OrdinalIgnoreCase);
        if (!parts.TryGetValue("AccountName", out var account) || !parts.TryGetValue("AccountKey", out var key))
        {
            throw new InvalidOperationException("The connection string has no AccountName or no AccountKey.");
        }

        var endpoint = parts.GetValueOrDefault("TableEndpoint")
            ?? $"{parts.GetValueOrDefault("DefaultEndpointsProtocol", "https")}://{account}.table.{parts.GetValueOrDefault("EndpointSuffix", "core.windows.net")}";
        return new TableProtocol(new Uri(endpoint), options, new SharedKeyPolicy(account, Convert.FromBase64String(key)));
    }

    public Uri UriOf(string path, string? query = null) =>
        new($"{_endpoint.AbsoluteUri.TrimEnd('/')}/{path}{(string.IsNullOrEmpty(query) ? "" : "?" + query)}");

    public async Task<Response> SendAsync(
        RequestMethod method,
        string path,
        string? query = null,
        ReadOnlyMemory<byte>? content = null,
        string contentType = "application/json",
        ETag? ifMatch = null,
        string? prefer = null,
        CancellationToken cancellationToken = default)
    {
        using var message = _pipeline.CreateMessage();
        var request = message.Request;
        request.Method = method;
        request.Uri.Reset(UriOf(path, query));
        request.Headers.Add("x-ms-version", "2019-02-02");
        request.Headers.Add("DataServiceVersion", "3.0");
        request.Headers.Add("Accept", "application/json;odata=minimalmetadata");
        if (ifMatch is { } etag)
        {
            request.Headers.Add("If-Match", etag.ToString("H"));
        }

        if (prefer is not null)
        {
            request.Headers.Add("Prefer", prefer);
        }

        if (content is { } bytes)
        {
            request.Headers.Add("Content-Type", contentType);
            request.Content = RequestContent.Create(bytes);
        }

        await _pipeline.SendAsync(message, cancellationToken);
        return message.Response;
    }

    /// <summary>The service's "SharedKeyLite" signature.</summary>
    private sealed class SharedKeyPolicy(string account, byte[] key) : HttpPipelineSynchronousPolicy
    {
        public override void OnSendingRequest(HttpMessage message)
        {
            var date = DateTimeOffset.UtcNow.ToString("R", CultureInfo.InvariantCulture);
            var text = $"{date}\n/{account}{message.Request.Uri.ToUri().AbsolutePath}";
            var signature = Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
            message.Request.Headers.SetValue("x-ms-date", date);
            message.Request.Headers.SetValue("Authorization", $"SharedKeyLite {account}:{signature}");
        }
    }
}
