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
    [InlineData(true, null, 5)]
    [InlineData(false, null, 5)]
    [InlineData(true, "cli", 35)] // the interval, and 30 seconds in which an OAuth client may repeat the redemption
    [InlineData(false, "cli", 35)]
    public void A_decision_outlives_the_codes_by_its_grace_and_not_a_tick_longer(bool approved, string? clientId, int grace)
    {
        var decided = _pending with { ClientId = clientId, Decision = Some.Decision(approved) };
        var end = _pending.ExpiresAt.AddSeconds(grace);

        var state = decided.StateAt(end - Tick);
        Assert.Equal(approved, state is DeviceAuthorizationState.Approved);
        Assert.Equal(!approved, state is DeviceAuthorizationState.Denied);
        Assert.IsType<DeviceAuthorizationState.Expired>(decided.StateAt(end));
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
