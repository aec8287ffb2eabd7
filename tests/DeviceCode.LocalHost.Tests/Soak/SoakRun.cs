namespace DeviceCode.LocalHost.Tests.Soak;

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using DeviceCode.Testing;

/// <summary>Many concurrent logins at several instances: their figures, and everything that the service did wrong.</summary>
internal sealed class SoakRun : IDisposable
{
    private readonly SoakInstance[] _instances;
    private readonly Random _random;
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<string, int> _counts = [];
    private readonly ConcurrentQueue<SoakViolation> _violations = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _longestRequest;

    public SoakRun(IEnumerable<SoakInstance> instances, int seed)
    {
        _instances = [.. instances];
        _random = new Random(seed);
    }

    /// <summary>
    /// The client of all devices and approvers. Its time-out is long, because a poll waits while another instance may still respond to an
    /// earlier one.
    /// </summary>
    public HttpClient Client { get; } = new() { Timeout = TimeSpan.FromSeconds(90) };

    /// <summary>Runs this many logins, and further ones until the task has completed.</summary>
    public async Task RunAsync(int logins, int concurrently, Task until)
    {
        var started = 0;
        await Task.WhenAll(Enumerable.Range(0, concurrently).Select(_ => Task.Run(async () =>
        {
            for (var i = Interlocked.Increment(ref started); i <= logins || !until.IsCompleted; i = Interlocked.Increment(ref started))
            {
                Count("logins");
                if (await new SoakLogin(this, i).RunAsync() is { } violation)
                {
                    Count($"VIOLATION: {violation.Kind}");
                    _violations.Enqueue(violation);
                }
            }
        })));
        await until;
    }

    public SoakInstance AnyInstance(SoakInstance? except = null)
    {
        SoakInstance[] candidates = [.. _instances.Where(instance => instance != except)];
        return candidates[(int)(NextDouble() * candidates.Length)];
    }

    public double NextDouble()
    {
        lock (_lock)
        {
            return _random.NextDouble();
        }
    }

    /// <summary>Returns a random time below this one.</summary>
    public TimeSpan NextTime(TimeSpan limit) => limit * NextDouble();

    public void Count(string what) => _counts.AddOrUpdate(what, 1, (_, count) => count + 1);

    public int CountOf(string what) => _counts.GetValueOrDefault(what);

    public void CountRequest(TimeSpan duration)
    {
        Count("requests");
        lock (_lock)
        {
            _longestRequest = duration > _longestRequest ? duration : _longestRequest;
        }
    }

    /// <summary>Returns the figures so far, one a line.</summary>
    public string Figures() => string.Join(
        '\n',
        _counts.OrderBy(count => count.Key, StringComparer.Ordinal)
            .Select(count => string.Create(CultureInfo.InvariantCulture, $"  {count.Key}: {count.Value}"))
            .Append(string.Create(CultureInfo.InvariantCulture, $"  longest request: {_longestRequest.TotalSeconds:0.0} s"))
            .Append(string.Create(CultureInfo.InvariantCulture, $"  duration: {_clock.Elapsed.TotalSeconds:0} s")));

    /// <summary>Fails if the service did something wrong. Writes the logs of the instances to files.</summary>
    public void AssertNoViolation(string scenario)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts", "soak")).FullName;
        foreach (var instance in _instances)
        {
            File.WriteAllLines(Path.Combine(folder, $"{scenario}-{instance.Name}.log"), instance.Printed);
        }

        var defects = _instances.SelectMany(instance => instance.Printed)
            .Where(line => line.Contains("HTTP 500", StringComparison.Ordinal));
        var messages = _violations.Select(violation => violation.Message).Concat(defects).ToList();
        File.WriteAllText(Path.Combine(folder, $"{scenario}-violations.txt"), string.Join("\n\n", messages));
        Assert.True(
            messages.Count == 0,
            $"{messages.Count} violations; all of them and the logs are in {folder}. The first ones:\n"
                + $"{string.Join("\n\n", messages.Take(5))}\n{Figures()}");
    }

    public void Dispose() => Client.Dispose();
}
