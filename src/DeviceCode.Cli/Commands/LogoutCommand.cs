namespace DeviceCode.Cli.Commands;

using DeviceCode.Cli.Accounts;
using DeviceCode.Cli.Login.Views;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Targets;

/// <summary><c>devicecode logout</c>: revokes the tokens, then deletes them.</summary>
internal sealed class LogoutCommand(CommandEnvironment environment)
    : CliCommand("logout", "Sign out: revoke the tokens at the provider, then delete them here.", environment)
{
    /// <inheritdoc />
    public override IReadOnlyList<(string CommandLine, string Effect)> Examples =>
    [
        ("devicecode logout", "sign out of the current profile"),
        ("devicecode logout -p work", "sign out of another one"),
    ];

    /// <inheritdoc />
    protected override async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var name = context.ProfileName;
        var profile = context.Profiles.Require(name);
        if (!await SignOutAsync(context, name, profile, cancellationToken))
        {
            context.Notice($"{profile.Target.Name} cannot revoke tokens, so {StillValid(profile)}");
        }

        context.Print(
            new LoginEvent { Event = "signed_out", Profile = name, Provider = profile.Target.Name },
            LoginEventJson.Default.LoginEvent,
            () => $"Signed out of {profile.Target.Name}.");
        return ExitCode.Ok;
    }

    private static async Task<bool> SignOutAsync(CommandContext context, string name, Profile profile, CancellationToken cancellationToken)
    {
        if (profile.Storage is not { } storage)
        {
            context.Profiles.Delete(name);
            return true;
        }

        try
        {
            var revoked = await context.WithTokensAsync(name, profile, stored => stored.SignOutAsync(cancellationToken));
            context.Profiles.Delete(name);
            return revoked;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // Delete the profile last: without it, the user could not try again.
            await context.Tokens(storage, profile.Target).DeleteAsync(name, CancellationToken.None);
            context.Profiles.Delete(name);
            context.Notice($"the tokens were deleted here but not revoked: {StillValid(profile)}");
            throw;
        }
    }

    private static string StillValid(Profile profile)
    {
        var page = (profile.Target as LoginTarget.Provider)?.Server.ApprovalsPage;
        return $"they are valid until they expire{(page is null ? "" : $"; you can revoke the approval at {page.AbsoluteUri}")}.";
    }
}
