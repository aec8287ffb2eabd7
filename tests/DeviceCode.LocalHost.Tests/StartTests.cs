namespace DeviceCode.LocalHost.Tests;

/// <summary>When the host does not start, and what it says then: a sentence, not a stack trace.</summary>
public sealed class StartTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("Production")]
    [InlineData("Staging")]
    public async Task It_refuses_to_start_outside_Development(string? environment)
    {
        var (exitCode, output, error) = await HostProcess.RunToEndAsync(environment is null ? [] : new() { ["DOTNET_ENVIRONMENT"] = environment });

        Assert.Equal(1, exitCode);
        Assert.Equal("", output);
        Assert.StartsWith($"DeviceCode.LocalHost is for development only, and this environment is {environment ?? "Production"}.", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DeviceCode__UserCodeLength", "5", "DeviceCode:UserCodeLength is 5; it must be from 6 to 9.")]
    [InlineData("DeviceCode__UserCodeLength", "many", "Failed to convert configuration value 'many' at 'DeviceCode:UserCodeLength' to type 'System.Int32'.")]
    [InlineData("DeviceCode__WrongGuessesPerUser", "500", "The settings make user codes too easy to guess: while a code is valid, 500 wrong codes are allowed")]
    [InlineData("DeviceCode__PublicUrl", "http://example.com", "DeviceCode:PublicUrl must be the https address")]
    [InlineData("DeviceCode__CorsOrigins__0", "*", "DeviceCode:CorsOrigins has \"*\"")]
    [InlineData("OAuth__Clients__0__Scpoes", "profile", "'ErrorOnUnknownConfiguration' was set on the provided BinderOptions, but the following properties were not found on the instance of DeviceCode.Core.OAuth.Client: 'Scpoes'")]
    [InlineData("Storage__ConnectionString", "nonsense", "Storage:ConnectionString is not a storage connection string")]
    [InlineData("Storage__Endpoint", "http://example.com", "Storage:Endpoint is \"http://example.com/\"; it must be an https URL")]
    [InlineData(
        "Storage__ConnectionString",
        "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;TableEndpoint=http://127.0.0.1:9/a;",
        "Table Storage failed: Connection refused (127.0.0.1:9)")]
    public async Task A_wrong_setting_is_told_and_ends_it(string name, string value, string sentence)
    {
        var (exitCode, output, error) = await HostProcess.RunToEndAsync(
            new() { ["DOTNET_ENVIRONMENT"] = "Development", ["Urls"] = "http://127.0.0.1:0", [name] = value });

        Assert.Equal(1, exitCode);
        Assert.StartsWith(sentence, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output + error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_that_is_wrong_is_told_at_once()
    {
        var (_, _, error) = await HostProcess.RunToEndAsync(new()
        {
            ["DOTNET_ENVIRONMENT"] = "Development",
            ["DeviceCode__UserCodeLength"] = "5",
            ["DeviceCode__CodesPerAddress"] = "0",
            ["DeviceCode__TrustedProxies"] = "9",
        });

        var failures = error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct().ToList();
        Assert.Contains(failures, failure => failure.StartsWith("DeviceCode:UserCodeLength ", StringComparison.Ordinal));
        Assert.Contains(failures, failure => failure.StartsWith("DeviceCode:CodesPerAddress ", StringComparison.Ordinal));
        Assert.Contains(failures, failure => failure.StartsWith("DeviceCode:TrustedProxies ", StringComparison.Ordinal));
    }
}
