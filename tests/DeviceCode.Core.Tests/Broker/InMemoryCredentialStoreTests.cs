namespace DeviceCode.Core.Tests.Broker;

using DeviceCode.Core.Broker;
using DeviceCode.Testing;

public sealed class InMemoryCredentialStoreTests : CredentialSuite
{
    protected override ICredentialStore Store { get; } = new InMemoryCredentialStore();
}
