namespace DeviceCode.Cli;

using System.CommandLine;
using System.CommandLine.Help;
using DeviceCode.Cli.Commands;
using DeviceCode.Cli.Commands.Credentials;
using DeviceCode.Cli.Login.Views;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Terminal;

/// <summary>The command <c>devicecode</c>: parses a command line, runs it, and returns the exit code.</summary>
internal sealed class CommandLine(CommandEnvironment environment)
{
    // Without response files (@file), because the body of "devicecode request" begins with @, too.
    internal static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null };

    /// <summary>Runs a command line and returns the exit code.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="cancellationToken">Cancelled when the user presses Ctrl-C.</param>
    public async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var arguments = CreateRoot().Parse(args, Parsing);
        try
        {
            if (arguments.Action is { ClearsParseErrors: false })
            {
                Mistyping.Reject(arguments);
            }

            var exitCode = await arguments.InvokeAsync(
                new InvocationConfiguration
                {
                    Output = environment.Output,
                    Error = environment.Error,
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null,
                },
                cancellationToken);
            await environment.Output.FlushAsync(CancellationToken.None);
            return exitCode;
        }
        catch (Exception exception)
        {
            var failure = Failure.Of(exception);
            var isJson = arguments.GetValue(CommonOptions.Json);
            if (!TryTo(() => Print(failure, isJson)) && isJson)
            {
                TryTo(() => Print(failure, isJson: false));
            }

            if (failure.ExitCode == ExitCode.Fault && arguments.GetValue(CommonOptions.Verbose))
            {
                TryTo(() => environment.Error.WriteLine(exception));
            }

            TryTo(environment.Output.Flush);
            return (int)failure.ExitCode;
        }
    }

    /// <summary>Creates the root command.</summary>
    internal RootCommand CreateRoot()
    {
        const string description =
            "Sign in to DeviceCode services and to OAuth 2.0 providers with device logins (RFC 8628), and stay signed in.";
        var root = new RootCommand(description)
        {
            HelpName = "devicecode",
        };
        foreach (var command in new CliCommand[]
        {
            new LoginCommand(environment),
            new StatusCommand(environment),
            new TokenCommand(environment),
            new WhoAmICommand(environment),
            new RequestCommand(environment),
            new LogoutCommand(environment),
            new ProvidersCommand(environment),
            new LoginsCommand(environment),
            new CredsCommand(environment),
            new CompletionCommand(environment),
            new HelpCommand(environment, root),
            new VersionCommand(environment),
        })
        {
            root.Add(command);
        }

        root.Add(CommonOptions.CreateProfile(environment));
        root.Add(CommonOptions.Json);
        root.Add(CommonOptions.Verbose);
        var examples = new HelpWithExamples(new HelpAction());

        // The default also has /h, /? and -?, which completion should not offer.
        root.Options.Remove(root.Options.OfType<HelpOption>().Single());
        root.Options.Add(new HelpOption("--help", "-h") { Description = "show this help", Action = examples });
        root.Options.OfType<VersionOption>().Single().Description = "print the version";
        root.SetAction(examples.Invoke);
        return root;
    }

    // When the output cannot be written, for example on a full disk, the exit code must still be right.
    private static bool TryTo(Action write)
    {
        try
        {
            write();
            return true;
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException or CommandException)
        {
            return false;
        }
    }

    private void Print(Failure failure, bool isJson)
    {
        if (isJson)
        {
            EventsView.Print(environment.Output, new LoginEvent
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
            environment.Error.WriteLine(failure.Message);
        }
        else
        {
            var (red, reset) = environment.ErrorIsTerminal && environment.HasColour ? ("\e[31m", "\e[0m") : ("", "");
            environment.Error.WriteLine($"{red}error:{reset} {Printable.Line(failure.Message)}");
            if (failure.Fix is not null)
            {
                environment.Error.WriteLine($"       {Printable.Line(failure.Fix)}");
            }
        }
    }
}
