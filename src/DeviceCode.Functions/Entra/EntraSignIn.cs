namespace DeviceCode.Functions.Entra;

using DeviceCode.Core.Devices;
using DeviceCode.Functions.SignIn;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

/// <summary>Users of Entra ID, by the access token that the request carries (settings under <c>AzureAd</c>).</summary>
internal sealed class EntraSignIn(IOptions<EntraOptions> options, TimeProvider time) : IUserSignIn
{
    // A token that is known to be good or bad after this long does not help anybody who waits.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <inheritdoc />
    public PageSignIn Page => options.Value.Page;

    /// <inheritdoc />
    public async Task<User?> AuthenticateAsync(HttpContext context)
    {
        try
        {
            var result = await context.AuthenticateAsync(JwtBearerDefaults.AuthenticationScheme).WaitAsync(Patience, time, context.RequestAborted);
            return IsOutage(result.Failure) ? throw Unavailable(result.Failure) : result.Succeeded ? EntraClaims.ToUser(result.Principal) : null;
        }
        catch (TimeoutException late)
        {
            throw Unavailable(late);
        }
    }

    // Not a 401, upon which the page would have the person sign in again, and again.
    private static SignInUnavailableException Unavailable(Exception? reason) =>
        new("The metadata and keys of Entra ID, which tokens are checked with, cannot be had.", reason);

    // Without the tenant's metadata, which names the issuers and the keys, the library finds fault with the token, but keeps the reason.
    private static bool IsOutage(Exception? failure) => failure switch
    {
        null => false,
        HttpRequestException or IOException => true,
        AggregateException several => several.InnerExceptions.Any(IsOutage),
        _ => IsOutage(failure.InnerException),
    };
}
