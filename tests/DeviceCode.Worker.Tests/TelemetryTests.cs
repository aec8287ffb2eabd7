namespace DeviceCode.Worker.Tests;

using System.Text.Json;

/// <summary>The telemetry that the worker's own exporter sends to Application Insights.</summary>
public sealed class TelemetryTests(Azurite azurite, PublishedApp app)
{
    [Fact]
    public async Task A_login_sends_metrics_and_audit_events_without_a_code_a_person_or_an_address()
    {
        await using var insights = await IngestionEndpoint.StartAsync();
        await using var service = await WorkerService.StartAsync(
            app, azurite.ConnectionString, new() { ["APPLICATIONINSIGHTS_CONNECTION_STRING"] = insights.ConnectionString });

        var (deviceCode, userCode) = await service.IssueAsync();
        await service.GetAsync($"/device?user_code={userCode}");
        await service.PostAsync("/auth/device/authorize", new { user_code = "BBBB-BBBB" }, service.Authorization());
        await service.PostAsync("/auth/device/authorize", new { user_code = userCode }, service.Authorization());
        await service.PostAsync("/auth/device/token", new { device_code = deviceCode });

        // The worker sends the remaining telemetry before it ends.
        Assert.Equal(0, await service.Host.StopAsync());
        Assert.Equal(
            [
                "devicecode.authorization.decision.duration approved",
                "devicecode.authorizations approved",
                "devicecode.authorizations completed",
                "devicecode.authorizations issued",
                "devicecode.user_codes.wrong",
            ],
            insights.Of("MetricData").Where(metric => Name(metric).StartsWith("devicecode.", StringComparison.Ordinal))
                .Select(metric => $"{Name(metric)} {Property(metric, "devicecode.authorization.state")}".TrimEnd()).Order());
        Assert.Equal(
            ["CodesIssued", "UserCodeInvalid", "Decided", "Completed"],
            insights.Of("MessageData").Where(message => Property(message, "CategoryName") == "DeviceCode.Functions.Devices.DeviceFunctions")
                .Select(message => Property(message, "EventName")));

        var leaks = new LeakSearch("wonderland", "Liddell", "user_code=", "127.0.0.1");
        leaks.AddCodes(deviceCode, userCode);
        leaks.AssertNone(insights.Items);
    }

    private static string Name(JsonElement metric) => metric.GetProperty("metrics")[0].GetProperty("name").GetString()!;

    private static string? Property(JsonElement data, string name) =>
        data.TryGetProperty("properties", out var properties) && properties.TryGetProperty(name, out var value) ? value.GetString() : null;
}
