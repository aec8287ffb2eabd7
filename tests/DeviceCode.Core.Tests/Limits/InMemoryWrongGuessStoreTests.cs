namespace DeviceCode.Core.Tests.Limits;

using global::DeviceCode.Core.Limits;
using global::DeviceCode.Testing;

public sealed class InMemoryWrongGuessStoreTests : WrongGuessStoreSuite
{
    protected override IWrongGuessStore Store { get; } = new InMemoryWrongGuessStore();
}
