namespace DeviceCode.Core.Tests.Devices;

using global::DeviceCode.Core.Devices;
using global::DeviceCode.Testing;

public sealed class InMemoryDeviceAuthorizationStoreTests : DeviceAuthorizationStoreSuite
{
    protected override IDeviceAuthorizationStore Store { get; } = new InMemoryDeviceAuthorizationStore();
}
