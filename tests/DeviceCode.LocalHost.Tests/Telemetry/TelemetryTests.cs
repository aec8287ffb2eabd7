namespace DeviceCode.LocalHost.Tests.Telemetry;

using System.Text.Json;
using DeviceCode.Testing;

/// <summary>The telemetry that the exporter sends to Application Insights.</summary>
public sealed class TelemetryTests(Azurite azurite)
{
    [Fact]
    public async Task A_login_sends_metrics_and_audit_events_without_a_code_a_person_or_an_address()
    {
        await using var insights = await IngestionEndpoint.StartAsync();
        await using var host = await HostProcess.StartAsync(azurite.ConnectionString, new()
        {
            ["Urls"] = "http://127.0.0.1:0",
            ["APPLICATIONINSIGHTS_CONNECTION_STRING"] = insights.ConnectionString,
        });
        using var browser = new HttpClient { BaseAddress = host.Address };

        var (_, codes, _) = await host.PostAsync("/auth/device/code");
        var (deviceCode, userCode) = (codes.GetProperty("device_code").GetString()!, codes.GetProperty("user_code").GetString()!);
        host.Watch(deviceCode, userCode);
        await browser.GetAsync($"/device?user_code={userCode}");
        await host.PostAsync("/auth/device/authorize", new { user_code = "BBBB-BBBB" });
        await host.PostAsync("/auth/device/authorize", new { user_code = userCode });
        await host.PostAsync("/auth/device/token", new { device_code = deviceCode });

        // The process sends everything before it ends.
        Assert.Equal(0, await host.StopAsync());
        Assert.Equal(
            [
                "devicecode.authorization.decision.duration approved",
                "devicecode.authorizations approved",
                "devicecode.authorizations completed",
                "devicecode.authorizations issued",
                "devicecode.user_codes.wrong",
            ],
            insights.Of("MetricData")
                .Select(metric => $"{Name(metric)} {Property(metric, "devicecode.authorization.state")}".TrimEnd()).Order());

        var events = insights.Of("MessageData")
            .Where(message => Property(message, "CategoryName") == "DeviceCode.Functions.Devices.DeviceFunctions").ToList();
        Assert.Equal(["CodesIssued", "UserCodeInvalid", "Decided", "Completed"], events.Select(message => Property(message, "EventName")));
        foreach (var name in new[] { "Id", "Network", "UserId" })
        {
            Assert.Single(events.Select(message => Property(message, name)).OfType<string>().Distinct());
        }

        Assert.Equal(("approved", "True"), (Property(events[2], "Decision"), Property(events[2], "SameNetwork")));

        string[] secrets =
        [
            deviceCode,
            userCode,
            userCode.Replace("-", "", StringComparison.Ordinal),
            "user_code=",
            "wonderland",
            "127.0.0.1",
        ];
        var items = insights.Items.Where(item => !item.Contains("Microsoft.Hosting.Lifetime", StringComparison.Ordinal));
        Assert.All(items, item => Assert.DoesNotContain(secrets, secret => item.Contains(secret, StringComparison.OrdinalIgnoreCase)));
    }

    private static string Name(JsonElement metric) => metric.GetProperty("metrics")[0].GetProperty("name").GetString()!;

    private static string? Property(JsonElement data, string name) =>
        data.TryGetProperty("properties", out var properties) && properties.TryGetProperty(name, out var value) ? value.GetString() : null;
}
