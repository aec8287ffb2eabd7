namespace DeviceCode.Cli.Tests.Installed;

using DeviceCode.Cli.Running;
using DeviceCode.Cli.Tests.Processes;
using DeviceCode.Testing;

/// <summary>Packs the tool and installs it from the package, as users do.</summary>
public sealed class InstalledTool : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("devicecode-tool-").FullName;

    /// <summary>The path of the command.</summary>
    public string Path => System.IO.Path.Combine(_folder, "tool", "devicecode");

    public async ValueTask InitializeAsync()
    {
        var packages = System.IO.Path.Combine(_folder, "packages");
        var config = System.IO.Path.Combine(_folder, "nuget.config");
        await File.WriteAllTextAsync(
            config, $"""<configuration><packageSources><clear /><add key="here" value="{packages}" /></packageSources></configuration>""");

        // bin/CONFIGURATION/net10.0
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        await DotnetAsync("pack", System.IO.Path.Combine(Repository.Root, "src", "DeviceCode.Cli"), "--no-build", "--configuration",
            configuration, "--output", packages);
        await DotnetAsync(
            "tool", "install", "DeviceCode.Cli", "--prerelease", "--tool-path", System.IO.Path.Combine(_folder, "tool"), "--configfile",
            config);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private async Task DotnetAsync(params string[] args)
    {
        var dotnet = new CliWrap.Command("dotnet").WithArguments(args).WithEnvironmentVariables(variables => variables
            .Set("NUGET_PACKAGES",
                System.IO.Path.Combine(_folder, "cache")) // the machine's cache may have the same version from an older build
            .Set("DOTNET_CLI_TELEMETRY_OPTOUT", "1")
            .Set("DOTNET_NOLOGO", "1"));
        (await CliProcess.RunAsync(dotnet)).Ended(ExitCode.Ok);
    }
}
