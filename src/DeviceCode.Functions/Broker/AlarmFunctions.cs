namespace DeviceCode.Functions.Broker;

using DeviceCode.Broker.Alarm;
using DeviceCode.Core.Broker;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

/// <summary>Handles the broker's alarms: polls for logins that no reader waits for, and revocations that are repeated.</summary>
public sealed partial class AlarmFunctions(CredentialBroker broker, BrokerOptions options, ILogger<AlarmFunctions> logger)
{
    /// <summary>Handles an alarm.</summary>
    [Function("creds-polls")]
    public Task RunAsync([QueueTrigger(QueueAlarm.QueueName)] string message, CancellationToken cancellationToken) =>
        options.IsOn ? broker.HandleAlarmAsync(message, cancellationToken) : Task.CompletedTask;

    /// <summary>Reports an alarm that has failed five times. The sweep of the purge sets an alarm for its login again.</summary>
    [Function("creds-polls-poison")]
    public Task ReportAsync([QueueTrigger(QueueAlarm.PoisonQueueName)] string message)
    {
        LogPoisoned();
        return Task.CompletedTask;
    }

    [LoggerMessage(
        1, LogLevel.Error, "An alarm of the credential broker has failed five times.", EventName = "PollPoisoned")]
    private partial void LogPoisoned();
}
