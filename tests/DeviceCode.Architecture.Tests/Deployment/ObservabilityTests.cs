namespace DeviceCode.Architecture.Tests.Deployment;

using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using DeviceCode.Core;
using DeviceCode.Functions.Devices;
using Microsoft.Extensions.Logging;

/// <summary>Checks that the alerts and the workbook query telemetry that the service sends.</summary>
[Collection<SharedBicep>]
public sealed partial class ObservabilityTests(Bicep bicep)
{
    private const string Alert = "Microsoft.Insights/scheduledQueryRules";

    private static readonly string Folder = Path.Combine(Repository.Root, "infra", "monitor");

    private static readonly string Queries = string.Concat(Directory.GetFiles(Folder).Select(File.ReadAllText));

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
        Assert.Equal(
            ["CodesIssued", "CredentialBound", "Decided", "Incident", "PollPoisoned", "ProviderRejects", "Purged"], queried.Order());
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
    public void An_alert_that_the_environment_does_not_need_is_disabled()
    {
        Assert.Equal(["accounts", "poison", "quota", "registration"], Disabled(bicep.Default));
        Assert.Empty(Disabled(bicep.Full));

        static IEnumerable<string> Disabled(Snapshot snapshot) =>
            snapshot.Of(Alert)
                .Where(alert => !alert.GetProperty("properties").GetProperty("enabled").GetBoolean())
                .Select(alert => alert.GetProperty("name").GetString()!["alert-".Length..]).Order();
    }

    // Azure accepts several periods only for a query that returns times.
    [Fact]
    public void Every_alert_is_decided_by_one_evaluation() => Assert.All(bicep.Full.Of(Alert), alert =>
    {
        var properties = alert.GetProperty("properties");
        Assert.Equal(
            1,
            properties.GetProperty("criteria").GetProperty("allOf")[0].GetProperty("failingPeriods")
                .GetProperty("numberOfEvaluationPeriods").GetInt32());
    });

    // Without any telemetry there is no last run, and a query over the window alone would not see how long ago it was.
    [Fact]
    public void The_alert_on_the_purge_reads_two_days()
    {
        var alert = bicep.Default.Of(Alert).Single(rule => rule.GetProperty("name").GetString() == "alert-purge");

        Assert.Equal("P2D", alert.GetProperty("properties").GetProperty("overrideQueryTimeRange").GetString());
    }

    [Fact]
    public void Every_alert_is_in_the_document()
    {
        var document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "deploy.md"));
        Assert.All(bicep.Full.Of(Alert), alert => Assert.Contains(
            $"| {alert.GetProperty("properties").GetProperty("displayName").GetString()!["DeviceCode: ".Length..]} |",
            document,
            StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_query_is_valid_for_Azure_Monitor()
    {
        var workbook = await File.ReadAllTextAsync(Path.Combine(Folder, "workbook.json"));
        var document = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "deploy.md"));
        string[] queries =
        [
            .. bicep.Full.Of(Alert).Select(alert =>
                alert.GetProperty("properties").GetProperty("criteria").GetProperty("allOf")[0].GetProperty("query").GetString()!),
            .. JsonDocument.Parse(workbook).RootElement.GetProperty("items").EnumerateArray()
                .Select(item => item.GetProperty("content").TryGetProperty("query", out var query) ? query.GetString() : null)
                .OfType<string>()
                .Select(query => query.Replace("{TimeRange:grain}", "5m", StringComparison.Ordinal)),
            .. DocumentedQueries.Matches(document).Select(match => match.Groups[1].Value),
        ];
        Assert.Equal(11 + 10 + 3, queries.Length);

        // The last query is invalid, to check that the script finds errors.
        var output = await Script.NodeAsync(
            "DeviceCode.Architecture.Tests/Deployment/kusto.mjs",
            input: JsonSerializer.Serialize<string[]>([.. queries, "AppTraces | where NoSuchColumn == 1"]));
        var findings = JsonSerializer.Deserialize<string[][]>(output)!;

        Assert.Equal(queries.Length + 1, findings.Length);
        Assert.All(findings.SkipLast(1), Assert.Empty);
        Assert.NotEmpty(findings[^1]);
    }

    [GeneratedRegex(@"```kusto\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex DocumentedQueries { get; }

    [GeneratedRegex(@"'(devicecode\.[a-z_.]+)'(?!\])")]
    private static partial Regex MetricNames { get; }

    [GeneratedRegex(@"EventName\) (?:==|in) (?:'\w+'|\([^)]*\))")]
    private static partial Regex EventNames { get; }

    [GeneratedRegex(@"'(\w+)'")]
    private static partial Regex Quoted { get; }
}
