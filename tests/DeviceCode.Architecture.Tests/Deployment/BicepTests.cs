namespace DeviceCode.Architecture.Tests.Deployment;

/// <summary>The source files of the deployment.</summary>
[Collection<SharedBicep>]
public sealed class BicepTests(Bicep bicep)
{
    // The compiler reports a property that the type of a resource lacks as a warning only, and Azure ignores such a property.
    [Fact]
    public async Task The_compiler_and_the_linter_find_nothing() => Assert.Empty(await bicep.FindingsAsync("main.bicep"));

    [Theory]
    [InlineData("app/storage.bicep", "supportsHttpsTrafficOnly", "BCP089")]
    [InlineData("app/entra.bicep", "signInAudience", "BCP089")]
    [InlineData("monitor/alerts.bicep", "severity: alert.severity", "BCP083")]
    [InlineData("main.bicep", "= brokerEnabled", "BCP057")]
    public async Task A_misspelling_is_found(string file, string text, string code)
    {
        var source = await File.ReadAllTextAsync(Path.Combine(Bicep.Folder, file));
        var misspelt = Path.ChangeExtension(file, $"{code}.bicep");
        Assert.Contains(text, source, StringComparison.Ordinal);
        await bicep.WriteAsync(misspelt, source.Replace(text, $"{text[..^2]}{text[^1]}{text[^2]}", StringComparison.Ordinal));

        Assert.Contains(code, (await bicep.FindingsAsync(misspelt)).Select(finding => finding.Code));
    }

    // "./dev format" formats them.
    [Fact]
    public async Task Every_file_is_formatted()
    {
        foreach (var file in Bicep.Files)
        {
            Assert.Equal(await bicep.FormatAsync(file), await File.ReadAllTextAsync(Path.Combine(Bicep.Folder, file)));
        }
    }

    [Fact]
    public void Every_file_is_used()
    {
        var sources = string.Concat(Bicep.Files.Select(file => File.ReadAllText(Path.Combine(Bicep.Folder, file))));
        Assert.All(Bicep.Files.Except(["main.bicep"]), file => Assert.Contains($"'{file}'", sources, StringComparison.Ordinal));
    }

    [Fact]
    public void Only_native_resources_and_local_files_are_used() =>
        Assert.All(
            Bicep.Files,
            file => Assert.DoesNotMatch(@"'br[:/]|'ts[:/]|\blist\w*\(", File.ReadAllText(Path.Combine(Bicep.Folder, file))));
}
