namespace DeviceCode.Testing.FunctionsHost;

using System.Text.Json;
using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

/// <summary>
/// Invokes the functions with queue triggers, with the settings of host.json: a message is deleted when its function has succeeded, hidden
/// for ten minutes when it has failed, and moved to the poison queue after five failures.
/// </summary>
internal sealed class QueuePump : IAsyncDisposable
{
    private const int BatchSize = 16;
    private const int MaxDequeueCount = 5;

    private static readonly TimeSpan HiddenTime = TimeSpan.FromMinutes(10), Pause = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;

    private QueuePump(Func<Task<LoadedWorker>> worker, string connectionString, QueueMessageEncoding encoding) =>
        _running = RunAsync(worker, connectionString, encoding);

    /// <summary>Starts to receive messages; null when the app has no storage with queues.</summary>
    public static QueuePump? Start(string hostJson, IReadOnlyDictionary<string, string> settings, Func<Task<LoadedWorker>> worker)
    {
        using var host = JsonDocument.Parse(hostJson);
        var encoding = host.RootElement.GetProperty("extensions").GetProperty("queues").GetProperty("messageEncoding").GetString() == "none"
            ? QueueMessageEncoding.None
            : QueueMessageEncoding.Base64;
        return settings.TryGetValue("AzureWebJobsStorage", out var connectionString)
            ? new QueuePump(worker, connectionString, encoding)
            : null;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
    }

    private async Task RunAsync(Func<Task<LoadedWorker>> worker, string connectionString, QueueMessageEncoding encoding)
    {
        var options = new QueueClientOptions { MessageEncoding = encoding };
        try
        {
            while (true)
            {
                await Task.Delay(Pause, _stopping.Token);
                var loaded = await worker();
                foreach (var function in loaded.Functions.Where(function => function.Queue is not null))
                {
                    await ReceiveAsync(
                        loaded,
                        function,
                        new QueueClient(connectionString, function.Queue, options),
                        new QueueClient(connectionString, $"{function.Queue}-poison", options));
                }
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task ReceiveAsync(LoadedWorker worker, HostedFunction function, QueueClient queue, QueueClient poison)
    {
        QueueMessage[] messages;
        try
        {
            messages = (await queue.ReceiveMessagesAsync(BatchSize, HiddenTime, _stopping.Token)).Value;
        }
        catch (RequestFailedException)
        {
            // The queue does not exist yet.
            return;
        }

        foreach (var message in messages)
        {
            try
            {
                await worker.Channel.InvokeAsync(
                    function, Guid.NewGuid().ToString(), new() { String = message.MessageText }, CancellationToken.None);
            }
            catch (WorkerException) when (message.DequeueCount < MaxDequeueCount)
            {
                continue;
            }
            catch (WorkerException)
            {
                await poison.SendMessageAsync(message.MessageText, CancellationToken.None);
            }

            await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt, CancellationToken.None);
        }
    }
}
