namespace DeviceCode.Broker.Alarm;

using Azure;
using Azure.Identity;
using Azure.Storage.Queues;
using DeviceCode.Core;
using DeviceCode.Core.Broker;

/// <summary>Alarms as messages of an Azure Storage queue, which stay hidden until they are due.</summary>
public sealed class QueueAlarm(QueueClient queue) : ICredentialAlarm
{
    /// <summary>The name of the queue. A deployment creates it.</summary>
    public const string QueueName = "creds-polls";

    /// <summary>The name of the queue to which the Functions host moves a message that has failed five times.</summary>
    public const string PoisonQueueName = $"{QueueName}-poison";

    /// <inheritdoc />
    public async Task SetAsync(CredentialAlarm alarm, TimeSpan delay, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(alarm);
        if (alarm.Write() is not { } text)
        {
            throw new StoreUnavailableException("The tokens are too long for a queue message, so their revocation cannot be repeated.");
        }

        await TranslateAsync(() => queue.SendMessageAsync(text, delay, cancellationToken: cancellationToken), cancellationToken);
    }

    /// <summary>Creates the queue if it does not exist.</summary>
    /// <exception cref="StoreUnavailableException">The storage does not respond.</exception>
    public static Task CreateAsync(QueueClient queue, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(queue);
        return TranslateAsync(() => queue.CreateIfNotExistsAsync(cancellationToken: cancellationToken), cancellationToken);
    }

    private static async Task TranslateAsync(Func<Task> request, CancellationToken cancellationToken)
    {
        try
        {
            await request();
        }
        catch (Exception fault) when (
            fault is RequestFailedException or AggregateException or AuthenticationFailedException or IOException
            || (fault is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new StoreUnavailableException($"Queue Storage failed: {fault.Message.Split('\n')[0].Trim()}", fault);
        }
    }
}
