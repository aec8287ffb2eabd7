namespace DeviceCode.Testing.FunctionsHost;

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

/// <summary>
/// A Functions host: starts the worker process of a published app, speaks its protocol and serves its functions over HTTP. To a client,
/// it behaves like Azure's host: the order of routes, limits, headers that are added or replaced, restarts and shutdown.
/// </summary>
/// <remarks>When the test ends, it searches everything that the worker printed and logged for the secrets in <see cref="Leaks"/>.</remarks>
public sealed class FunctionsHost : IFunctionsHost
{
    // Azure's host stops restarting a worker after three failures.
    private const int MaxFailures = 3;

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);

    private readonly string _appFolder;
    private readonly Dictionary<string, string> _settings;
    private readonly string _routePrefix;
    private readonly ConcurrentQueue<string> _log = [];
    private readonly ConcurrentQueue<ServerProcess> _processes = [];
    private readonly WorkerServer _server;
    private volatile Task<LoadedWorker> _worker = Task.FromException<LoadedWorker>(new WorkerException("No worker was started."));
    private HttpFrontEnd? _frontEnd;
    private QueuePump? _queues;
    private int _failures;
    private bool _stopping;

    private FunctionsHost(string appFolder, Dictionary<string, string> settings, WorkerServer server)
    {
        (_appFolder, _settings, _server) = (appFolder, settings, server);
        using var hostJson = JsonDocument.Parse(File.ReadAllText(Path.Combine(appFolder, "host.json")));
        _routePrefix = hostJson.RootElement.TryGetProperty("extensions", out var extensions)
            && extensions.TryGetProperty("http", out var http)
            && http.TryGetProperty("routePrefix", out var prefix) ? prefix.GetString()! : "api";
    }

    public Uri Address => _frontEnd!.Address;

    public LeakSearch Leaks { get; } = new();

    /// <summary>The lines that the workers have printed and logged so far.</summary>
    public IEnumerable<string> Output => _processes.SelectMany(process => process.Lines).Concat(_log);

    /// <summary>The names of the functions that HTTP requests have invoked so far, in order.</summary>
    public IReadOnlyList<string> Invocations => [.. _frontEnd!.Invocations];

    /// <summary>The process id of the current worker.</summary>
    public int WorkerProcessId => _worker.Result.Process.Id;

    /// <summary>Starts the host and the worker of a published app.</summary>
    /// <param name="appFolder">The folder that <c>dotnet publish</c> wrote.</param>
    /// <param name="settings">The app settings, as environment variables.</param>
    /// <param name="port">The port on the loopback address; 0 for a free one.</param>
    /// <param name="waitForWorker">Whether to return only when the worker has loaded its functions.</param>
    /// <exception cref="WorkerException">The worker ended. The message has its output.</exception>
    public static async Task<FunctionsHost> StartAsync(
        string appFolder, Dictionary<string, string> settings, int port = 0, bool waitForWorker = true)
    {
        var host = new FunctionsHost(appFolder, settings, await WorkerServer.StartAsync());
        try
        {
            host._worker = host.StartWorkerAsync();
            long? bodySizeLimit = settings.TryGetValue("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", out var limit)
                ? long.Parse(limit, CultureInfo.InvariantCulture)
                : null;
            host._frontEnd = await HttpFrontEnd.StartAsync(port, () => host._worker, bodySizeLimit);
            if (waitForWorker)
            {
                await host._worker;
            }

            var hostJson = await File.ReadAllTextAsync(Path.Combine(appFolder, "host.json"));
            host._queues = QueuePump.Start(hostJson, settings, () => host._worker);

            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>The functions that the worker has loaded.</summary>
    public async Task<IReadOnlyList<HostedFunction>> FunctionsAsync() => (await _worker).Functions;

    /// <summary>Waits until the workers have printed or logged a line that matches.</summary>
    public async Task LogAsync(Func<string, bool> matches)
    {
        while (!Output.Any(matches))
        {
            await Task.Delay(10);
        }
    }

    /// <summary>The tags that the worker has sent with the ends of invocations, with the functions' names.</summary>
    public IReadOnlyList<(string Function, string Tag, string Value)> Tags => [.. _worker.Result.Channel.Tags];

    /// <summary>Runs a function with a timer trigger now.</summary>
    /// <exception cref="WorkerException">The function failed.</exception>
    public async Task InvokeTimerAsync(string name)
    {
        var worker = await _worker;
        var timer = worker.Functions.Single(function => function.Name == name && function.Schedule is not null);
        const string Info = """{"Schedule":{"AdjustForDST":true},"ScheduleStatus":null,"IsPastDue":false}""";
        await worker.Channel.InvokeAsync(timer, Guid.NewGuid().ToString(), new() { Json = Info }, CancellationToken.None);
    }

    /// <summary>Ends the worker as <c>kill -9</c> does; the host starts another one.</summary>
    public async Task KillWorkerAsync()
    {
        var killed = await _worker;
        await killed.Process.StopAsync("KILL");
        while (_worker.IsCompletedSuccessfully && _worker.Result == killed)
        {
            await Task.Delay(10);
        }
    }

    /// <summary>Sends the worker a signal, like <c>TERM</c>, and waits until it has ended.</summary>
    /// <returns>The worker's exit code.</returns>
    public async Task<int> SignalWorkerAsync(string signal)
    {
        _stopping = true;
        return await (await _worker).Process.StopAsync(signal);
    }

    /// <summary>Stops as the platform does: completes the running requests, then asks the worker to end.</summary>
    /// <returns>The worker's exit code.</returns>
    public async Task<int> StopAsync()
    {
        _stopping = true;
        var worker = await _worker;
        await (_queues?.DisposeAsync() ?? ValueTask.CompletedTask);
        _queues = null;
        await _frontEnd!.StopAsync();
        worker.Channel.Terminate();
        return await worker.Process.Exited;
    }

    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        await (_queues?.DisposeAsync() ?? ValueTask.CompletedTask);
        if (_frontEnd is not null)
        {
            await _frontEnd.DisposeAsync();
        }

        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        await _server.DisposeAsync();
        Leaks.AssertNone(Output);
    }

    private async Task<LoadedWorker> StartWorkerAsync()
    {
        using var config = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_appFolder, "worker.config.json")));
        var description = config.RootElement.GetProperty("description");
        var channel = new WorkerChannel(_appFolder, _log.Enqueue);
        _server.Expect(channel);
        var process = ServerProcess.Start(
            new ProcessStartInfo(description.GetProperty("defaultExecutablePath").GetString()!)
            {
                ArgumentList =
                {
                    Path.Combine(_appFolder, description.GetProperty("defaultWorkerPath").GetString()!),
                    "--host", _server.Address.Host, "--port", $"{_server.Address.Port}",
                    "--workerId", channel.WorkerId, "--requestId", Guid.NewGuid().ToString(), "--grpcMaxMessageLength", $"{int.MaxValue}",
                    "--functions-uri", _server.Address.AbsoluteUri, "--functions-worker-id", channel.WorkerId,
                    "--functions-request-id", Guid.NewGuid().ToString(), "--functions-grpc-max-message-length", $"{int.MaxValue}",
                },
                WorkingDirectory = _appFolder,
            },
            [
                .. _settings,
                new("FUNCTIONS_WORKER_RUNTIME", "dotnet-isolated"),
                new("FUNCTIONS_WORKER_DIRECTORY", _appFolder),
                new("FUNCTIONS_APPLICATION_DIRECTORY", _appFolder),
            ]);
        _processes.Enqueue(process);
        _ = process.Exited.ContinueWith(_ => channel.Close(), TaskScheduler.Default);
        try
        {
            using var timeout = new CancellationTokenSource(StartLimit);
            var functions = await channel.StartAsync(timeout.Token);
            _ = RestartAsync(process);
            return new LoadedWorker(process, channel, functions, HttpFrontEnd.RoutesOf(functions, _routePrefix));
        }
        catch (WorkerException) when (process.Exited.IsCompleted && !_stopping && ++_failures < MaxFailures)
        {
            return await StartWorkerAsync();
        }
        catch (WorkerException exception) when (process.Exited.IsCompleted)
        {
            var output = string.Join('\n', process.Lines);
            throw new WorkerException($"{exception.Message} Its exit code is {await process.Exited}. It printed:\n{output}");
        }
    }

    private async Task RestartAsync(ServerProcess process)
    {
        if (await process.Exited != 0 && !_stopping)
        {
            _worker = StartWorkerAsync();
        }
    }
}
