namespace DeviceCode.Functions.Entra;

using DeviceCode.Core.Devices;
using DeviceCode.Functions.SignIn;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

/// <summary>Users of Entra ID, by the access token that the request carries (settings under <c>AzureAd</c>).</summary>
internal sealed class EntraSignIn(IOptions<EntraOptions> options) : IUserSignIn
{
    /// <inheritdoc />
    public PageSignIn Page => options.Value.Page;

    /// <inheritdoc />
    public async Task<User?> AuthenticateAsync(HttpContext context)
    {
        var result = await context.AuthenticateAsync(JwtBearerDefaults.AuthenticationScheme);

        // Not a 401, upon which the page would have the person sign in again, and again.
        if (IsOutage(result.Failure))
        {
            throw new SignInUnavailableException("The metadata and keys of Entra ID, which tokens are checked with, cannot be had.", result.Failure);
        }

        return result.Succeeded ? EntraClaims.ToUser(result.Principal) : null;
    }

    // Without the tenant's metadata, which names the issuers and the keys, the library finds fault with the token, but keeps the reason.
    private static bool IsOutage(Exception? failure) => failure switch
    {
        null => false,
        HttpRequestException or IOException => true,
        AggregateException several => several.InnerExceptions.Any(IsOutage),
        _ => IsOutage(failure.InnerException),
    };
}
