namespace DeviceCode.Functions.Hosting;

using DeviceCode.Broker.Alarm;
using DeviceCode.Core;
using DeviceCode.Functions.Broker;
using DeviceCode.Tables;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

/// <summary>Creates missing tables and queues at start-up; registered with <see cref="TableStorageOptions.CreateTables"/>.</summary>
/// <remarks>
/// While the storage does not respond, the service starts without it, reports the reason and tries again: a worker that ended would be
/// restarted three times and then given up.
/// </remarks>
internal sealed partial class TableSetUp(
    DeviceCodeTables tables, TableStorageOptions storage, TimeProvider time, ILogger<TableSetUp> logger)
    : BackgroundService, IHostedLifecycleService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private bool _created;

    /// <summary>Makes the first attempt before any other service starts, so that requests find the tables.</summary>
    public async Task StartingAsync(CancellationToken cancellationToken) => _created = await TryCreateAsync(cancellationToken);

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (!_created && await timer.WaitForNextTickAsync(stoppingToken))
        {
            _created = await TryCreateAsync(stoppingToken);
        }
    }

    private async Task<bool> TryCreateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await tables.CreateAsync(cancellationToken);
            foreach (var name in new[] { QueueAlarm.QueueName, QueueAlarm.PoisonQueueName })
            {
                if (BrokerServices.CreateQueueClient(storage, name) is { } queue)
                {
                    await QueueAlarm.CreateAsync(queue, cancellationToken);
                }
            }

            return true;
        }
        catch (StoreUnavailableException fault)
        {
            LogWaiting(fault.Message);
            return false;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The tables and queues cannot be created; the next attempt is in two seconds. {Reason}")]
    private partial void LogWaiting(string reason);
}
