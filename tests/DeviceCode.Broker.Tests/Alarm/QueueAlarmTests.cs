namespace DeviceCode.Broker.Tests.Alarm;

using Azure.Storage.Queues;
using DeviceCode.Broker.Alarm;
using DeviceCode.Core;
using DeviceCode.Core.Broker;

public sealed class QueueAlarmTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    private static readonly CredentialAlarm Alarm = new() { OwnerKey = "owner", NameKey = "name", Flow = Guid.NewGuid() };

    private readonly Azurite _azurite = new() { HasBlobsAndQueues = true };

    public ValueTask InitializeAsync() => _azurite.InitializeAsync();

    public ValueTask DisposeAsync() => _azurite.DisposeAsync();

    [Fact]
    public async Task A_message_is_hidden_until_it_is_due_and_survives_a_restart()
    {
        var queue = await NewQueueAsync();
        var alarm = new QueueAlarm(queue);
        await alarm.SetAsync(Alarm, TimeSpan.Zero, None);
        await alarm.SetAsync(Alarm with { NameKey = "later" }, TimeSpan.FromHours(1), None);
        await _azurite.StopAsync();
        await _azurite.StartAsync();

        var message = Assert.Single((await queue.ReceiveMessagesAsync(32)).Value);
        Assert.True(CredentialAlarm.TryParse(message.MessageText, out var read));
        Assert.Equal(Alarm, read);
        Assert.Equal(2, (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount);
    }

    [Fact]
    public async Task A_queue_that_is_missing_or_down_and_a_message_that_is_too_long_are_faults()
    {
        var missing = new QueueAlarm(new QueueClient(_azurite.ConnectionString, $"q{Guid.NewGuid():N}"));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => missing.SetAsync(Alarm, TimeSpan.Zero, None));

        var queue = new QueueAlarm(await NewQueueAsync());
        var large = Alarm with { ProviderId = "p", SealedTokens = new byte[60 * 1024] };
        await Assert.ThrowsAsync<StoreUnavailableException>(() => queue.SetAsync(large, TimeSpan.Zero, None));
        await queue.SetAsync(large with { SealedTokens = new byte[40 * 1024] }, TimeSpan.Zero, None);
        await _azurite.StopAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => queue.SetAsync(Alarm, TimeSpan.Zero, None));
    }

    private async Task<QueueClient> NewQueueAsync()
    {
        var options = new QueueClientOptions { Retry = { MaxRetries = 0 } };
        var queue = new QueueClient(_azurite.ConnectionString, $"q{Guid.NewGuid():N}", options);
        await QueueAlarm.CreateAsync(queue, None);
        return queue;
    }
}
