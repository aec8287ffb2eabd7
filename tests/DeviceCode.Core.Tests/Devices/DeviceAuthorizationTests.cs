namespace DeviceCode.Core.Tests.Devices;

using DeviceCode.Core.Devices;
using DeviceCode.Testing;

public sealed class DeviceAuthorizationTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    private readonly DeviceAuthorization _pending = Some.Authorization(Some.NewDeviceCode());

    [Fact]
    public void Without_a_decision_it_is_pending_until_it_expires()
    {
        Assert.IsType<DeviceAuthorizationState.Pending>(_pending.StateAt(_pending.RequestedAt));
        Assert.IsType<DeviceAuthorizationState.Pending>(_pending.StateAt(_pending.ExpiresAt - Tick));
        Assert.IsType<DeviceAuthorizationState.Expired>(_pending.StateAt(_pending.ExpiresAt));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_decision_outlives_the_codes_by_the_longest_interval_and_a_repetition_and_not_a_tick_longer(bool approved)
    {
        var decided = _pending with { Decision = Some.Decision(approved) };
        var end = _pending.ExpiresAt.AddSeconds(60 + 90);

        var state = decided.StateAt(end - Tick);
        Assert.Equal(approved, state is DeviceAuthorizationState.Approved);
        Assert.Equal(!approved, state is DeviceAuthorizationState.Denied);
        Assert.IsType<DeviceAuthorizationState.Expired>(decided.StateAt(end));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_decision_counts_only_if_it_was_stored_before_the_expiry(bool approved)
    {
        var inTime = _pending with { Decision = Some.Decision(approved) with { At = _pending.ExpiresAt - Tick } };
        var late = _pending with { Decision = Some.Decision(approved) with { At = _pending.ExpiresAt } };

        Assert.IsNotType<DeviceAuthorizationState.Expired>(inTime.StateAt(_pending.ExpiresAt));
        Assert.IsType<DeviceAuthorizationState.Expired>(late.StateAt(_pending.ExpiresAt));
        Assert.IsType<DeviceAuthorizationState.Expired>(late.StateAt(_pending.ExpiresAt - Tick));
    }

    [Fact]
    public void An_approval_names_the_approver()
    {
        var decided = _pending with { Decision = Some.Decision(by: "bob") };
        Assert.Equal(new DeviceAuthorizationState.Approved(Some.User("bob")), decided.StateAt(_pending.RequestedAt));
    }

    [Fact]
    public void Only_its_own_device_code_belongs_to_it()
    {
        Assert.True(_pending.HasDeviceCode(_pending.DeviceCodeHash));
        Assert.False(_pending.HasDeviceCode(Some.NewDeviceCode().Hash()));
        Assert.False(_pending.HasDeviceCode(""));
    }

    [Fact]
    public void It_prints_its_id_and_no_code() => Assert.Equal($"DeviceAuthorization({_pending.Id})", $"{_pending}");
}
