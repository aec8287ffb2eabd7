namespace DeviceCode.Testing.FunctionsHost;

using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Constraints;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

/// <summary>
/// Serves clients: finds the function for a request, and forwards the request to the worker while the worker runs the function.
/// </summary>
internal sealed class HttpFrontEnd : IAsyncDisposable
{
    private const string InvocationIdHeader = "x-ms-invocation-id";

    private static readonly string[] ReservedPrefixes = ["admin", "runtime"];
    private static readonly ForwarderRequestConfig Forwarding = new() { ActivityTimeout = TimeSpan.FromSeconds(240) };

    private readonly WebApplication _app;
    private readonly Func<Task<LoadedWorker>> _worker;
    private readonly long? _bodySizeLimit;
    private readonly HttpMessageInvoker _client =
        new(new RetryHandler(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }));

    private readonly IHttpForwarder _forwarder;

    private HttpFrontEnd(WebApplication app, Func<Task<LoadedWorker>> worker, long? bodySizeLimit)
    {
        (_app, _worker, _bodySizeLimit) = (app, worker, bodySizeLimit);
        _forwarder = app.Services.GetRequiredService<IHttpForwarder>();
    }

    /// <summary>The names of the functions that requests have invoked, in order.</summary>
    public ConcurrentQueue<string> Invocations { get; } = [];

    /// <summary>The address that clients use.</summary>
    public Uri Address => new(_app.Urls.Single());

    /// <summary>Starts to accept requests, which wait for the worker.</summary>
    /// <param name="port">The port on the loopback address; 0 for a free one.</param>
    /// <param name="worker">Returns the current worker once it has loaded its functions.</param>
    /// <param name="bodySizeLimit">The maximum number of bytes in a body; null for the default of 100 MB.</param>
    public static async Task<HttpFrontEnd> StartAsync(int port, Func<Task<LoadedWorker>> worker, long? bodySizeLimit)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            kestrel.Limits.MaxRequestBodySize = 104_857_600;
        });
        builder.Services.AddRouting();
        builder.Services.AddHttpForwarder();
        var app = builder.Build();
        var frontEnd = new HttpFrontEnd(app, worker, bodySizeLimit);
        app.Run(frontEnd.ServeAsync);
        await app.StartAsync();
        return frontEnd;
    }

    /// <summary>Returns the functions' routes in the order in which the host tries them: by the functions' names, ignoring case.</summary>
    public static IRouter RoutesOf(IEnumerable<HostedFunction> functions, string routePrefix)
    {
        using var services = new ServiceCollection().AddLogging().AddRouting().BuildServiceProvider();
        var constraints = services.GetRequiredService<IInlineConstraintResolver>();
        var routes = new RouteCollection();
        var httpFunctions = functions.Where(function => function.Route is not null)
            .OrderBy(function => function.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var function in httpFunctions)
        {
            var template = $"{routePrefix}/{function.Route}".Trim('/');
            if (ReservedPrefixes.Any(reserved => function.Route!.StartsWith(reserved, StringComparison.OrdinalIgnoreCase)))
            {
                throw new WorkerException(
                    $"The route \"{template}\" of the function {function.Name} begins with a word that the host reserves.");
            }

            var methods = function.Methods is null
                ? null
                : new Dictionary<string, object> { ["httpMethod"] = new HttpMethodRouteConstraint([.. function.Methods]) };
            routes.Add(new Route(
                new FunctionHandler(function),
                function.Name,
                template,
                defaults: null,
                constraints: methods,
                dataTokens: null,
                constraints));
        }

        return routes;
    }

    public async Task StopAsync() => await _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _client.Dispose();
    }

    private async Task ServeAsync(HttpContext context)
    {
        if (_bodySizeLimit is not null)
        {
            context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = _bodySizeLimit;
        }

        var worker = await _worker();
        var route = new RouteContext(context);
        await worker.Routes.RouteAsync(route);
        if (route.Handler is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        context.Features.Set<IRoutingFeature>(new RoutingFeature { RouteData = route.RouteData });
        try
        {
            await ReadBodyAsync(context.Request);
            await InvokeAsync(context, worker, ((FunctionHandler)route.RouteData.Routers.OfType<FunctionHandler>().Single()).Function);
        }
        catch (Exception exception) when (exception is WorkerException or BadHttpRequestException or IOException)
        {
            // After the response has started, its status cannot change.
            if (context.Response.HasStarted)
            {
                context.Abort();
                return;
            }

            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
    }

    private async Task InvokeAsync(HttpContext context, LoadedWorker worker, HostedFunction function)
    {
        Invocations.Enqueue(function.Name);
        var invocationId = Guid.NewGuid().ToString();
        context.Request.Headers.TryAdd(InvocationIdHeader, invocationId);
        var forwarding = _forwarder.SendAsync(context, worker.Channel.HttpAddress.ToString(), _client, Forwarding).AsTask();
        await worker.Channel.InvokeAsync(function, invocationId, new() { Http = new() }, context.RequestAborted);
        if (await forwarding is not ForwarderError.None and var error)
        {
            throw new WorkerException($"The request could not be forwarded: {error}.");
        }
    }

    // The worker receives the request only after the whole body is in memory, as with Azure's host.
    private static async Task ReadBodyAsync(HttpRequest request)
    {
        var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        body.Position = 0;
        request.Body = body;
    }

    /// <summary>Finds the function of a route.</summary>
    private sealed class FunctionHandler(HostedFunction function) : IRouter
    {
        public HostedFunction Function => function;

        public Task RouteAsync(RouteContext context)
        {
            context.Handler = _ => Task.CompletedTask;
            return Task.CompletedTask;
        }

        public VirtualPathData? GetVirtualPath(VirtualPathContext context) => null;
    }

    /// <summary>Retries a request while the worker refuses connections.</summary>
    private sealed class RetryHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        private const int Attempts = 10;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    return await base.SendAsync(request, cancellationToken);
                }
                catch (HttpRequestException) when (attempt < Attempts)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(25 << attempt, 250)), cancellationToken);
                }
            }
        }
    }
}

/// <summary>A worker that has loaded its functions.</summary>
internal sealed record LoadedWorker(ServerProcess Process, WorkerChannel Channel, IReadOnlyList<HostedFunction> Functions, IRouter Routes);
