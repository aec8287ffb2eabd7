namespace DeviceCode.Functions.Logins;

using DeviceCode.Core;
using DeviceCode.Core.OAuth;
using DeviceCode.Functions.SignIn;
using Microsoft.Extensions.Logging;

/// <summary>The audit events of logins that are ended, one for each login, and of the requests of administrators.</summary>
public sealed partial class LoginAudit(ILogger<LoginAudit> logger)
{
    /// <summary>The owner ended a login.</summary>
    internal void EndedByOwner(User owner, Guid grant) => LogEnded(grant, owner.Subject, "owner", owner.Subject);

    /// <summary>An administrator begins to end logins.</summary>
    internal void EndingByAdministrator(Administrator administrator, string target, string reason) =>
        LogReason(administrator.Id, target, reason);

    /// <summary>An administrator lists logins.</summary>
    internal void ListedByAdministrator(Administrator administrator, string target) => LogListed(administrator.Id, target);

    /// <summary>An administrator ended a login.</summary>
    internal void EndedByAdministrator(Administrator administrator, Login login) =>
        LogEnded(login.Id, login.User.Subject, "administrator", administrator.Id);

    /// <summary>The directory has disabled or deleted the account of the owner.</summary>
    internal void EndedByDirectory(Login login) => LogEnded(login.Id, login.User.Subject, "directory", login.User.Subject);

    /// <summary>The directory could not be asked.</summary>
    internal void DirectoryUnavailable(string reason) => LogDirectoryUnavailable(reason);

    // For the directory, the actor's id is that of the account.
    [LoggerMessage(
        1, LogLevel.Information, "The login {GrantId} of {UserId} was ended by the {Actor} {ActorId}.", EventName = "LoginEnded")]
    private partial void LogEnded(Guid grantId, string userId, string actor, string actorId);

    [LoggerMessage(
        2,
        LogLevel.Warning,
        "The administrator {AdministratorId} ends the logins of {Target}. Reason: {Reason}",
        EventName = "LoginsEndedByAdministrator")]
    private partial void LogReason(string administratorId, string target, string reason);

    [LoggerMessage(
        4,
        LogLevel.Information,
        "The administrator {AdministratorId} lists the logins of {Target}.",
        EventName = "LoginsListedByAdministrator")]
    private partial void LogListed(string administratorId, string target);

    [LoggerMessage(
        3,
        LogLevel.Error,
        "The logins of disabled accounts cannot be ended: {Reason} The next run tries again.",
        EventName = "DirectoryUnavailable")]
    private partial void LogDirectoryUnavailable(string reason);
}
