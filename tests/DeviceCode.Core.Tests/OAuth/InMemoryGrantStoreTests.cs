namespace DeviceCode.Core.Tests.OAuth;

using global::DeviceCode.Core.Devices;
using global::DeviceCode.Core.OAuth;
using global::DeviceCode.Testing;

public sealed class InMemoryGrantStoreTests : GrantStoreSuite
{
    protected override IGrantStore Store { get; } = new InMemoryGrantStore();

    protected override IDeviceAuthorizationStore Devices { get; } = new InMemoryDeviceAuthorizationStore();
}
