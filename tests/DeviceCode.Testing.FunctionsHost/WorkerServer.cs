namespace DeviceCode.Testing.FunctionsHost;

using System.Collections.Concurrent;
using System.Net;
using DeviceCode.Testing.FunctionsHost.Protocol;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

/// <summary>The gRPC server to which workers connect.</summary>
internal sealed class WorkerServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private WorkerServer(WebApplication app) => _app = app;

    /// <summary>The address to which a worker must connect.</summary>
    public Uri Address => new(_app.Urls.Single());

    public static async Task<WorkerServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(
            kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = null);
        builder.Services.AddSingleton<Channels>();
        var app = builder.Build();
        app.MapGrpcService<Service>();
        await app.StartAsync();
        return new WorkerServer(app);
    }

    /// <summary>Expects a worker to connect with the id of this channel.</summary>
    public void Expect(WorkerChannel channel) => _app.Services.GetRequiredService<Channels>()[channel.WorkerId] = channel;

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private sealed class Channels : ConcurrentDictionary<string, WorkerChannel>;

    private sealed class Service(Channels channels) : FunctionRpc.FunctionRpcBase
    {
        public override async Task EventStream(
            IAsyncStreamReader<StreamingMessage> requestStream,
            IServerStreamWriter<StreamingMessage> responseStream,
            ServerCallContext context)
        {
            if (await requestStream.MoveNext(context.CancellationToken)
                && channels.TryGetValue(requestStream.Current.StartStream.WorkerId, out var channel))
            {
                await channel.RunAsync(requestStream, responseStream, context.CancellationToken);
            }
        }
    }
}
