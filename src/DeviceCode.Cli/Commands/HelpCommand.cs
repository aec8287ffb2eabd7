namespace DeviceCode.Cli.Commands;

using System.CommandLine;
using DeviceCode.Cli.Running;

/// <summary><c>devicecode help</c>: the same as <c>--help</c>.</summary>
internal sealed class HelpCommand : CliCommand
{
    private readonly Argument<string?> _command = new("COMMAND")
    {
        HelpName = "COMMAND",
        Description = "the command to explain",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly RootCommand _root;

    public HelpCommand(CommandEnvironment environment, RootCommand root)
        : base("help", "Show the help of a command, or this one.", environment)
    {
        _root = root;
        _command.CompletionSources.Add(_ => root.Subcommands.Select(command => command.Name));
        Add(_command);
    }

    /// <inheritdoc />
    public override IReadOnlyList<(string CommandLine, string Effect)> Examples =>
    [
        ("devicecode help login", "the same as: devicecode login --help"),
    ];

    /// <inheritdoc />
    protected override async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        string[] commandLine = context.Arguments.GetValue(_command) is not { } name ? ["--help"]
            : _root.Subcommands.Any(command => command.Name == name) ? [name, "--help"]
            : throw Mistyping.UnknownCommand(name, _root);
        await _root.Parse(commandLine)
            .InvokeAsync(context.Arguments.InvocationConfiguration, cancellationToken);
        return ExitCode.Ok;
    }
}
