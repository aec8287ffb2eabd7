namespace DeviceCode.LocalHost.Tests;

using DeviceCode.Core;
using DeviceCode.Core.Broker;
using DeviceCode.Core.Devices;
using DeviceCode.Core.Guesses;
using DeviceCode.Core.OAuth;
using DeviceCode.Functions.Http;
using DeviceCode.LocalHost.Functions;
using DeviceCode.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;

public sealed class TimerFunctionTests
{
    [Fact]
    public async Task The_purge_runs_every_ten_minutes_even_after_a_failure()
    {
        var time = new ManualTime();
        var runs = new SemaphoreSlim(0);
        var attempt = 0;
        var store = new Mock<IDeviceAuthorizationStore>();
        store.Setup(s => s.PurgeAsync(It.IsAny<DateTimeOffset>(), It.IsAny<CancellationToken>())).Returns(() =>
        {
            runs.Release();
            return ++attempt == 2 ? throw new StoreUnavailableException("down") : Task.FromResult(3);
        });
        var devices = Some.Service(store.Object, new InMemoryWrongGuessStore(), time);
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(devices)
            .AddSingleton(new TokenService(
                devices, new InMemoryGrantStore(), new ClientRegistry(new OAuthOptions()), new OAuthOptions(), time, Some.Metrics))
            .AddSingleton(new BrokerWorld(new InMemoryCredentialStore()).Broker)
            .AddSingleton(new BrokerOptions())
            .BuildServiceProvider();
        using var timers = new TimerFunctions(typeof(HttpFunction).Assembly, services, time, NullLogger<TimerFunctions>.Instance);

        await timers.StartAsync(CancellationToken.None);
        for (var run = 0; run < 4; run++)
        {
            // The other one is the check of the directory, which runs every hour.
            await UntilAsync(() => time.WaitingTimers == 2);
            time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromTicks(1));
            Assert.Equal(0, runs.CurrentCount);
            time.Advance(TimeSpan.FromTicks(1));
            await runs.WaitAsync();
        }

        await timers.StopAsync(CancellationToken.None);
    }

    [Fact]
    public void Every_timer_function_is_found()
    {
        using var services = new ServiceCollection().BuildServiceProvider();
        using var timers = new TimerFunctions(
            typeof(HttpFunction).Assembly, services, TimeProvider.System, NullLogger<TimerFunctions>.Instance);
        Assert.Equal(["logins-directory", "purge"], timers.All.Select(timer => timer.Name).Order());
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Yield();
        }
    }
}
