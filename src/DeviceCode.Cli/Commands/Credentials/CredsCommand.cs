namespace DeviceCode.Cli.Commands.Credentials;

using System.CommandLine;
using DeviceCode.Cli.Running;
using DeviceCode.Client;

/// <summary><c>devicecode creds</c>: credentials at other providers that a DeviceCode service keeps.</summary>
internal sealed class CredsCommand : CliCommand
{
    public CredsCommand(CommandEnvironment environment)
        : base("creds", "Use credentials at other providers, such as GitHub, that a DeviceCode service keeps fresh.", environment)
    {
        Add(new CredsAddCommand(environment));
        Add(new CredsTokenCommand(environment));
        Add(new CredsListCommand(environment));
        Add(new CredsProvidersCommand(environment));
        Add(new CredsRmCommand(environment));
        Add(Service);
    }

    /// <summary>The option of every subcommand for the service.</summary>
    public static Option<string?> Service { get; } = new("--service")
    {
        Description = "the URL of the service (default: DEVICECODE_SERVICE, the configured one, else that of the login or the session)",
        HelpName = "url",
        Recursive = true,
    };

    /// <inheritdoc />
    public override IReadOnlyList<(string CommandLine, string Effect)> Examples =>
    [
        ("devicecode creds add github", "sign in to GitHub; the service keeps the tokens"),
        (CredsTokenCommand.UseWithCurl, "use the token"),
        ("devicecode creds list", "list the credentials"),
    ];

    /// <summary>Returns a name if it is valid.</summary>
    /// <exception cref="CommandException">It is not.</exception>
    public static string RequireName(string name) => CredentialClient.IsName(name) ? name : throw new CommandException(
        ExitCode.Usage,
        $"Invalid credential name \"{name}\".",
        "Use up to 64 lower-case letters, digits, \".\", \"_\" and \"-\", and begin with a letter or a digit.");

    /// <inheritdoc />
    protected override async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var root = context.Arguments.RootCommandResult.Command;
        await root.Parse([Name, "--help"]).InvokeAsync(context.Arguments.InvocationConfiguration, cancellationToken);
        return ExitCode.Ok;
    }
}
