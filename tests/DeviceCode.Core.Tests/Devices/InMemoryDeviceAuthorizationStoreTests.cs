namespace DeviceCode.Core.Tests.Devices;

using DeviceCode.Core.Devices;
using DeviceCode.Testing;

public sealed class InMemoryDeviceAuthorizationStoreTests : DeviceAuthorizationStoreSuite
{
    protected override IDeviceAuthorizationStore Store { get; } = new InMemoryDeviceAuthorizationStore();
}
