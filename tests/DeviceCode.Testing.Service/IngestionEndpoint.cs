namespace DeviceCode.Testing.Service;

using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

/// <summary>A fake of Application Insights that keeps the exported items.</summary>
public sealed class IngestionEndpoint : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<string> _items = [];

    private IngestionEndpoint(WebApplication app) => _app = app;

    /// <summary>The items exported so far.</summary>
    public IReadOnlyList<string> Items => [.. _items];

    /// <summary>The data of all items of a type, in the order in which they arrived.</summary>
    public IEnumerable<JsonElement> Of(string type) =>
        from item in _items
        let data = JsonDocument.Parse(item).RootElement.GetProperty("data")
        where data.GetProperty("baseType").ValueEquals(type)
        select data.GetProperty("baseData");

    public string ConnectionString =>
        $"InstrumentationKey={Guid.Empty};IngestionEndpoint={_app.Urls.First()}/;LiveEndpoint={_app.Urls.First()}/";

    public static async Task<IngestionEndpoint> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var endpoint = new IngestionEndpoint(builder.Build());
        endpoint._app.MapPost("/v2.1/track", endpoint.TrackAsync);
        await endpoint._app.StartAsync();
        return endpoint;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<IResult> TrackAsync(HttpRequest request)
    {
        await using var body = request.Headers.ContentEncoding == "gzip"
            ? new GZipStream(request.Body, CompressionMode.Decompress)
            : request.Body;
        using var reader = new StreamReader(body);
        var items = (await reader.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var item in items)
        {
            _items.Enqueue(item);
        }

        var response = new { itemsReceived = items.Length, itemsAccepted = items.Length, errors = Array.Empty<string>() };
        return TypedResults.Text(JsonSerializer.Serialize(response), "application/json");
    }
}
