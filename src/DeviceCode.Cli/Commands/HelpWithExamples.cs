namespace DeviceCode.Cli.Commands;

using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

/// <summary>Prints the help of System.CommandLine, followed by examples.</summary>
internal sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
{
    private static readonly (string CommandLine, string Effect)[] FirstSteps =
    [
        ("devicecode login https://login.example.com", "sign in to a DeviceCode service"),
        ("devicecode login github --client-id ID", "sign in to GitHub"),
        (TokenCommand.UseWithCurl, "use the token"),
    ];

    /// <inheritdoc />
    public override bool ClearsParseErrors => true;

    /// <inheritdoc />
    public override int Invoke(ParseResult parseResult)
    {
        help.Invoke(parseResult);
        var examples = parseResult.CommandResult.Command is CliCommand command ? command.Examples : FirstSteps;
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (var (commandLine, effect) in examples)
        {
            output.WriteLine($"  {commandLine}");
            output.WriteLine($"      {effect}");
        }

        output.WriteLine();
        return 0;
    }
}
