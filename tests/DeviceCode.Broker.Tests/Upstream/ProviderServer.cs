namespace DeviceCode.Broker.Tests.Upstream;

using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using DeviceCode.Broker.Upstream;
using DeviceCode.Core.Broker;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

/// <summary>A provider on this machine, with scripted responses.</summary>
internal sealed class ProviderServer : IAsyncDisposable
{
    private static readonly Meter Meter = new("DeviceCode.Broker.Tests");

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Func<HttpContext, Task>> _script = [];

    private ProviderServer(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.Single());

    public ConcurrentQueue<(string Method, string Path, string Body, string Headers)> Requests { get; } = [];

    public static async Task<ProviderServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new ProviderServer(builder.Build());
        server._app.Run(server.RespondAsync);
        await server._app.StartAsync();
        return server;
    }

    public ProviderServer Respond(string body, int status = 200, string type = "application/json", params (string, string)[] headers) =>
        Then(context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = type;
            foreach (var (name, value) in headers)
            {
                context.Response.Headers[name] = value;
            }

            return status == 204 ? Task.CompletedTask : context.Response.Body.WriteAsync(Encoding.Latin1.GetBytes(body)).AsTask();
        });

    public ProviderServer Then(Func<HttpContext, Task> respond)
    {
        _script.Enqueue(respond);
        return this;
    }

    /// <summary>Closes the connection without a response, after the request has arrived.</summary>
    public ProviderServer Abort() => Then(context =>
    {
        context.Abort();
        return Task.CompletedTask;
    });

    /// <summary>Returns the adapter with this server as its only provider.</summary>
    public ProviderUpstream Upstream(Action<BrokerProvider>? configure = null, TimeProvider? time = null)
    {
        var provider = new BrokerProvider
        {
            Kind = "custom",
            ClientId = "client",
            DeviceAuthorizationEndpoint = new Uri(Address, "/device"),
            AuthorizationEndpoint = new Uri(Address, "/authorize"),
            TokenEndpoint = new Uri(Address, "/token"),
            RevocationEndpoint = new Uri(Address, "/revoke"),
            UserinfoEndpoint = new Uri(Address, "/userinfo"),
        };
        configure?.Invoke(provider);
        var options = new BrokerOptions { AllowPrivateNetworks = true, Providers = { ["p"] = provider } };
        Assert.Empty(ProviderKinds.Validate(options));
        return new ProviderUpstream(options, time ?? TimeProvider.System, new BrokerMetrics(Meter));
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task RespondAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        Requests.Enqueue((
            context.Request.Method,
            context.Request.Path,
            await reader.ReadToEndAsync(),
            string.Join('\n', context.Request.Headers.Select(header => $"{header.Key}: {header.Value}"))));
        if (_script.TryDequeue(out var respond))
        {
            await respond(context);
        }
        else
        {
            context.Response.StatusCode = (int)HttpStatusCode.NotImplemented;
        }
    }
}
