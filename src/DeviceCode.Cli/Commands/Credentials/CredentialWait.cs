namespace DeviceCode.Cli.Commands.Credentials;

using DeviceCode.Cli.Login.Views;
using DeviceCode.Cli.Running;
using DeviceCode.Client;

/// <summary>Waits until the user has approved a credential.</summary>
internal static class CredentialWait
{
    /// <summary>Shows the code and waits. Ctrl-C and a time-out stop the waiting, but not the login at the service.</summary>
    /// <exception cref="CommandException">It was not approved in time.</exception>
    public static async Task<CredentialResponse.Token> WaitAsync(
        CommandContext context,
        BrokerOwner owner,
        CredentialClient client,
        CredentialResponse.Pending pending,
        ViewOptions options,
        TimeSpan? time,
        TimeSpan? minimum,
        CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(time ?? Timeout.InfiniteTimeSpan, context.Environment.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await using var view = options.CreateView(context, NameOf(owner, pending), pending.Authorization);
            return await client.WaitAsync(pending, view, minimum, either.Token);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            context.Notice(
                $"the credential \"{pending.Name}\" still waits for its approval at {owner.ServiceName}. "
                + $"To continue: {Continue(context, pending.Name)}");
            throw;
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            throw new CommandException(
                ExitCode.Pending,
                $"The credential \"{pending.Name}\" was not approved within {Wording.Roughly(time!.Value)}.",
                $"It still waits at {owner.ServiceName}. To continue: {Continue(context, pending.Name)}");
        }
        catch (DeviceLoginException failure) when (FixFor(context, pending.Name, pending.Provider, failure) is { } fix)
        {
            throw failure.WithFix(fix);
        }
    }

    /// <summary>Returns what the user signs in to, and for whom: the broker keeps the tokens.</summary>
    public static string NameOf(BrokerOwner owner, CredentialResponse.Pending pending) =>
        $"{pending.Provider ?? pending.Name} for {owner.ServiceName}";

    /// <summary>Returns the command that waits for a credential.</summary>
    public static string Continue(CommandContext context, string name) =>
        $"devicecode creds token {name} --wait{Fixes.ProfileFlag(context)}";

    /// <summary>Returns how to fix a failure to read a credential; null for one that does not concern the credential.</summary>
    public static string? FixFor(CommandContext context, string name, string? provider, DeviceLoginException failure) =>
        failure.Error switch
        {
            "not_found" when failure.Failure == DeviceLoginFailure.SignInAgain =>
                $"List the credentials: devicecode creds list{Fixes.ProfileFlag(context)}; "
                + $"or add it: devicecode creds add {provider ?? "PROVIDER"} --name {name}{Fixes.ProfileFlag(context)}",
            "access_denied" or "expired_token" or "account_mismatch" or "invalid_grant" or "answer_lost" or "provider_error" =>
                $"Add it again: {AddAgain(context, name, provider)}",
            _ => null,
        };

    /// <summary>Returns the command that replaces a credential.</summary>
    public static string AddAgain(CommandContext context, string name, string? provider) =>
        $"devicecode creds add {provider ?? "PROVIDER"}{(provider == name ? "" : $" --name {name}")} --replace{Fixes.ProfileFlag(context)}";
}
