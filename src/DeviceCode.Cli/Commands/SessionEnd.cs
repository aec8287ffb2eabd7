namespace DeviceCode.Cli.Commands;

using DeviceCode.Cli.Accounts;
using DeviceCode.Cli.Running;
using DeviceCode.Client;

/// <summary>Ends the session of a profile at the credential broker, with all of its credentials, and deletes it here.</summary>
internal static class SessionEnd
{
    /// <summary>Ends the session of the current profile.</summary>
    /// <param name="context">The context of the command.</param>
    /// <param name="deletesInAnyCase">Whether to delete the session here even if the service cannot be reached.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The service; null when its name is not known, because the session was damaged.</returns>
    public static async Task<Uri?> EndAsync(CommandContext context, bool deletesInAnyCase, CancellationToken cancellationToken)
    {
        var profile = context.ProfileName;
        BrokerSession? session = null;
        try
        {
            session = context.Sessions.Load(profile);
            var secret = await context.Sessions.LoadSecretAsync(profile, session!, cancellationToken);
            await CredentialClient.ForSession(session!.Service, secret, context.Transport).EndSessionAsync(cancellationToken);
        }
        catch (DeviceLoginException ended) when (ended.Failure == DeviceLoginFailure.SignInAgain)
        {
            context.Notice("the session had already ended.");
        }
        catch (CommandException damaged) when (damaged is not KeyringException)
        {
            context.Notice($"{damaged.Message} {Left}");
        }
        catch (DeviceLoginException failed) when (deletesInAnyCase)
        {
            context.Notice($"{failed.Message} {Left}");
        }

        await context.Sessions.DeleteAsync(profile, session);
        return session?.Service;
    }

    private const string Left = "The session was deleted here, but not at the service: its credentials stay valid until they expire there.";
}
