namespace DeviceCode.Functions.Logins;

using DeviceCode.Core;
using DeviceCode.Core.OAuth;
using Microsoft.Azure.Functions.Worker;

/// <summary>
/// Ends the logins of people whose accounts the directory has disabled or deleted, if the service may read the directory.
/// </summary>
/// <param name="logins">The logins.</param>
/// <param name="directories">The directory; none if the service may not read it.</param>
/// <param name="audit">The audit events.</param>
public sealed class DirectoryFunction(LoginService logins, IEnumerable<IUserDirectory> directories, LoginAudit audit)
{
    // Less than the time that the Functions host allows. The next run continues.
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(9);

    /// <summary>Runs every hour.</summary>
    [Function("logins-directory")]
    public async Task RunAsync([TimerTrigger("0 25 * * * *")] TimerInfo timer, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(TimeLimit, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        foreach (var directory in directories)
        {
            try
            {
                await logins.EndOfGoneAsync(directory, audit.EndedByDirectory, either.Token);
            }
            catch (Exception fault) when (fault is DirectoryUnavailableException or StoreUnavailableException)
            {
                audit.DirectoryUnavailable(fault.Message);
            }
            catch (OperationCanceledException) when (late.IsCancellationRequested)
            {
                audit.DirectoryUnavailable($"The run took longer than {TimeLimit.TotalMinutes} minutes.");
            }
        }
    }
}
