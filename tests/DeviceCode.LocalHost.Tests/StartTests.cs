namespace DeviceCode.LocalHost.Tests;

using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using DeviceCode.Testing;

/// <summary>The start of the host. When it fails, the host prints a sentence, not a stack trace.</summary>
public sealed class StartTests(Azurite azurite)
{
    [Theory]
    [InlineData(null)]
    [InlineData("Production")]
    [InlineData("Staging")]
    public async Task It_refuses_to_start_outside_Development(string? environment)
    {
        var (exitCode, lines) = await HostProcess.RunToEndAsync(environment is null ? [] : new() { ["DOTNET_ENVIRONMENT"] = environment });

        Assert.Equal(1, exitCode);
        Assert.StartsWith(
            $"DeviceCode.LocalHost is for development only, and this environment is {environment ?? "Production"}.",
            Assert.Single(lines),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DeviceCode__UserCodeLength", "5", "DeviceCode:UserCodeLength is 5; it must be from 6 to 9.")]
    [InlineData(
        "DeviceCode__UserCodeLength",
        "many",
        "Failed to convert configuration value 'many' at 'DeviceCode:UserCodeLength' to type 'System.Int32'.")]
    [InlineData(
        "DeviceCode__WrongGuessesPerUser",
        "500",
        "The settings make user codes too easy to guess: while a code is valid, 500 wrong codes are allowed")]
    [InlineData(
        "DeviceCode__PublicUrl",
        "http://example.com",
        "DeviceCode:PublicUrl is \"http://example.com\"; it must be the https address at which browsers reach the service")]
    [InlineData(
        "DeviceCode__CorsOrigins__0",
        "*",
        "DeviceCode:CorsOrigins contains \"*\". Use an origin: https://, a host and, if needed, a port")]
    [InlineData("OAuth__Clients__0__Scpoes", "profile", "Unknown setting OAuth:Clients:0:Scpoes. Check its spelling, or remove it.")]
    [InlineData("DeviceCode__CodeLifeTimes", "00:10:00", "Unknown setting DeviceCode:CodeLifeTimes. Check its spelling, or remove it.")]
    [InlineData("Storage__TablePerfix", "t", "Unknown setting Storage:TablePerfix. Check its spelling, or remove it.")]
    [InlineData("Storage__TablePrefix", "t", "No storage is configured. Set Storage:Endpoint to the table endpoint")]
    [InlineData(
        "DeviceCode__CorsOrigins",
        "https://dashboard.example.com",
        "DeviceCode:CorsOrigins is a list. Set its values as DeviceCode:CorsOrigins:0, DeviceCode:CorsOrigins:1 and so on.")]
    [InlineData(
        "DeviceCode__ClientAddressHeader",
        "X-Azure-ClientIP:",
        "DeviceCode:ClientAddressHeader is \"X-Azure-ClientIP:\"; it must be the name of a header, like X-Forwarded-For.")]
    [InlineData(
        "DeviceCode__ClientAddressHeader",
        "Forwarded",
        "DeviceCode:ClientAddressHeader is \"Forwarded\", whose syntax the service does not read.")]
    [InlineData("Storage__ConnectionString", "nonsense", "Storage:ConnectionString is not a storage connection string")]
    [InlineData("Storage__Endpoint", "http://example.com", "Storage:Endpoint is \"http://example.com/\"; it must be an https URL")]
    public async Task An_invalid_setting_is_reported_and_ends_the_host(string name, string value, string sentence)
    {
        var (exitCode, lines) = await HostProcess.RunToEndAsync(
            new() { ["DOTNET_ENVIRONMENT"] = "Development", ["Urls"] = "http://127.0.0.1:0", [name] = value });

        Assert.Equal(1, exitCode);
        Assert.StartsWith(sentence, lines[0], StringComparison.Ordinal);
        Assert.All(lines, line => Assert.DoesNotContain("   at ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_its_storage_it_starts_and_reports_why_it_waits()
    {
        await using var ownAzurite = new Azurite();
        await ownAzurite.StartAsync();
        await ownAzurite.StopAsync();
        await using var host = await HostProcess.StartAsync(ownAzurite.ConnectionString);
        Assert.Equal(503, (await host.PostAsync("/auth/device/code")).Status);
        const string Sentence = "The tables and queues cannot be created; the next attempt is in two seconds. Table Storage failed: ";
        Assert.Contains(host.Printed, line => line.Contains(Sentence, StringComparison.Ordinal));

        await ownAzurite.StartAsync();
        while ((await host.PostAsync("/auth/device/code")).Status != 200)
        {
            await Task.Delay(100);
        }
    }

    [Fact]
    public async Task All_invalid_settings_are_reported_at_once()
    {
        var (_, failures) = await HostProcess.RunToEndAsync(new()
        {
            ["DOTNET_ENVIRONMENT"] = "Development",
            ["DeviceCode__UserCodeLength"] = "5",
            ["DeviceCode__CodesPerAddress"] = "0",
            ["DeviceCode__TrustedProxies"] = "9",
        });

        Assert.Contains(failures, failure => failure.StartsWith("DeviceCode:UserCodeLength ", StringComparison.Ordinal));
        Assert.Contains(failures, failure => failure.StartsWith("DeviceCode:CodesPerAddress ", StringComparison.Ordinal));
        Assert.Contains(failures, failure => failure.StartsWith("DeviceCode:TrustedProxies ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_deployment_is_awaited_until_it_returns_its_version()
    {
        await using var host = await HostProcess.StartAsync(azurite.ConnectionString);
        using var client = new HttpClient();
        var health = await client.GetFromJsonAsync<JsonElement>(new Uri(host.Address, "/healthz"));
        var commit = health.GetProperty("version").GetString()!.Split('+')[1];

        var (exitCode, lines) = await AwaitVersionAsync(commit);
        Assert.Equal(0, exitCode);
        Assert.Contains(commit, lines[^1], StringComparison.Ordinal);

        (exitCode, lines) = await AwaitVersionAsync("0123456789012345678901234567890123456789");
        Assert.Equal(1, exitCode);
        Assert.Contains("does not return a version that ends in 0123456789", lines[^1], StringComparison.Ordinal);

        async Task<(int ExitCode, IReadOnlyList<string> Lines)> AwaitVersionAsync(string expected)
        {
            var script = Path.Combine(Repository.Root, ".ci", "await-version");
            await using var process = ServerProcess.Start(
                new ProcessStartInfo(script, [host.Address.AbsoluteUri, expected, "2", "0"]));
            return (await process.Exited, process.Lines);
        }
    }
}
