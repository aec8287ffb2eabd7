namespace DeviceCode.Core.Tests.OAuth;

using DeviceCode.Core.Devices;
using DeviceCode.Core.OAuth;
using DeviceCode.Testing;

public sealed class InMemoryLoginTests : LoginSuite
{
    protected override IGrantStore Store { get; } = new InMemoryGrantStore();

    protected override IDeviceAuthorizationStore Devices { get; } = new InMemoryDeviceAuthorizationStore();
}
