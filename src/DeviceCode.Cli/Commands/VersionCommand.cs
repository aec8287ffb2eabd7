namespace DeviceCode.Cli.Commands;

using System.Reflection;
using DeviceCode.Cli.Running;

/// <summary><c>devicecode version</c>: the same as <c>--version</c>.</summary>
internal sealed class VersionCommand(CommandEnvironment environment) : CliCommand("version", "Print the version.", environment)
{
    /// <inheritdoc />
    public override IReadOnlyList<(string CommandLine, string Effect)> Examples =>
    [
        ("devicecode version", "the same as: devicecode --version"),
    ];

    /// <inheritdoc />
    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var version = typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>();
        context.Environment.Output.WriteLine(version?.InformationalVersion);
        return Task.FromResult(ExitCode.Ok);
    }
}
