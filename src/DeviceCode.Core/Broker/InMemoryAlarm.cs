namespace DeviceCode.Core.Broker;

/// <summary>Alarms in the memory of this process, for tests and a first try without any setup.</summary>
public sealed class InMemoryAlarm(TimeProvider time, BackgroundWork background) : ICredentialAlarm
{
    /// <summary>Handles an alarm that is due.</summary>
    public Func<string, Task> Handler { get; set; } = _ => Task.CompletedTask;

    /// <inheritdoc />
    public Task SetAsync(CredentialAlarm alarm, TimeSpan delay, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(alarm);
        var text = alarm.Write() ?? throw new StoreUnavailableException("The alarm is too long.");
        ITimer? timer = null;
        timer = time.CreateTimer(
            _ =>
            {
                timer?.Dispose();
                background.Run(() => Handler(text));
            },
            state: null,
            delay,
            Timeout.InfiniteTimeSpan);
        return Task.CompletedTask;
    }
}
