namespace DeviceCode.Architecture.Tests.Deployment;

using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using DeviceCode.Core;
using DeviceCode.Functions.Devices;
using Microsoft.Extensions.Logging;

/// <summary>Checks that the alerts and the workbook query telemetry that the service sends.</summary>
public sealed partial class ObservabilityTests
{
    private static readonly string Queries = string.Concat(
        Directory.GetFiles(Path.Combine(BicepFile.Folder, "monitor")).Select(File.ReadAllText));

    [Fact]
    public void The_metrics_that_are_queried_exist()
    {
        using var meter = new Meter("test");
        var instruments = new List<string>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, _) => Add(instrument) };
        listener.Start();
        foreach (var type in typeof(DeviceMetrics).Assembly.GetTypes().Where(type => type.GetConstructor([typeof(Meter)]) is not null))
        {
            Activator.CreateInstance(type, meter);
        }

        Assert.Empty(MetricNames.Matches(Queries).Select(match => match.Groups[1].Value).Except(instruments));
        Assert.Equal(6, instruments.Count);

        void Add(Instrument instrument)
        {
            if (instrument.Meter == meter)
            {
                instruments.Add(instrument.Name);
            }
        }
    }

    [Fact]
    public void The_events_that_are_queried_exist()
    {
        var events =
            from type in typeof(DeviceFunctions).Assembly.GetTypes()
            from method in type.GetMethods(BindingFlags.Instance | BindingFlags.NonPublic)
            let message = method.GetCustomAttribute<LoggerMessageAttribute>()
            where message?.EventName is not null
            select message.EventName;

        var queried = EventNames.Matches(Queries).SelectMany(match => Quoted.Matches(match.Value))
            .Select(match => match.Groups[1].Value).Distinct().ToList();
        Assert.Equal(["CodesIssued", "CredentialBound", "Decided", "Incident", "PollPoisoned", "ProviderRejects"], queried.Order());
        Assert.Empty(queried.Except(events));
    }

    [Fact]
    public void Requests_that_wait_for_a_person_are_no_failures()
    {
        const string Pending = "tostring(Properties['devicecode.pending']) != 'true'";
        Assert.Equal(2, Regex.Count(Queries, Regex.Escape(">= 500")));
        Assert.Equal(2, Regex.Count(Queries, Regex.Escape(Pending)));
    }

    [Fact]
    public async Task Every_query_is_valid_for_Azure_Monitor()
    {
        var alerts = BicepFile.All.Single(file => file.Path.EndsWith("alerts.bicep", StringComparison.Ordinal)).Text;
        var workbook = await File.ReadAllTextAsync(Path.Combine(BicepFile.Folder, "monitor", "workbook.json"));
        var document = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "deploy.md"));
        string[] queries =
        [
            .. AlertQueries.Matches(alerts).Select(match => match.Groups[1].Value),
            .. JsonDocument.Parse(workbook).RootElement.GetProperty("items").EnumerateArray()
                .Select(item => item.GetProperty("content").TryGetProperty("query", out var query) ? query.GetString() : null)
                .OfType<string>()
                .Select(query => query.Replace("{TimeRange:grain}", "5m", StringComparison.Ordinal)),
            .. DocumentedQueries.Matches(document).Select(match => match.Groups[1].Value),
        ];
        Assert.Equal(9 + 10 + 1, queries.Length);

        // The last query is invalid, to check that the script finds errors.
        var output = await Script.NodeAsync(
            "DeviceCode.Architecture.Tests/Deployment/kusto.mjs",
            input: JsonSerializer.Serialize<string[]>([.. queries, "AppTraces | where NoSuchColumn == 1"]));
        var findings = JsonSerializer.Deserialize<string[][]>(output)!;

        Assert.Equal(queries.Length + 1, findings.Length);
        Assert.All(findings.SkipLast(1), Assert.Empty);
        Assert.NotEmpty(findings[^1]);
    }

    [GeneratedRegex(@"query: '''\n(.*?)'''", RegexOptions.Singleline)]
    private static partial Regex AlertQueries { get; }

    [GeneratedRegex(@"```kusto\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex DocumentedQueries { get; }

    [GeneratedRegex(@"'(devicecode\.[a-z_.]+)'(?!\])")]
    private static partial Regex MetricNames { get; }

    [GeneratedRegex(@"EventName\) (?:==|in) (?:'\w+'|\([^)]*\))")]
    private static partial Regex EventNames { get; }

    [GeneratedRegex(@"'(\w+)'")]
    private static partial Regex Quoted { get; }
}
