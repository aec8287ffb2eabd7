namespace DeviceCode.Functions.SignIn;

/// <summary>What must be set under <c>AzureAd</c>; Microsoft.Identity.Web, which knows more settings there, would notice only at the first sign-in.</summary>
public sealed class EntraOptions
{
    /// <summary>The cloud's login address, like <c>https://login.microsoftonline.com/</c>.</summary>
    public string? Instance { get; set; }

    /// <summary>The tenant whose users may approve: its id, or <c>organizations</c> for all.</summary>
    public string? TenantId { get; set; }

    /// <summary>The application (client) id of the app registration that access tokens are for.</summary>
    public string? ClientId { get; set; }

    /// <summary>What is wrong with the settings, each with its name and what it may be; nothing when all is well.</summary>
    public IEnumerable<string> Validate()
    {
        if (!Uri.TryCreate(Instance, UriKind.Absolute, out var instance) || instance.Scheme != Uri.UriSchemeHttps)
        {
            yield return "AzureAd:Instance must be the cloud's login address, like https://login.microsoftonline.com/.";
        }

        if (string.IsNullOrWhiteSpace(TenantId))
        {
            yield return "AzureAd:TenantId is missing. Set it to the id of the tenant whose users may approve.";
        }

        if (!Guid.TryParse(ClientId, out _))
        {
            yield return "AzureAd:ClientId must be the application (client) id of the app registration.";
        }
    }
}
