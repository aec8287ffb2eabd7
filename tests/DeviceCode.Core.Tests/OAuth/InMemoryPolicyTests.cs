namespace DeviceCode.Core.Tests.OAuth;

using DeviceCode.Core.Devices;
using DeviceCode.Core.OAuth;
using DeviceCode.Testing;

public sealed class InMemoryPolicyTests : PolicySuite
{
    protected override IGrantStore Grants { get; } = new InMemoryGrantStore();

    protected override IDeviceAuthorizationStore Devices { get; } = new InMemoryDeviceAuthorizationStore();
}
