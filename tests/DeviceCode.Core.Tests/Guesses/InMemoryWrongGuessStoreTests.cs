namespace DeviceCode.Core.Tests.Guesses;

using DeviceCode.Core.Guesses;
using DeviceCode.Testing;

public sealed class InMemoryWrongGuessStoreTests : WrongGuessStoreSuite
{
    protected override IWrongGuessStore Store { get; } = new InMemoryWrongGuessStore();
}
