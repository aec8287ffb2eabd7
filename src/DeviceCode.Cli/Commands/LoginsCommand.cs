namespace DeviceCode.Cli.Commands;

using DeviceCode.Cli.Login.Views;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Targets;
using DeviceCode.Cli.Terminal;
using DeviceCode.Client;

/// <summary><c>devicecode logins</c>: lists the user's logins at a DeviceCode service, on every machine.</summary>
internal sealed class LoginsCommand : CliCommand
{
    private const string ScopeName = "logins";

    public LoginsCommand(CommandEnvironment environment)
        : base("logins", "List your logins at a DeviceCode service, on every machine, and end them.", environment) =>
        Add(new LoginsEndCommand(environment));

    /// <inheritdoc />
    public override IReadOnlyList<(string CommandLine, string Effect)> Examples =>
    [
        ("devicecode logins", "list where you are signed in, and since when"),
        ("devicecode logins end --others", "end every login but this one"),
        ("devicecode logins --json | jq -r .id", "get the ids in a script"),
    ];

    /// <summary>Calls a function with a client for the service of the profile.</summary>
    /// <exception cref="CommandException">The profile has no login with tokens of a DeviceCode service.</exception>
    public static async Task<T> UseAsync<T>(CommandContext context, Func<LoginsClient, Task<T>> use)
    {
        var name = context.ProfileName;
        var profile = context.Profiles.Require(name);
        return await context.WithTokensAsync(name, profile, async tokens =>
        {
            var provider = (LoginTarget.Provider)profile.Target;
            if (provider.Server is not { Issuer: { } issuer, ApprovalsPage: null })
            {
                throw new CommandException(
                    ExitCode.Usage,
                    $"{provider.Name} is not a DeviceCode service, so its logins cannot be listed here.",
                    provider.Server.ApprovalsPage is { } page
                        ? $"They are listed at {page.AbsoluteUri}"
                        : "Use a profile that is signed in to a DeviceCode service.");
            }

            try
            {
                return await use(new LoginsClient(issuer, tokens, context.Transport));
            }
            catch (DeviceLoginException failure) when (failure.Error == "insufficient_scope")
            {
                throw failure.WithFix(Fixes.SignInWith(context, provider, ScopeName));
            }
            catch (DeviceLoginException failure) when (failure.Failure == DeviceLoginFailure.SignInAgain)
            {
                throw failure.WithFix($"Sign in again: devicecode login{Fixes.ProfileFlag(context)}");
            }
        });
    }

    /// <inheritdoc />
    protected override async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        await UseAsync(context, async client =>
        {
            await foreach (var login in client.ListAsync(cancellationToken))
            {
                context.Print(ActiveLoginOutput.Of(login), CommandsJson.Default.ActiveLoginOutput, () => Describe(context, login));
            }

            return true;
        });
        return ExitCode.Ok;
    }

    private static string Describe(CommandContext context, ActiveLogin login)
    {
        var now = context.Environment.Time.GetUtcNow();
        List<string?> lines =
        [
            $"{login.Id}: {login.ClientName ?? login.ClientId}{(login.IsCurrent ? " (this login)" : "")}",
            Use("Signed in", login.CreatedAt, login.CreatedFrom),
            login.LastUsedAt == login.CreatedAt ? null : Use("Last used", login.LastUsedAt, login.LastUsedFrom),
            login.ExpiresAt is { } end ? $"    Ends in {Wording.Roughly(end - now)}, unless it is used before" : null,
            login.Scope is null ? null : $"    Scope: {login.Scope}",
        ];
        return string.Join('\n', lines.OfType<string>().Select(Printable.Line));

        string? Use(string what, DateTimeOffset? at, LoginOrigin from) => at is not { } time ? null
            : $"    {what} {Wording.Roughly(now - time)} ago{(from.Ip is { } ip ? $" from {ip}" : "")}"
                + $"{(from.UserAgent is { } agent ? $" with {agent}" : "")}";
    }
}

/// <summary>One line of <c>devicecode logins --json</c>.</summary>
internal sealed record ActiveLoginOutput(
    string Id,
    string ClientId,
    string? ClientName,
    string? Scope,
    DateTimeOffset? CreatedAt,
    LoginOrigin CreatedFrom,
    DateTimeOffset? LastUsedAt,
    LoginOrigin LastUsedFrom,
    DateTimeOffset? ExpiresAt,
    bool Current)
{
    public static ActiveLoginOutput Of(ActiveLogin login) => new(
        login.Id,
        login.ClientId,
        login.ClientName,
        login.Scope,
        login.CreatedAt,
        login.CreatedFrom,
        login.LastUsedAt,
        login.LastUsedFrom,
        login.ExpiresAt,
        login.IsCurrent);
}
