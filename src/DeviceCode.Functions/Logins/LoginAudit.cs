namespace DeviceCode.Functions.Logins;

using DeviceCode.Core;
using DeviceCode.Functions.SignIn;
using Microsoft.Extensions.Logging;

/// <summary>The audit events of ended logins, one for each login.</summary>
public sealed partial class LoginAudit(ILogger<LoginAudit> logger)
{
    /// <summary>The owner ended logins.</summary>
    internal void EndedByOwner(User owner, IEnumerable<Guid> grants) => LogEach(grants, "owner", owner.Subject);

    /// <summary>An administrator ended logins.</summary>
    internal void EndedByAdministrator(Administrator administrator, string reason, IReadOnlyCollection<Guid> grants)
    {
        LogReason(administrator.Id, grants.Count, reason);
        LogEach(grants, "administrator", administrator.Id);
    }

    /// <summary>The directory has disabled or deleted the account of the owner.</summary>
    internal void EndedByDirectory(User owner, IEnumerable<Guid> grants) => LogEach(grants, "directory", owner.Subject);

    /// <summary>The directory could not be asked.</summary>
    internal void DirectoryUnavailable(string reason) => LogDirectoryUnavailable(reason);

    private void LogEach(IEnumerable<Guid> grants, string actor, string actorId)
    {
        foreach (var grant in grants)
        {
            LogEnded(grant, actor, actorId);
        }
    }

    // For the directory, the id is that of the account.
    [LoggerMessage(1, LogLevel.Information, "The login {GrantId} was ended by the {Actor} {ActorId}.", EventName = "LoginEnded")]
    private partial void LogEnded(Guid grantId, string actor, string actorId);

    [LoggerMessage(
        2,
        LogLevel.Warning,
        "The administrator {AdministratorId} ended {Logins} logins. Reason: {Reason}",
        EventName = "LoginsEndedByAdministrator")]
    private partial void LogReason(string administratorId, int logins, string reason);

    [LoggerMessage(
        3,
        LogLevel.Error,
        "The logins of disabled accounts cannot be ended: {Reason} The next run tries again.",
        EventName = "DirectoryUnavailable")]
    private partial void LogDirectoryUnavailable(string reason);
}
