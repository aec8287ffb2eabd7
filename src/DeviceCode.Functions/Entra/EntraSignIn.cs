namespace DeviceCode.Functions.Entra;

using System.Security.Claims;
using DeviceCode.Core;
using DeviceCode.Functions.SignIn;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

/// <summary>Authenticates users of Entra ID by the access token in the request (settings under <c>AzureAd</c>).</summary>
internal sealed class EntraSignIn(EntraOptions options, IOptionsMonitor<JwtBearerOptions> bearer, TimeProvider time) : IUserSignIn
{
    // Requests that need the tenant's metadata read it one after another. While it cannot be read, each of them waits for its own attempt.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <inheritdoc />
    public PageSignIn Page => options.Page;

    /// <inheritdoc />
    public async Task<User?> AuthenticateAsync(HttpContext context, CancellationToken cancellationToken) =>
        await ValidateAsync(context, cancellationToken) is { } principal ? EntraClaims.ToUser(principal) : null;

    /// <inheritdoc />
    public async Task<Administrator?> AuthenticateAdministratorAsync(HttpContext context, CancellationToken cancellationToken) =>
        await ValidateAsync(context, cancellationToken) is { } principal ? EntraClaims.ToAdministrator(principal) : null;

    /// <summary>Returns the claims of the access token in the request; null if there is no valid one.</summary>
    private async Task<ClaimsPrincipal?> ValidateAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if (context.Request.Headers.Authorization.Count == 0)
        {
            return null;
        }

        await LoadKeysAsync(cancellationToken);
        var result = await context.AuthenticateAsync(JwtBearerDefaults.AuthenticationScheme);
        return result.Succeeded ? result.Principal : null;
    }

    /// <summary>
    /// Loads the tenant's keys, unless they are cached. Without keys every token would be invalid, and on a 401 the page makes the user
    /// sign in again, in a loop.
    /// </summary>
    private async Task LoadKeysAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var metadata = bearer.Get(JwtBearerDefaults.AuthenticationScheme).ConfigurationManager!;

            // A timeout does not cancel the request under way; later requests use its result.
            await metadata.GetConfigurationAsync(either.Token).WaitAsync(either.Token);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unavailable($"No response within {Timeout.TotalSeconds} seconds.", late);
        }
        catch (InvalidOperationException fault)
        {
            throw Unavailable(ReasonOf(fault), fault);
        }
    }

    // The innermost exception has the reason, except for a timeout, whose innermost exception is an aborted socket.
    private static string ReasonOf(Exception fault) =>
        fault is TaskCanceledException || fault.InnerException is null ? fault.Message : ReasonOf(fault.InnerException);

    private static SignInUnavailableException Unavailable(string reason, Exception cause) =>
        new($"Tokens cannot be validated, because the keys of Entra ID cannot be read: {reason}", cause);
}
