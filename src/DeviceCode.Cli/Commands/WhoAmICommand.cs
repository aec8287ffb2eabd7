namespace DeviceCode.Cli.Commands;

using DeviceCode.Cli.Accounts;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Targets;

/// <summary><c>devicecode whoami</c>: asks the provider who is signed in.</summary>
internal sealed class WhoAmICommand(CommandEnvironment environment)
    : CliCommand("whoami", "Ask the provider who is signed in.", environment)
{
    /// <inheritdoc />
    public override IReadOnlyList<(string CommandLine, string Effect)> Examples =>
    [
        ("devicecode whoami", "Alice Example <alice@example.com>"),
        ("devicecode whoami --json | jq -r .email", "get one value in a script"),
    ];

    /// <inheritdoc />
    protected override async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var name = context.ProfileName;
        var profile = context.Profiles.Require(name);
        var person = profile.Target is LoginTarget.Provider provider
            ? await AskAsync(context, name, profile, provider, cancellationToken)
            : new PersonOutput(name, profile.Target.Name, profile.User!.Name, profile.User.Email);
        context.Print(person, CommandsJson.Default.PersonOutput, () => new Person(person.Name, person.Email).ToString());
        return ExitCode.Ok;
    }

    private static async Task<PersonOutput> AskAsync(
        CommandContext context, string name, Profile profile, LoginTarget.Provider provider, CancellationToken cancellationToken)
    {
        var user = await context.WithTokensAsync(name, profile, stored => stored.GetUserInfoAsync(cancellationToken))
            ?? throw new CommandException(
                ExitCode.Usage,
                $"{provider.Name} has no userinfo endpoint, so the signed-in user is unknown.",
                "To see what the profile contains, run: devicecode status");
        var person = Person.Of(user);
        return new PersonOutput(name, provider.Name, person.Name, person.Email, user.Subject, user.Username);
    }
}

/// <summary>The output of <c>devicecode whoami --json</c>. Members that the provider does not return are left out.</summary>
internal sealed record PersonOutput(
    string Profile, string Provider, string Name, string? Email, string? Subject = null, string? Username = null);
