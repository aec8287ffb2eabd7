namespace DeviceCode.Functions.Entra;

using DeviceCode.Functions.SignIn;

/// <summary>What must be set under <c>AzureAd</c>; Microsoft.Identity.Web, which knows more settings there, would notice only at the first sign-in.</summary>
internal sealed class EntraOptions
{
    /// <summary>The cloud's login address, like <c>https://login.microsoftonline.com/</c>.</summary>
    public string? Instance { get; set; }

    /// <summary>The tenant whose users may approve: its id, or <c>organizations</c> for all.</summary>
    public string? TenantId { get; set; }

    /// <summary>The application (client) id of the app registration that access tokens are for.</summary>
    public string? ClientId { get; set; }

    /// <summary>The client id that the page signs in with; <see cref="ClientId"/> unless the page has a registration of its own.</summary>
    public string? PageClientId { get; set; }

    /// <summary>
    /// The scopes that the page asks for, separated by spaces; all that the registration of <see cref="ClientId"/> exposes unless set. A
    /// registration may ask for a token for itself only in this form.
    /// </summary>
    public string? PageScope { get; set; }

    /// <summary>How the page signs a person in.</summary>
    public PageSignIn Page => PageSignIn.Entra(new Uri(new Uri(Instance!), TenantId), Set(PageClientId) ?? ClientId!, Set(PageScope) ?? $"{ClientId}/.default");

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

        if (Set(PageClientId) is not null && !Guid.TryParse(PageClientId, out _))
        {
            yield return "AzureAd:PageClientId must be the application (client) id of the page's own app registration; leave it out if it has none.";
        }
    }

    // What a deployment leaves out often arrives as an empty setting.
    private static string? Set(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
