namespace DeviceCode.Testing.Service;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

/// <summary>
/// A reverse proxy that publishes a service below a path: it removes the path from requests, and forwards <c>/.well-known/*</c> unchanged.
/// Every other path gets a 404, so a URL without the path fails.
/// </summary>
public sealed class PathProxy : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly PathString _path;
    private readonly HttpMessageInvoker _client = new(
        new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });

    private PathProxy(WebApplication app, PathString path) => (_app, _path) = (app, path);

    /// <summary>The address of the service for its clients; its setting <c>DeviceCode:PublicUrl</c>.</summary>
    public Uri PublicUrl { get; private set; } = null!;

    /// <summary>The address at which RFC 8414 §3.1 puts the metadata.</summary>
    public Uri Metadata => new(PublicUrl, $"/.well-known/oauth-authorization-server{PublicUrl.AbsolutePath.TrimEnd('/')}");

    /// <summary>
    /// The address to which the proxy forwards requests. It is set after the start, because the service needs the public one.
    /// </summary>
    public Uri? Service { get; set; }

    /// <summary>Starts the proxy on a free port.</summary>
    /// <param name="path">The path of the public address, escaped, with or without a slash at the end.</param>
    public static async Task<PathProxy> StartAsync(string path)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddHttpForwarder();
        var proxy = new PathProxy(builder.Build(), PathString.FromUriComponent(path.TrimEnd('/')));
        proxy._app.Run(proxy.ForwardAsync);
        await proxy._app.StartAsync();
        proxy.PublicUrl = new Uri(new Uri(proxy._app.Urls.Single()), path);
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _client.Dispose();
    }

    private async Task ForwardAsync(HttpContext context)
    {
        if (context.Request.Path.StartsWithSegments(_path, StringComparison.Ordinal, out var rest))
        {
            context.Request.Path = rest;
        }
        else if (!context.Request.Path.StartsWithSegments("/.well-known"))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        await _app.Services.GetRequiredService<IHttpForwarder>().SendAsync(context, Service!.AbsoluteUri, _client);
    }
}
