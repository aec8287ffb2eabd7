namespace DeviceCode.LocalHost.Functions;

using System.Reflection;
using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using DeviceCode.Functions.Broker;
using DeviceCode.Tables;
using Microsoft.Azure.Functions.Worker;

/// <summary>
/// Runs every function with a queue trigger for the messages of its queue, as the Functions host does in Azure: a message whose function
/// fails is hidden for ten minutes, and after five failures moved to the poison queue. Without a queue service, it does nothing.
/// </summary>
internal sealed partial class QueueFunctions(
    Assembly functions, TableStorageOptions storage, IServiceProvider services, ILogger<QueueFunctions> logger) : BackgroundService
{
    // Those of the host's extension; host.json sets the longest pause.
    private const int BatchSize = 16;
    private const int MaxDequeueCount = 5;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100), LongestPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan HiddenTime = TimeSpan.FromMinutes(10);

    /// <summary>The functions with a queue trigger, and their queues.</summary>
    public IReadOnlyList<(string Name, MethodInfo Method, string Queue)> All { get; } =
    [
        .. from type in functions.GetExportedTypes()
           from method in type.GetMethods()
           let function = method.GetCustomAttribute<FunctionAttribute>()
           let trigger = method.GetParameters().Select(parameter => parameter.GetCustomAttribute<QueueTriggerAttribute>())
               .FirstOrDefault(attribute => attribute is not null)
           where function is not null && trigger is not null
           select (function.Name, method, trigger.QueueName),
    ];

    // The messages are in real time even where the service has a fake clock.
    private static TimeProvider Time => TimeProvider.System;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(All.Select(function => RunAsync(function.Name, function.Method, function.Queue, stoppingToken)));

    private async Task RunAsync(string name, MethodInfo method, string queueName, CancellationToken stoppingToken)
    {
        if (BrokerServices.CreateQueueClient(storage, queueName) is not { } queue
            || BrokerServices.CreateQueueClient(storage, $"{queueName}-poison") is not { } poison)
        {
            return;
        }

        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                var messages = (await queue.ReceiveMessagesAsync(BatchSize, HiddenTime, stoppingToken)).Value;
                await Task.WhenAll(messages.Select(message => HandleAsync(name, method, queue, poison, message, stoppingToken)));
                pause = messages.Length > 0 ? FirstPause : pause;
            }
            catch (Exception fault) when (fault is RequestFailedException or AggregateException && !stoppingToken.IsCancellationRequested)
            {
                // The storage does not respond, or the queue is not created yet.
                LogUnavailable(queueName, fault.Message.Split('\n')[0]);
            }

            await Task.Delay(pause, Time, stoppingToken);
        }
    }

    private async Task HandleAsync(
        string name, MethodInfo method, QueueClient queue, QueueClient poison, QueueMessage message, CancellationToken stoppingToken)
    {
        try
        {
            await InvokeAsync(method, message.MessageText, stoppingToken);
        }
#pragma warning disable CA1031 // One failed message must not end the others.
        catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            LogFailed(name, failure);
            if (message.DequeueCount < MaxDequeueCount)
            {
                return;
            }

            await poison.SendMessageAsync(message.MessageText, stoppingToken);
        }

        await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt, stoppingToken);
    }

    private async Task InvokeAsync(MethodInfo method, string message, CancellationToken stoppingToken)
    {
        await using var scope = services.CreateAsyncScope();
        var instance = ActivatorUtilities.CreateInstance(scope.ServiceProvider, method.DeclaringType!);
        var arguments = method.GetParameters()
            .Select(parameter => parameter.ParameterType == typeof(CancellationToken) ? (object)stoppingToken : message);
        await (Task)method.Invoke(instance, [.. arguments])!;
    }

    [LoggerMessage(1, LogLevel.Error, "The queue function {Name} failed for a message; it runs again in ten minutes.")]
    private partial void LogFailed(string name, Exception exception);

    [LoggerMessage(2, LogLevel.Debug, "The queue {Queue} cannot be read; the next attempt follows. {Reason}")]
    private partial void LogUnavailable(string queue, string reason);
}
