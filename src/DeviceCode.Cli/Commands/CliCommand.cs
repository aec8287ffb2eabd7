namespace DeviceCode.Cli.Commands;

using System.CommandLine;

/// <summary>A command of <c>devicecode</c>.</summary>
internal abstract class CliCommand : Command
{
    /// <summary>A command that runs in some surroundings.</summary>
    protected CliCommand(string name, string description, Surroundings around)
        : base(name, description) =>
        SetAction(async (arguments, cancellationToken) => (int)await RunAsync(new CommandContext(around, arguments), cancellationToken));

    /// <summary>Examples for <c>--help</c>: a command line and what it does, each.</summary>
    public abstract IReadOnlyList<(string CommandLine, string Effect)> Examples { get; }

    /// <summary>Does what the command line asks for.</summary>
    protected abstract Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken);
}
