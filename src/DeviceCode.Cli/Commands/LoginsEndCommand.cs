namespace DeviceCode.Cli.Commands;

using System.CommandLine;
using DeviceCode.Cli.Login.Views;
using DeviceCode.Cli.Running;
using DeviceCode.Client;

/// <summary><c>devicecode logins end</c>: ends logins, with their tokens, at once.</summary>
internal sealed class LoginsEndCommand : CliCommand
{
    private readonly Argument<string[]> _ids = new("ID")
    {
        HelpName = "ID",
        Description = "the ids of the logins, from the list",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<bool> _all = new("--all") { Description = "end all logins, this one included" };
    private readonly Option<bool> _others = new("--others") { Description = "end all logins but this one" };

    public LoginsEndCommand(CommandEnvironment environment)
        : base("end", "End logins: the service rejects their tokens from then on, on every machine.", environment)
    {
        Add(_ids);
        Add(_all);
        Add(_others);
    }

    /// <inheritdoc />
    public override IReadOnlyList<(string CommandLine, string Effect)> Examples =>
    [
        ("devicecode logins end 5f0c7a52-9d0e-4c55-8a55-2f6d1f2f7f10", "end one login"),
        ("devicecode logins end --others", "end all logins but this one"),
        ("devicecode logins end --all", "end all logins, this one included"),
    ];

    /// <inheritdoc />
    protected override async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var ids = context.Arguments.GetValue(_ids) ?? [];
        var (all, others) = (context.Arguments.GetValue(_all), context.Arguments.GetValue(_others));
        if (new[] { ids.Length > 0, all, others }.Count(isGiven => isGiven) != 1)
        {
            throw new CommandException(
                ExitCode.Usage,
                ids.Length == 0 && !all
                    ? "Neither an id nor --all nor --others is given."
                    : "An id, --all and --others exclude each other.",
                "Give the ids of the logins, --all or --others.");
        }

        return await LoginsCommand.UseAsync(context, async client =>
        {
            if (ids.Length == 0)
            {
                Print(context, await client.EndAllAsync(exceptCurrent: others, cancellationToken));
                NoticeIf(context, all);
                return ExitCode.Ok;
            }

            // The current one last: its token ends the others.
            var current = await CurrentAsync(client, cancellationToken);
            DeviceLoginException? unknown = null;
            foreach (var id in ids.Distinct(StringComparer.OrdinalIgnoreCase).OrderBy(IsCurrent))
            {
                try
                {
                    await client.EndAsync(id, cancellationToken);
                    Print(context, 1, id);
                    NoticeIf(context, IsCurrent(id));
                }
                catch (DeviceLoginException failure) when (
                    failure.Failure == DeviceLoginFailure.Configuration && failure.Error != "insufficient_scope")
                {
                    // One id that is wrong does not keep the others signed in.
                    unknown ??= failure.WithFix("To list the logins, run: devicecode logins");
                }
            }

            return unknown is null ? ExitCode.Ok : throw unknown;

            bool IsCurrent(string id) => string.Equals(id, current, StringComparison.OrdinalIgnoreCase);
        });
    }

    private static async Task<string?> CurrentAsync(LoginsClient client, CancellationToken cancellationToken)
    {
        await foreach (var login in client.ListAsync(cancellationToken))
        {
            if (login.IsCurrent)
            {
                return login.Id;
            }
        }

        return null;
    }

    private static void Print(CommandContext context, int ended, string? id = null) => context.Print(
        new LoginEvent { Event = "logins_ended", Profile = context.ProfileName, Id = id, Ended = ended },
        LoginEventJson.Default.LoginEvent,
        () => id is not null ? $"Ended the login {id}." : ended == 1 ? "Ended 1 login." : $"Ended {ended} logins.");

    private static void NoticeIf(CommandContext context, bool isCurrent)
    {
        if (isCurrent)
        {
            context.Notice(
                $"the login of the profile \"{context.ProfileName}\" has ended, too. "
                + $"To delete what is left of it here: devicecode logout{Fixes.ProfileFlag(context)}");
        }
    }
}
