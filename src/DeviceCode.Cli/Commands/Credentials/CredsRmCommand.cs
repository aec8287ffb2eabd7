namespace DeviceCode.Cli.Commands.Credentials;

using System.CommandLine;
using DeviceCode.Cli.Login.Views;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Terminal;
using DeviceCode.Client;

/// <summary><c>devicecode creds rm</c>: deletes credentials and revokes their tokens.</summary>
internal sealed class CredsRmCommand : CliCommand
{
    private readonly Argument<string[]> _names = new("NAME")
    {
        HelpName = "NAME",
        Description = "the names of the credentials",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<bool> _all = new("--all") { Description = "delete all credentials of the profile, and end its session" };

    public CredsRmCommand(CommandEnvironment environment)
        : base("rm", "Delete credentials: revoke their tokens at the provider, and delete them at the service.", environment)
    {
        Add(_names);
        Add(_all);
    }

    /// <inheritdoc />
    public override IReadOnlyList<(string CommandLine, string Effect)> Examples =>
    [
        ("devicecode creds rm github", "delete one credential"),
        ("devicecode creds rm --all", "delete all credentials, and end the session if there is one"),
    ];

    /// <inheritdoc />
    protected override async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var names = context.Arguments.GetValue(_names) ?? [];
        var all = context.Arguments.GetValue(_all);
        if (all == names.Length > 0)
        {
            throw new CommandException(
                ExitCode.Usage,
                all ? "--all deletes all credentials, so the names have no effect." : "Neither a name nor --all is given.",
                "Give the names of the credentials, or --all.");
        }

        Array.ForEach(names, name => CredsCommand.RequireName(name));
        if (all && context.Sessions.Exists(context.ProfileName))
        {
            await EndSessionAsync(context, cancellationToken);
            if (!await HasLoginAsync(context, cancellationToken))
            {
                return ExitCode.Ok;
            }
        }

        var owner = await FindAsync(context, cancellationToken);
        return await owner.UseAsync(
            context,
            async client =>
            {
                var found = all ? (await client.ListAsync(cancellationToken)).Select(credential => credential.Name) : names;
                foreach (var name in found.ToList())
                {
                    await DeleteAsync(context, client, name, cancellationToken);
                }

                return ExitCode.Ok;
            },
            cancellationToken);
    }

    private static Task<BrokerOwner> FindAsync(CommandContext context, CancellationToken cancellationToken) =>
        BrokerOwner.FindAsync(context, context.Arguments.GetValue(CredsCommand.Service), allowsNew: false, cancellationToken);

    private static async Task<bool> HasLoginAsync(CommandContext context, CancellationToken cancellationToken)
    {
        try
        {
            return await FindAsync(context, cancellationToken) is BrokerOwner.Login;
        }
        catch (CommandException)
        {
            return false;
        }
    }

    private static async Task EndSessionAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var service = await SessionEnd.EndAsync(context, deletesInAnyCase: false, cancellationToken);
        context.Print(
            new LoginEvent { Event = "session_ended", Profile = context.ProfileName, Service = service?.AbsoluteUri },
            LoginEventJson.Default.LoginEvent,
            () => service is null ? "Deleted the session." : $"Ended the session at {service.Authority} and deleted its credentials.");
    }

    private static async Task DeleteAsync(
        CommandContext context, CredentialClient client, string name, CancellationToken cancellationToken)
    {
        DeletedCredential deleted;
        try
        {
            deleted = await client.DeleteAsync(name, cancellationToken);
        }
        catch (DeviceLoginException failure) when (failure is { Error: "not_found", Failure: DeviceLoginFailure.SignInAgain })
        {
            throw failure.WithFix("To list the credentials, run: devicecode creds list");
        }

        if (!deleted.IsRevoked)
        {
            var page = deleted.ApprovalsPage is null ? "" : $"; you can revoke the approval at {Printable.Address(deleted.ApprovalsPage)}";
            context.Notice($"the tokens of \"{name}\" were not revoked, and are valid until they expire{page}.");
        }

        context.Print(
            new LoginEvent
            {
                Event = "deleted",
                Name = name,
                Revoked = deleted.IsRevoked,
                ApprovalsPage = deleted.ApprovalsPage?.AbsoluteUri,
            },
            LoginEventJson.Default.LoginEvent,
            () => $"Deleted the credential \"{name}\"{(deleted.IsRevoked ? " and revoked its tokens" : "")}.");
    }
}
