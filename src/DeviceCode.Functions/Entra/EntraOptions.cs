namespace DeviceCode.Functions.Entra;

using DeviceCode.Functions.SignIn;

/// <summary>
/// The required settings under <c>AzureAd</c>. Microsoft.Identity.Web reads more, but would report a missing one only at the first sign-in.
/// </summary>
internal sealed class EntraOptions
{
    /// <summary>The cloud's login address, like <c>https://login.microsoftonline.com/</c>.</summary>
    public string? Instance { get; set; }

    /// <summary>The tenant whose users may approve: its id, or <c>organizations</c> for all.</summary>
    public string? TenantId { get; set; }

    /// <summary>The application (client) id of the app registration that access tokens are for.</summary>
    public string? ClientId { get; set; }

    /// <summary>The client id with which the page signs in; <see cref="ClientId"/> unless the page has its own registration.</summary>
    public string? PageClientId { get; set; }

    /// <summary>
    /// The scopes that the page requests, separated by spaces. The default is <c>.default</c>, all scopes that the registration of
    /// <see cref="ClientId"/> exposes: a registration may request a token for itself only in this form.
    /// </summary>
    public string? PageScope { get; set; }

    /// <summary>
    /// Whether to end the logins of people whose accounts are disabled or deleted. The app's identity must have the application permission
    /// <c>User.Read.All</c> of Microsoft Graph, in the tenant <see cref="TenantId"/>.
    /// </summary>
    public bool CheckAccounts { get; set; }

    /// <summary>The sign-in of the page.</summary>
    public PageSignIn Page => PageSignIn.Entra(
        new Uri(new Uri(Instance!), TenantId), NullIfEmpty(PageClientId) ?? ClientId!, NullIfEmpty(PageScope) ?? $"{ClientId}/.default");

    /// <summary>Returns one message for each invalid setting.</summary>
    public IEnumerable<string> Validate()
    {
        if (!Uri.TryCreate(Instance, UriKind.Absolute, out var instance) || instance.Scheme != Uri.UriSchemeHttps)
        {
            yield return Invalid(nameof(Instance), Instance, "the cloud's login address, like https://login.microsoftonline.com/");
        }

        if (string.IsNullOrWhiteSpace(TenantId))
        {
            yield return Invalid(nameof(TenantId), TenantId, "the id of the tenant whose users may approve");
        }

        if (!Guid.TryParse(ClientId, out _))
        {
            yield return Invalid(nameof(ClientId), ClientId, "the application (client) id of the app registration");
        }

        if (CheckAccounts && !Guid.TryParse(TenantId, out _))
        {
            yield return $"AzureAd:CheckAccounts is set, and AzureAd:TenantId is \"{TenantId}\". Only the accounts of one tenant can be "
                + "checked: set AzureAd:TenantId to its id, or AzureAd:CheckAccounts to false.";
        }

        if (NullIfEmpty(PageClientId) is not null && !Guid.TryParse(PageClientId, out _))
        {
            yield return Invalid(
                nameof(PageClientId),
                PageClientId,
                "the application (client) id of the page's own app registration, or empty if it has none");
        }
    }

    private static string Invalid(string name, string? value, string meaning) => NullIfEmpty(value) is null
        ? $"AzureAd:{name} is missing. Set it to {meaning}."
        : $"AzureAd:{name} is \"{value}\"; it must be {meaning}.";

    // Deployments often set an omitted value to an empty string.
    private static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
