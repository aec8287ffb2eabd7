namespace DeviceCode.Cli;

using System.CommandLine;
using System.CommandLine.Help;
using DeviceCode.Cli.Commands;
using DeviceCode.Cli.Failures;
using DeviceCode.Cli.Login;
using DeviceCode.Cli.Terminal;

/// <summary>The command <c>devicecode</c>: reads a command line, runs it, and turns whatever happens into an exit code.</summary>
internal sealed class CommandLine(Surroundings around)
{
    // No @file: a body or a scope may begin with that.
    internal static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null };

    /// <summary>Runs a command line.</summary>
    /// <param name="args">Its arguments.</param>
    /// <param name="cancellationToken">The person has pressed Ctrl-C.</param>
    public async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var arguments = CreateRoot().Parse(args, Parsing);
        try
        {
            if (arguments.Action is { ClearsParseErrors: false } && arguments.Errors is [var error, ..])
            {
                var command = arguments.CommandResult.Command is CliCommand named ? $"devicecode {named.Name}" : "devicecode";
                throw new CommandException(ExitCode.Usage, Sentence(error.Message), $"Read the help: {command} --help");
            }

            var exitCode = await arguments.InvokeAsync(
                new InvocationConfiguration { Output = around.Output, Error = around.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null },
                cancellationToken);
            await around.Output.FlushAsync(CancellationToken.None);
            return exitCode;
        }
        catch (Exception exception)
        {
            var failure = Failure.Of(exception);
            TryTo(() => Tell(failure, arguments.GetValue(CommonOptions.Json)));
            if (failure.ExitCode == ExitCode.Fault && arguments.GetValue(CommonOptions.Verbose))
            {
                TryTo(() => around.Error.WriteLine(exception));
            }

            TryTo(around.Output.Flush);
            return (int)failure.ExitCode;
        }
    }

    /// <summary>The commands.</summary>
    internal RootCommand CreateRoot()
    {
        var root = new RootCommand("Sign in from the command line, and keep signed in: with DeviceCode services and any OAuth 2.0 provider that has device logins (RFC 8628).")
        {
            HelpName = "devicecode",
        };
        foreach (var command in new CliCommand[]
        {
            new LoginCommand(around),
            new StatusCommand(around),
            new TokenCommand(around),
            new WhoAmICommand(around),
            new RequestCommand(around),
            new LogoutCommand(around),
            new ProvidersCommand(around),
            new CompletionCommand(around),
        })
        {
            root.Add(command);
        }

        root.Add(CommonOptions.Profile);
        root.Add(CommonOptions.Json);
        root.Add(CommonOptions.Verbose);
        var examples = new HelpWithExamples(new HelpAction());

        // Without the slashes and the question mark of the default, which no shell's completion should offer.
        root.Options.Remove(root.Options.OfType<HelpOption>().Single());
        root.Options.Add(new HelpOption("--help", "-h") { Description = "show this help", Action = examples });
        root.Options.OfType<VersionOption>().Single().Description = "print the version";
        root.SetAction(examples.Invoke);
        return root;
    }

    // Where nothing can be written any more, such as a full disk, the exit code still tells.
    private static void TryTo(Action tell)
    {
        try
        {
            tell();
        }
        catch (IOException)
        {
            // Nobody is left to be told.
        }
    }

    // Some of the parser's messages have a list in them, a line each.
    private static string Sentence(string message) =>
        $"{string.Join(' ', message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.')}.";

    private void Tell(Failure failure, bool isJson)
    {
        if (isJson)
        {
            EventsView.Print(around.Output, new LoginEvent
            {
                Event = "error",
                Error = failure.ExitCode.ToName(),
                ExitCode = (int)failure.ExitCode,
                Message = failure.Message,
                Fix = failure.Fix,
                ServerError = failure.ServerError,
            });
        }
        else if (failure.ExitCode == ExitCode.Cancelled)
        {
            around.Error.WriteLine(failure.Message);
        }
        else
        {
            var (red, reset) = around.ErrorIsTerminal && new TerminalKind(around).HasColour ? ("\e[31m", "\e[0m") : ("", "");
            around.Error.WriteLine($"{red}error:{reset} {Printable.Line(failure.Message)}");
            if (failure.Fix is not null)
            {
                around.Error.WriteLine($"       {Printable.Line(failure.Fix)}");
            }
        }
    }
}
