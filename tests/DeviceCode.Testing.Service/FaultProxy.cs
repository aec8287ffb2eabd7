namespace DeviceCode.Testing.Service;

using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

/// <summary>A proxy between a service and the table endpoint of an Azurite, which injects faults into the storage requests.</summary>
/// <remarks>
/// It forwards a request even if the service has given up on it meanwhile, as a real network does: the write may come late. The shared
/// key signs the path, not the host, so it forwards the signature unchanged.
/// </remarks>
public sealed class FaultProxy : IAsyncDisposable
{
    private static readonly string[] HopByHop = ["Host", "Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length"];

    private readonly Azurite _azurite;
    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, int> _requests = [];
    private readonly HttpMessageInvoker _client = new(
        new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });

    private FaultProxy(Azurite azurite, WebApplication app) => (_azurite, _app) = (azurite, app);

    /// <summary>Azurite's account, at the address of the proxy.</summary>
    public string ConnectionString { get; private set; } = null!;

    /// <summary>Chooses the fault of each request, concurrently; it may be replaced at any time.</summary>
    public Func<FaultRequest, Fault> FaultFor { get; set; } = _ => Fault.None;

    /// <summary>The number of requests so far. The storage client's own retries count too.</summary>
    public int Requests => _requests.Values.Sum();

    /// <summary>Starts a proxy on a free port. The Azurite must have started, and may restart at any time.</summary>
    public static async Task<FaultProxy> StartAsync(Azurite azurite)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var proxy = new FaultProxy(azurite, builder.Build());
        proxy._app.Run(proxy.HandleAsync);
        await proxy._app.StartAsync();
        var azuriteServer = new Uri(azurite.TableEndpoint).GetLeftPart(UriPartial.Authority);
        proxy.ConnectionString = azurite.ConnectionString.Replace(azuriteServer, proxy._app.Urls.Single(), StringComparison.Ordinal);
        return proxy;
    }

    /// <summary>Returns the number of requests so far with this method.</summary>
    public int RequestsWith(string method) => _requests.GetValueOrDefault(method);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _app.DisposeAsync();
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        try
        {
            var request = await FaultRequest.ReadAsync(context.Request);
            _requests.AddOrUpdate(request.Method, 1, (_, count) => count + 1);
            var fault = FaultFor(request);
            await Task.Delay(fault.DelayBefore, _stop.Token);
            using var response = fault.IsForwarded ? await ForwardAsync(context.Request, request) : null;
            await Task.Delay(fault.DelayAfter, _stop.Token);
            if (fault.IsReset)
            {
                context.Abort();
            }
            else if (fault.Response is { } other)
            {
                await other.WriteAsync(context.Response);
            }
            else
            {
                await CopyAsync(response!, context.Response);
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            // Azurite is stopped, the service has disconnected, or the test has ended.
            context.Abort();
        }
    }

    private async Task<HttpResponseMessage> ForwardAsync(HttpRequest request, FaultRequest read)
    {
        var target = request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var message = new HttpRequestMessage(new HttpMethod(request.Method), new Uri(new Uri(_azurite.TableEndpoint), target));
        if (request.ContentLength is not null || request.Headers.ContentType.Count > 0)
        {
            message.Content = new ByteArrayContent(read.Bytes);
        }

        foreach (var (name, values) in request.Headers.Where(header => !HopByHop.Contains(header.Key, StringComparer.OrdinalIgnoreCase)))
        {
            if (!message.Headers.TryAddWithoutValidation(name, [.. values]))
            {
                message.Content?.Headers.TryAddWithoutValidation(name, [.. values]);
            }
        }

        return await _client.SendAsync(message, _stop.Token);
    }

    private static async Task CopyAsync(HttpResponseMessage from, HttpResponse to)
    {
        to.StatusCode = (int)from.StatusCode;
        foreach (var (name, values) in from.Headers.Concat(from.Content.Headers)
            .Where(header => !HopByHop.Contains(header.Key, StringComparer.OrdinalIgnoreCase)))
        {
            to.Headers[name] = values.ToArray();
        }

        await to.Body.WriteAsync(await from.Content.ReadAsByteArrayAsync());
    }
}

/// <summary>A storage request.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">The path with the account, the table and, if the request names a row, its keys.</param>
/// <param name="Bytes">The body.</param>
public sealed record FaultRequest(string Method, string Path, byte[] Bytes)
{
    /// <summary>The table; <c>Tables</c> for a request to the list of tables, and <c>$batch</c> for a transaction.</summary>
    public string Table => Path.Split('/').ElementAtOrDefault(2)?.Split('(')[0] ?? "";

    public bool IsWrite => Method != HttpMethods.Get;

    public string Body => Encoding.UTF8.GetString(Bytes);

    internal static async Task<FaultRequest> ReadAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        return new FaultRequest(request.Method, request.Path.Value!, body.ToArray());
    }
}

/// <summary>A fault that the proxy injects. Every fault can have a delay: <c>Fault.Reset with { DelayBefore = … }</c>.</summary>
public sealed record Fault
{
    /// <summary>Forwards the request, and returns the storage's response.</summary>
    public static readonly Fault None = new();

    /// <summary>Lets the storage execute the request, and then resets the connection.</summary>
    public static readonly Fault LostResponse = new() { IsReset = true };

    /// <summary>Resets the connection without forwarding the request.</summary>
    public static readonly Fault Reset = new() { IsForwarded = false, IsReset = true };

    /// <summary>How long the request takes to reach the storage.</summary>
    public TimeSpan DelayBefore { get; init; }

    /// <summary>How long the response takes to reach the service, after the storage has executed the request.</summary>
    public TimeSpan DelayAfter { get; init; }

    internal bool IsForwarded { get; private init; } = true;

    internal bool IsReset { get; private init; }

    internal FaultResponse? Response { get; private init; }

    /// <summary>Lets the storage execute the request, and then returns this response, like <see cref="FaultResponse.Busy"/>.</summary>
    public static Fault ReplacedResponse(FaultResponse response) => new() { Response = response };

    /// <summary>Returns this response without forwarding the request.</summary>
    public static Fault Answer(FaultResponse response) => new() { IsForwarded = false, Response = response };
}

/// <summary>A response that the storage did not send.</summary>
public sealed record FaultResponse(int Status, string Body = "", string ContentType = "application/json")
{
    /// <summary>Further headers.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Returns the 503 of an overloaded storage.</summary>
    /// <param name="retryAfter">The value of <c>Retry-After</c>; null for no such header.</param>
    public static FaultResponse Busy(int? retryAfter = null) => new(
        503, """{"odata.error":{"code":"ServerBusy","message":{"lang":"en-US","value":"The server is busy."}}}""")
    {
        Headers = retryAfter is { } seconds
            ? new Dictionary<string, string> { ["Retry-After"] = seconds.ToString(CultureInfo.InvariantCulture) }
            : [],
    };

    internal async Task WriteAsync(HttpResponse response)
    {
        response.StatusCode = Status;
        response.ContentType = ContentType;
        foreach (var (name, value) in Headers)
        {
            response.Headers[name] = value;
        }

        await response.WriteAsync(Body);
    }
}
