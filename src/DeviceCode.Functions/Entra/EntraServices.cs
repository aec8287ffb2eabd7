namespace DeviceCode.Functions.Entra;

using DeviceCode.Functions.Hosting;
using DeviceCode.Functions.SignIn;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Identity.Web;

/// <summary>Registers the sign-in with Entra ID.</summary>
internal static class EntraServices
{
    /// <summary>Adds the sign-in with Entra ID, configured under <c>AzureAd</c>.</summary>
    public static IHostApplicationBuilder AddEntraSignIn(this IHostApplicationBuilder builder)
    {
        builder.Services.AddValidated<EntraOptions>("AzureAd", options => options.Validate());
        builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme)
            .AddMicrosoftIdentityWebApi(builder.Configuration, "AzureAd");
        builder.Services.AddSingleton<IUserSignIn, EntraSignIn>();
        return builder;
    }
}
