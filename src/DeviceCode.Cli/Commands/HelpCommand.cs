namespace DeviceCode.Cli.Commands;

using System.CommandLine;
using DeviceCode.Cli.Running;

/// <summary><c>devicecode help</c>: the same as <c>--help</c>.</summary>
internal sealed class HelpCommand : CliCommand
{
    private readonly Argument<string[]> _command = new("COMMAND")
    {
        HelpName = "COMMAND",
        Description = "the command to explain",
        Arity = ArgumentArity.ZeroOrMore,
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
        var names = context.Arguments.GetValue(_command) ?? [];
        Command command = _root;
        foreach (var (index, name) in names.Index())
        {
            command = command.Subcommands.FirstOrDefault(subcommand => subcommand.Name == name)
                ?? throw Mistyping.UnknownCommand(name, command, string.Join(' ', ["devicecode", .. names.Take(index)]));
        }

        await _root.Parse([.. names, "--help"])
            .InvokeAsync(context.Arguments.InvocationConfiguration, cancellationToken);
        return ExitCode.Ok;
    }
}
