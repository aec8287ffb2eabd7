namespace DeviceCode.Cli.Commands;

using System.CommandLine;
using DeviceCode.Cli.Running;

/// <summary>A command of <c>devicecode</c>.</summary>
internal abstract class CliCommand : Command
{
    protected CliCommand(string name, string description, CommandEnvironment environment)
        : base(name, description) => SetAction(async (arguments, cancellationToken) =>
            (int)await RunAsync(new CommandContext(environment, arguments), cancellationToken));

    /// <summary>The examples of <c>--help</c>: command lines, and what they do.</summary>
    public abstract IReadOnlyList<(string CommandLine, string Effect)> Examples { get; }

    protected abstract Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken);
}

/// <summary>The options of every command.</summary>
internal static class CommonOptions
{
    public static Option<string?> Profile { get; } = new("--profile", "-p")
    {
        Description = "the account to use, where there are several (default: \"default\")",
        HelpName = "name",
        Recursive = true,
    };

    public static Option<bool> Json { get; } = new("--json")
    {
        Description = "print JSON for programs, one object per line, and nothing else on standard output",
        Recursive = true,
    };

    public static Option<bool> Verbose { get; } = new("--verbose", "-v")
    {
        Description = "print the HTTP requests and responses on standard error, with every secret masked",
        Recursive = true,
    };
}
