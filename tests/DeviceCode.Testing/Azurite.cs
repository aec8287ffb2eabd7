namespace DeviceCode.Testing;

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

/// <summary>A real table service with its own process, port, account and data, which are deleted at the end.</summary>
public sealed class Azurite : IAsyncLifetime
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(1);

    private readonly string _data = Directory.CreateTempSubdirectory("devicecode-azurite-").FullName;
    private readonly string _key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private int _port;
    private int _blobPort;
    private int _queuePort;
    private bool _hasRun;
    private ServerProcess? _process;

    /// <summary>Whether it has a blob and a queue service beside the table service.</summary>
    public bool HasBlobsAndQueues { get; init; }

    public string TableEndpoint => $"http://127.0.0.1:{_port}/tests";

    public string ConnectionString =>
        $"DefaultEndpointsProtocol=http;AccountName=tests;AccountKey={_key};TableEndpoint={TableEndpoint};"
        + (HasBlobsAndQueues ? $"BlobEndpoint=http://127.0.0.1:{_blobPort}/tests;QueueEndpoint=http://127.0.0.1:{_queuePort}/tests;" : "");

    public ValueTask InitializeAsync() => new(StartAsync());

    /// <summary>Starts it. After the first start, it keeps its ports and its data.</summary>
    public async Task StartAsync()
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            (_port, _blobPort, _queuePort) = _hasRun ? (_port, _blobPort, _queuePort) : (FreePort(), FreePort(), FreePort());
            string[] blobsAndQueues = HasBlobsAndQueues
                ? ["--blobHost", "127.0.0.1", "--blobPort", $"{_blobPort}", "--queueHost", "127.0.0.1", "--queuePort", $"{_queuePort}"]
                : [];
            var script = HasBlobsAndQueues ? "azurite.js" : "table/main.js";
            _process = ServerProcess.Start(
                new ProcessStartInfo(
                    "node",
                    [
                        Path.Combine(Repository.Root, "node_modules", "azurite", "dist", "src", script),
                        "--silent",
                        "--disableTelemetry",
                        "--skipApiVersionCheck",
                        "--tableHost", "127.0.0.1",
                        "--tablePort", $"{_port}",
                        "--location", _data,
                        .. blobsAndQueues,
                    ])
                {
                    WorkingDirectory = _data,
                },
                [new("AZURITE_ACCOUNTS", $"tests:{_key}")]);
            while (!_process.Exited.IsCompleted && clock.Elapsed < StartLimit)
            {
                // If another process has taken the port since, Azurite ends.
                if (await IsListeningAsync() && await Task.WhenAny(_process.Exited, Task.Delay(50)) != _process.Exited)
                {
                    _hasRun = true;
                    return;
                }

                await Task.Delay(100);
            }

            await StopAsync();
            if (clock.Elapsed >= StartLimit)
            {
                throw new InvalidOperationException($"Azurite did not start on port {_port}. Run ./dev test, which installs it.");
            }
        }
    }

    /// <summary>Stops it as Ctrl-C does, so that it saves its state first.</summary>
    public async Task StopAsync()
    {
        if (_process is { } running)
        {
            _process = null;
            await running.StopAsync("INT");
            await running.DisposeAsync();
        }
    }

    /// <summary>Suspends it until <see cref="ThawAsync"/>. It accepts connections, but does not respond.</summary>
    public Task FreezeAsync() => _process!.SignalAsync("STOP");

    /// <summary>Lets it respond again.</summary>
    public Task ThawAsync() => _process!.SignalAsync("CONT");

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_data, recursive: true);
    }

    /// <summary>Returns a port that was free. Another process may take it at any time.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task<bool> IsListeningAsync()
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, _port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
