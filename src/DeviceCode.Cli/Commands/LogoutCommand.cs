namespace DeviceCode.Cli.Commands;

using DeviceCode.Cli.Login;
using DeviceCode.Cli.Profiles;

/// <summary><c>devicecode logout</c>: revokes, then forgets.</summary>
internal sealed class LogoutCommand(Surroundings around)
    : CliCommand("logout", "Sign out: revoke the tokens at the provider, then forget them here.", around)
{
    /// <inheritdoc />
    public override IReadOnlyList<(string CommandLine, string Effect)> Examples =>
    [
        ("devicecode logout", "the profile in use"),
        ("devicecode logout -p work", "another one"),
    ];

    /// <inheritdoc />
    protected override async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var name = context.ProfileName;
        var profile = context.Profiles.Require(name);
        if (!await SignOutAsync(context, name, profile, cancellationToken))
        {
            context.Notice($"{profile.Target.Name} cannot revoke tokens, so {StillGood(profile)}");
        }

        context.Print(
            new LoginEvent { Event = "signed_out", Profile = name, Provider = profile.Target.Name }, CliJson.Default.LoginEvent, () => $"Signed out of {profile.Target.Name}.");
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
            // Forgotten here all the same; the profile last, because without it nobody could try again.
            await context.Tokens(storage, profile.Target).DeleteAsync(name, CancellationToken.None);
            context.Profiles.Delete(name);
            context.Notice($"the tokens are forgotten here, but were not revoked: {StillGood(profile)}");
            throw;
        }
    }

    private static string StillGood(Profile profile) =>
        $"they are good until they expire{(profile.Target.Provider?.ApprovalsPage is { } page ? $"; take the approval back at {page.AbsoluteUri}" : "")}.";
}
