namespace DeviceCode.Cli.Commands;

using DeviceCode.Cli.Failures;
using DeviceCode.Cli.Login;
using DeviceCode.Cli.Profiles;

/// <summary><c>devicecode whoami</c>: who is signed in, asked of the provider.</summary>
internal sealed class WhoAmICommand(Surroundings around)
    : CliCommand("whoami", "Ask the provider who is signed in.", around)
{
    /// <inheritdoc />
    public override IReadOnlyList<(string CommandLine, string Effect)> Examples =>
    [
        ("devicecode whoami", "Alice Example <alice@example.com>"),
        ("devicecode whoami --json | jq -r .email", "for scripts"),
    ];

    /// <inheritdoc />
    protected override async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var name = context.ProfileName;
        var profile = context.Profiles.Require(name);
        var answer = profile.Target.Provider is null
            ? new PersonAnswer(name, profile.Target.Name, profile.User!.Name, profile.User.Email)
            : await AskAsync(context, name, profile, cancellationToken);
        context.Print(answer, CliJson.Default.PersonAnswer, () => new Person(answer.Name, answer.Email).ToString());
        return ExitCode.Ok;
    }

    private static async Task<PersonAnswer> AskAsync(CommandContext context, string name, Profile profile, CancellationToken cancellationToken)
    {
        var tokens = await context.WithTokensAsync(name, profile, stored => stored.GetAsync(cancellationToken));
        var login = profile.Target.ToLogin(context.Settings.ClientSecret, context.Connection);
        var user = await login.GetUserInfoAsync(tokens, cancellationToken) ?? throw new CommandException(
            ExitCode.Usage, $"{profile.Target.Name} has no address to ask who signed in.", "Look at what it grants: devicecode status");
        var person = Person.Of(user);
        return new PersonAnswer(name, profile.Target.Name, person.Name, person.Email, user.Subject, user.Username);
    }
}
