namespace DeviceCode.Testing.FunctionsHost;

using System.Collections.Concurrent;
using System.Threading.Channels;
using DeviceCode.Testing.FunctionsHost.Protocol;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

/// <summary>The stream of messages between the host and one worker process.</summary>
/// <param name="appFolder">The folder with the published app.</param>
/// <param name="log">Receives everything that the worker logs.</param>
internal sealed class WorkerChannel(string appFolder, Action<string> log)
{
    private static readonly Duration GracePeriod = Duration.FromTimeSpan(TimeSpan.FromSeconds(5));

    private readonly Channel<StreamingMessage> _outgoing = Channel.CreateUnbounded<StreamingMessage>();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<InvocationResponse>> _invocations = new();
    private readonly TaskCompletionSource<WorkerInitResponse> _initialised = New<WorkerInitResponse>();
    private readonly TaskCompletionSource<FunctionMetadataResponse> _described = New<FunctionMetadataResponse>();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<FunctionLoadResponse>> _loaded = new();

    /// <summary>The id with which the worker identifies itself when it opens the stream.</summary>
    public string WorkerId { get; } = Guid.NewGuid().ToString();

    /// <summary>The tags that the worker has sent with the ends of invocations, which the host adds to its telemetry of requests.</summary>
    public ConcurrentQueue<(string Function, string Tag, string Value)> Tags { get; } = [];

    /// <summary>The address at which the worker accepts HTTP requests; set by <see cref="StartAsync"/>.</summary>
    public Uri HttpAddress { get; private set; } = null!;

    /// <summary>Initialises the worker, requests the descriptions of its functions and loads them.</summary>
    public async Task<IReadOnlyList<HostedFunction>> StartAsync(CancellationToken cancellationToken)
    {
        Send(new()
        {
            WorkerInitRequest = new() { HostVersion = "4.1037.0", WorkerDirectory = appFolder, FunctionAppDirectory = appFolder },
        });
        var initialised = await _initialised.Task.WaitAsync(cancellationToken);
        ThrowIfFailed(initialised.Result);
        HttpAddress = new Uri(initialised.Capabilities["HttpUri"]);

        Send(new() { FunctionsMetadataRequest = new() { FunctionAppDirectory = appFolder } });
        var described = await _described.Task.WaitAsync(cancellationToken);
        ThrowIfFailed(described.Result);
        foreach (var function in described.FunctionMetadataResults)
        {
            _loaded[function.FunctionId] = New<FunctionLoadResponse>();
            Send(new() { FunctionLoadRequest = new() { FunctionId = function.FunctionId, Metadata = function } });
        }

        foreach (var loaded in _loaded.Values)
        {
            ThrowIfFailed((await loaded.Task.WaitAsync(cancellationToken)).Result);
        }

        return [.. described.FunctionMetadataResults.Select(HostedFunction.From)];
    }

    /// <summary>Has the worker run a function.</summary>
    /// <param name="function">The function.</param>
    /// <param name="invocationId">A new id.</param>
    /// <param name="trigger">The value of the trigger's parameter.</param>
    /// <param name="cancellationToken">Asks the worker to cancel the invocation. The method still waits for its end.</param>
    /// <exception cref="WorkerException">The function failed, or the worker ended.</exception>
    public async Task InvokeAsync(HostedFunction function, string invocationId, TypedData trigger, CancellationToken cancellationToken)
    {
        var ended = _invocations[invocationId] = New<InvocationResponse>();
        Send(new()
        {
            InvocationRequest = new()
            {
                InvocationId = invocationId,
                FunctionId = function.Id,
                InputData = { new ParameterBinding { Name = function.TriggerParameter, Data = trigger } },
                TraceContext = new() { TraceParent = System.Diagnostics.Activity.Current?.Id ?? "" },
            },
        });
        await using (cancellationToken.Register(() => Send(new() { InvocationCancel = new() { InvocationId = invocationId } })))
        {
            var response = await ended.Task;
            foreach (var (tag, value) in response.TraceContextAttributes)
            {
                Tags.Enqueue((function.Name, tag, value));
            }

            ThrowIfFailed(response.Result);
        }
    }

    /// <summary>Asks the worker to end by itself.</summary>
    public void Terminate() => Send(new() { WorkerTerminate = new() { GracePeriod = GracePeriod } });

    /// <summary>Serves the stream until the worker closes it.</summary>
    public async Task RunAsync(
        IAsyncStreamReader<StreamingMessage> incoming,
        IServerStreamWriter<StreamingMessage> outgoing,
        CancellationToken cancellationToken)
    {
        var writing = Task.Run(async () =>
        {
            await foreach (var message in _outgoing.Reader.ReadAllAsync(cancellationToken))
            {
                await outgoing.WriteAsync(message, cancellationToken);
            }
        }, cancellationToken);
        try
        {
            while (await incoming.MoveNext(cancellationToken))
            {
                Receive(incoming.Current);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The worker was killed.
        }
        finally
        {
            Close();
        }

        await Task.WhenAny(writing);
    }

    /// <summary>Fails all tasks that still wait for the worker.</summary>
    public void Close()
    {
        var exception = new WorkerException("The worker closed its stream.");
        _outgoing.Writer.TryComplete();
        _initialised.TrySetException(exception);
        _described.TrySetException(exception);
        foreach (var waiting in _loaded.Values)
        {
            waiting.TrySetException(exception);
        }

        foreach (var waiting in _invocations.Values)
        {
            waiting.TrySetException(exception);
        }
    }

    private void Receive(StreamingMessage message)
    {
        switch (message.ContentCase)
        {
            case StreamingMessage.ContentOneofCase.WorkerInitResponse:
                _initialised.TrySetResult(message.WorkerInitResponse);
                break;
            case StreamingMessage.ContentOneofCase.FunctionMetadataResponse:
                _described.TrySetResult(message.FunctionMetadataResponse);
                break;
            case StreamingMessage.ContentOneofCase.FunctionLoadResponse:
                _loaded[message.FunctionLoadResponse.FunctionId].TrySetResult(message.FunctionLoadResponse);
                break;
            case StreamingMessage.ContentOneofCase.InvocationResponse
                when _invocations.TryRemove(message.InvocationResponse.InvocationId, out var invocation):
                invocation.TrySetResult(message.InvocationResponse);
                break;
            case StreamingMessage.ContentOneofCase.RpcLog:
                var entry = message.RpcLog;
                var exception = $"{entry.Exception?.Message} {entry.Exception?.StackTrace}";
                log($"{entry.Level} {entry.Category} {entry.Message} {entry.Properties} {exception}".TrimEnd());
                break;
        }
    }

    private void Send(StreamingMessage message)
    {
        message.RequestId = Guid.NewGuid().ToString();
        _outgoing.Writer.TryWrite(message);
    }

    private static TaskCompletionSource<T> New<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static void ThrowIfFailed(StatusResult result)
    {
        if (result.Status != StatusResult.Types.Status.Success)
        {
            throw new WorkerException(result.Exception?.Message ?? $"The worker reported the status {result.Status}.");
        }
    }
}
