namespace DeviceCode.Functions.Entra;

using DeviceCode.Core;
using DeviceCode.Functions.SignIn;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

/// <summary>Users of Entra ID, by the access token that the request carries (settings under <c>AzureAd</c>).</summary>
internal sealed class EntraSignIn(EntraOptions options, IOptionsMonitor<JwtBearerOptions> bearer, TimeProvider time) : IUserSignIn
{
    // Those who wait for the tenant's metadata queue up, and while it cannot be read, each tries for itself.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <inheritdoc />
    public PageSignIn Page => options.Page;

    /// <inheritdoc />
    public async Task<User?> AuthenticateAsync(HttpContext context)
    {
        if (context.Request.Headers.Authorization.Count == 0)
        {
            return null;
        }

        await HaveKeysAsync(context.RequestAborted);
        var result = await context.AuthenticateAsync(JwtBearerDefaults.AuthenticationScheme);
        return result.Succeeded ? EntraClaims.ToUser(result.Principal) : null;
    }

    /// <summary>
    /// Returns when the tenant's keys are known; most of the time, at once. Without them no token would be found valid, and a 401 makes the page have the
    /// person sign in again, and again.
    /// </summary>
    private async Task HaveKeysAsync(CancellationToken aborted)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, aborted);
        try
        {
            var metadata = bearer.Get(JwtBearerDefaults.AuthenticationScheme).ConfigurationManager!;

            // The reading under way does not hear of it; what it gets, those who come later have.
            await metadata.GetConfigurationAsync(either.Token).WaitAsync(either.Token);
        }
        catch (OperationCanceledException late) when (!aborted.IsCancellationRequested)
        {
            throw Unavailable($"No answer in {Patience.TotalSeconds} seconds.", late);
        }
        catch (InvalidOperationException fault)
        {
            throw Unavailable(ReasonOf(fault), fault);
        }
    }

    // The innermost says what happened, but for a timeout, which ends in a socket that was told to stop.
    private static string ReasonOf(Exception fault) =>
        fault is TaskCanceledException || fault.InnerException is null ? fault.Message : ReasonOf(fault.InnerException);

    private static SignInUnavailableException Unavailable(string reason, Exception cause) =>
        new($"The keys of Entra ID, which tokens are checked with, cannot be read: {reason}", cause);
}
