namespace DeviceCode.Benchmarks;

using BenchmarkDotNet.Attributes;
using DeviceCode.Core.Devices;
using DeviceCode.Core.Guesses;
using DeviceCode.Core.OAuth;

/// <summary>The operations on the stores in memory: the cost of the service's own code.</summary>
[InvocationCount(Invocations)]
public class InMemory() : LoginBenchmarks(Invocations)
{
    // An operation takes microseconds; an iteration has to be long enough to measure.
    private const int Invocations = 20_000;

    private protected override LoginService CreateService() =>
        new(new InMemoryDeviceAuthorizationStore(), new InMemoryWrongGuessStore(), new InMemoryGrantStore());
}
