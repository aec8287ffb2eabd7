namespace DeviceCode.Functions.Entra;

using Azure.Core;
using Azure.Identity;
using DeviceCode.Core.OAuth;
using DeviceCode.Functions.Options;
using DeviceCode.Functions.SignIn;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Identity.Abstractions;
using Microsoft.Identity.Client;
using Microsoft.Identity.Web;

/// <summary>Registers the sign-in with Entra ID.</summary>
internal static class EntraServices
{
    /// <summary>The name of the HTTP client that reads the valid issuers.</summary>
    public const string HttpClientName = "Entra";

    // For each of the two requests for the tenant's metadata: its keys and its issuers.
    private static readonly TimeSpan MetadataTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Adds the sign-in with Entra ID, configured under <c>AzureAd</c>.</summary>
    public static IHostApplicationBuilder AddEntraSignIn(this IHostApplicationBuilder builder)
    {
        builder.Services.AddValidatedOptions<EntraOptions>(
            "AzureAd",
            (options, _) => options.Validate(),
            typeof(MicrosoftIdentityOptions),
            typeof(MicrosoftIdentityApplicationOptions),
            typeof(ConfidentialClientApplicationOptions),
            typeof(JwtBearerOptions));
        builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme)
            .AddMicrosoftIdentityWebApi(builder.Configuration, "AzureAd");
        builder.Services.Configure<JwtBearerOptions>(
            JwtBearerDefaults.AuthenticationScheme, options => options.BackchannelTimeout = MetadataTimeout);
        builder.Services.AddHttpClient(HttpClientName, client => client.Timeout = MetadataTimeout);
        builder.Services.Configure<AadIssuerValidatorOptions>(options => options.HttpClientName = HttpClientName);
        builder.Services.AddSingleton<IUserSignIn, EntraSignIn>();

        if (builder.Configuration.GetValue<bool>($"AzureAd:{nameof(EntraOptions.CheckAccounts)}"))
        {
            builder.Services.TryAddSingleton<TokenCredential>(_ => new DefaultAzureCredential());
            builder.Services.AddHttpClient(
                GraphDirectory.HttpClientName, client => client.BaseAddress = new Uri("https://graph.microsoft.com/"));
            builder.Services.AddSingleton<IUserDirectory>(provider => new GraphDirectory(
                provider.GetRequiredService<IHttpClientFactory>().CreateClient(GraphDirectory.HttpClientName),
                provider.GetRequiredService<TokenCredential>(),
                provider.GetRequiredService<EntraOptions>()));
        }

        // AddAuthentication also loads the keys that protect cookies, at the start. The service has no cookies.
        var loader = builder.Services.Single(service => service.ImplementationType?.Name == "DataProtectionHostedService");
        builder.Services.Remove(loader);

        return builder;
    }
}
