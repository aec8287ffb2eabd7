namespace DeviceCode.LocalHost.Tests.Soak;

using System.Globalization;
using DeviceCode.Testing;

/// <summary>
/// Many logins at three instances that share a storage, during faults: each login completes exactly once, and each user stays signed in.
/// <c>./dev test</c> runs a few logins, <c>./dev soak</c> a thousand. Set <c>SOAK_SEED</c> to the seed that a run has printed to make the
/// same random choices; the order of the requests still differs.
/// </summary>
public sealed class SoakTests(Azurite azurite, ITestOutputHelper output)
{
    private const double LostResponses = 0.45;

    private static readonly bool IsFull = Environment.GetEnvironmentVariable("SOAK_RUN") is not null;
    private static readonly TimeSpan LongestWrite = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ProgressPeriod = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(IsFull ? 3 : 1);

    private readonly int _seed = Environment.GetEnvironmentVariable("SOAK_SEED") is { } seed
        ? int.Parse(seed, CultureInfo.InvariantCulture)
        : Random.Shared.Next();

    [Fact]
    public Task Every_login_completes_once_when_the_storage_loses_almost_half_of_its_responses_to_writes() => RunAsync(
        "lost-responses",
        async (run, proxy, _) =>
        {
            proxy.FaultFor = request =>
            {
                if (!request.IsWrite)
                {
                    return Fault.None;
                }

                run.Count("storage writes");
                switch (run.NextDouble())
                {
                    case < LostResponses / 2:
                        run.Count("storage writes whose response was lost by a reset");
                        return Fault.LostResponse;

                    case < LostResponses:
                        run.Count("storage writes whose response was replaced by a 503");
                        return Fault.ReplacedResponse(FaultResponse.Busy());

                    default:
                        return Fault.None;
                }
            };
            await run.RunAsync(logins: IsFull ? 900 : 30, concurrently: IsFull ? 64 : 30, until: Task.CompletedTask);
        });

    [Fact]
    public Task Every_login_completes_once_while_instances_are_stopped_and_killed() => RunAsync(
        "restarts",
        async (run, proxy, instances) =>
        {
            // As long as a slow storage takes, so that many writes are under way when an instance ends.
            proxy.FaultFor = request => request.IsWrite
                ? Fault.None with { DelayBefore = run.NextTime(LongestWrite), DelayAfter = run.NextTime(LongestWrite) }
                : Fault.None;
            await run.RunAsync(logins: IsFull ? 1000 : 24, concurrently: IsFull ? 64 : 12, until: RestartAsync(run, instances));
        });

    /// <summary>Stops instances in turn, then kills instances in turn, and so on.</summary>
    private static async Task RestartAsync(SoakRun run, IReadOnlyList<SoakInstance> instances)
    {
        for (var round = 0; round < (IsFull ? 4 : 1); round++)
        {
            foreach (var instance in instances.Take(IsFull ? 3 : 2))
            {
                await Task.Delay(run.NextTime(LongestRest));
                await instance.TerminateAndStartAsync();
                run.Count("SIGTERM");
            }

            foreach (var instance in instances.Take(IsFull ? 3 : 2))
            {
                await Task.Delay(run.NextTime(LongestRest));
                await instance.KillAndStartAsync();
                run.Count("SIGKILL");
            }
        }
    }

    private async Task RunAsync(string scenario, Func<SoakRun, FaultProxy, IReadOnlyList<SoakInstance>, Task> act)
    {
        output.WriteLine($"{scenario}, with SOAK_SEED={_seed}");
        await using var proxy = await FaultProxy.StartAsync(azurite);
        var settings = new Dictionary<string, string>
        {
            ["Storage__TablePrefix"] = $"t{Guid.NewGuid():N}"[..20],
            ["DeviceCode__PollingInterval"] = "00:00:01",

            // As long as possible, because a slow machine must not fail the test.
            ["OAuth__RefreshGrace"] = "00:05:00",
            ["Logging__LogLevel__Default"] = "Information",
            ["Logging__LogLevel__Microsoft.AspNetCore"] = "Warning",
            ["Logging__Console__FormatterName"] = "simple",
            ["Logging__Console__FormatterOptions__SingleLine"] = "true",
            ["Logging__Console__FormatterOptions__TimestampFormat"] = "HH:mm:ss.fff ",
            ["Logging__Console__FormatterOptions__UseUtcTimestamp"] = "true",
        };
        var starting = Enumerable.Range(0, 3).Select(_ => HostProcess.StartAsync(proxy.ConnectionString, settings)).ToList();
        await Task.WhenAll(starting);
        await using var first = await starting[0];
        await using var second = await starting[1];
        await using var third = await starting[2];
        SoakInstance[] instances = [new("instance-1", first), new("instance-2", second), new("instance-3", third)];
        using var run = new SoakRun(instances, _seed);
        await using var progress = new Timer(_ => output.WriteLine(run.Figures()), null, ProgressPeriod, ProgressPeriod);

        await act(run, proxy, instances);

        output.WriteLine($"{scenario}, with SOAK_SEED={_seed}:\n{run.Figures()}\n  storage requests: {proxy.Requests}");
        run.AssertNoViolation(scenario);
        Assert.Equal(run.CountOf("logins"), run.CountOf("completions"));
    }
}
