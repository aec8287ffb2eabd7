namespace DeviceCode.Core.Tests.Devices;

using DeviceCode.Core.Devices;
using DeviceCode.Testing;

/// <summary>Instances of the service that share a store. The device polls one of them; the approver decides on another one.</summary>
public sealed class SeveralInstancesTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly TestTime _time = new();
    private readonly DeviceAuthorizationService _polled;
    private readonly DeviceAuthorizationService _other;

    public SeveralInstancesTests()
    {
        var (store, guesses) = (new InMemoryDeviceAuthorizationStore(), new Core.Guesses.InMemoryWrongGuessStore());
        _polled = Some.Service(store, guesses, _time);
        _other = Some.Service(store, guesses, _time);
    }

    [Fact]
    public async Task After_an_approval_on_another_instance_the_device_is_no_longer_throttled()
    {
        var issued = await PolledOnceAsync();
        await _other.DecideAsync(issued.Authorization.UserCode.Reveal());

        // The instance learns of the decision with the next poll that it lets through.
        Assert.IsType<PollResult.SlowDown>(await _polled.PollAsync(issued.DeviceCode));
        _time.Advance(Interval);
        Assert.IsType<PollResult.Complete>(await _polled.PollAsync(issued.DeviceCode));
        Assert.IsType<PollResult.AlreadyUsed>(await _polled.PollAsync(issued.DeviceCode));
    }

    [Fact]
    public async Task After_a_denial_on_another_instance_the_device_is_no_longer_throttled()
    {
        var issued = await PolledOnceAsync();
        await _other.DecideAsync(issued.Authorization.UserCode.Reveal(), approve: false);

        _time.Advance(Interval);
        Assert.IsType<PollResult.Denied>(await _polled.PollAsync(issued.DeviceCode));
        Assert.IsType<PollResult.Denied>(await _polled.PollAsync(issued.DeviceCode));
    }

    private async Task<IssueResult.Issued> PolledOnceAsync()
    {
        var issued = await _polled.IssueAsync();
        Assert.IsType<PollResult.Pending>(await _polled.PollAsync(issued.DeviceCode));
        return issued;
    }
}
