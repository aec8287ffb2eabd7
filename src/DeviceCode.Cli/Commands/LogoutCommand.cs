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
        var hadSession = context.Sessions.Exists(name);
        if (hadSession)
        {
            await SessionEnd.EndAsync(context, deletesInAnyCase: true, cancellationToken);
        }

        Profile profile;
        try
        {
            profile = context.Profiles.Require(name);
        }
        catch (CommandException unusable)
        {
            var existed = context.Profiles.Exists(name);
            await ForgetAsync(context, name, existed, cancellationToken);
            if (!existed && !hadSession)
            {
                throw;
            }

            if (existed)
            {
                context.Notice(
                    $"{unusable.Message} It was deleted, and its tokens were not revoked: they are valid until they expire.");
            }

            context.Print(
                new LoginEvent { Event = "signed_out", Profile = name },
                LoginEventJson.Default.LoginEvent,
                () => existed ? $"Deleted the profile \"{name}\"." : $"Ended the session of the profile \"{name}\".");
            return ExitCode.Ok;
        }

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
        catch (Exception failure) when (failure is not (OperationCanceledException or KeyringException))
        {
            if (failure is IOException or UnauthorizedAccessException)
            {
                context.Notice("the tokens cannot be deleted here. They may have been revoked.");
                throw;
            }

            // Delete the profile last: without it, the user could not try again.
            await context.Tokens(storage, profile.Target).DeleteAsync(name, CancellationToken.None);
            context.Profiles.Delete(name);
            context.Notice($"the tokens were deleted here but not revoked: {StillValid(profile)}");
            throw;
        }
    }

    // Without a readable profile, it is not known where the tokens are.
    private static async Task ForgetAsync(CommandContext context, string name, bool existed, CancellationToken cancellationToken)
    {
        await context.Files.DeleteAsync(name, cancellationToken);
        if (existed)
        {
            try
            {
                await context.Keyring.DeleteAsync(name, cancellationToken);
            }
            catch (KeyringException)
            {
                // There may be none. The notice says that the tokens are still valid.
            }
        }

        context.Profiles.Delete(name);
    }

    private static string StillValid(Profile profile)
    {
        var page = (profile.Target as LoginTarget.Provider)?.Server.ApprovalsPage;
        return $"they are valid until they expire{(page is null ? "" : $"; you can revoke the approval at {page.AbsoluteUri}")}.";
    }
}
