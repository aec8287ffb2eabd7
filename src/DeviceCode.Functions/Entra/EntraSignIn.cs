namespace DeviceCode.Functions.Entra;

using DeviceCode.Core.Devices;
using DeviceCode.Functions.SignIn;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Identity.Web;

/// <summary>Users of Entra ID, by the access token that the request carries (settings under <c>AzureAd</c>).</summary>
internal sealed class EntraSignIn(IOptions<EntraOptions> options) : IUserSignIn
{
    /// <inheritdoc />
    public PageSignIn Page => options.Value.Page;

    /// <inheritdoc />
    public async Task<User?> AuthenticateAsync(HttpContext context)
    {
        // The second value is an answer that quotes the token's defect; ours says less.
        var (authenticated, _) = await context.AuthenticateAzureFunctionAsync();
        return authenticated ? EntraClaims.ToUser(context.User) : null;
    }
}
