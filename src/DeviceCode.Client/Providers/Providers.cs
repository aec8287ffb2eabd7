namespace DeviceCode.Client;

/// <summary>Well-known providers, and discovery for all others.</summary>
public static class Providers
{
    /// <summary>
    /// Google. It allows only some scopes for device logins, and the client must be of the type "TVs and limited input devices".
    /// </summary>
    /// <remarks><see href="https://developers.google.com/identity/protocols/oauth2/limited-input-device"/></remarks>
    public static Provider Google { get; } = new()
    {
        Name = "Google",
        Issuer = new Uri("https://accounts.google.com"),
        AuthorizationEndpoint = new Uri("https://accounts.google.com/o/oauth2/v2/auth"),
        DeviceAuthorizationEndpoint = new Uri("https://oauth2.googleapis.com/device/code"),
        TokenEndpoint = new Uri("https://oauth2.googleapis.com/token"),
        RevocationEndpoint = new Uri("https://oauth2.googleapis.com/revoke"),
        RevocationEndsAllLogins = true,
        UserinfoEndpoint = new Uri("https://openidconnect.googleapis.com/v1/userinfo"),
        Scope = "openid email profile",
        NeedsClientSecret = true,
        ClientAuthentication = ClientAuthentication.Post,
        UsesPkce = false,
        RegistrationPage = new Uri("https://console.cloud.google.com/auth/clients"),
        ApprovalsPage = new Uri("https://myaccount.google.com/permissions"),
    };

    /// <summary>Hugging Face.</summary>
    /// <remarks><see href="https://huggingface.co/docs/hub/oauth"/></remarks>
    public static Provider HuggingFace { get; } = new()
    {
        Name = "Hugging Face",
        Issuer = new Uri("https://huggingface.co"),
        AuthorizationEndpoint = new Uri("https://huggingface.co/oauth/authorize"),
        DeviceAuthorizationEndpoint = new Uri("https://huggingface.co/oauth/device"),
        TokenEndpoint = new Uri("https://huggingface.co/oauth/token"),
        UserinfoEndpoint = new Uri("https://huggingface.co/oauth/userinfo"),
        Scope = "openid profile",
        UsesPkce = false,
        RegistrationPage = new Uri("https://huggingface.co/settings/applications/new"),
        ApprovalsPage = new Uri("https://huggingface.co/settings/connected-applications"),
    };

    /// <summary>
    /// GitHub or a GitHub Enterprise server. The tokens of an OAuth app do not expire and have no refresh token; those of a GitHub App may.
    /// </summary>
    /// <param name="host">The host, such as <c>github.example.com</c> or <c>example.ghe.com</c>.</param>
    /// <remarks><see href="https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps#device-flow"/></remarks>
    public static Provider GitHub(string host = "github.com")
    {
        ArgumentNullException.ThrowIfNull(host);
        var api = host == "github.com" || host.EndsWith(".ghe.com", StringComparison.OrdinalIgnoreCase)
            ? $"https://api.{host}"
            : $"https://{host}/api/v3";
        return new()
        {
            Name = "GitHub",
            DeviceAuthorizationEndpoint = new Uri($"https://{host}/login/device/code"),
            AuthorizationEndpoint = new Uri($"https://{host}/login/oauth/authorize"),
            TokenEndpoint = new Uri($"https://{host}/login/oauth/access_token"),
            RevocationEndpoint = new Uri($"{api}/applications/CLIENT_ID/token"),
            RevocationProtocol = RevocationProtocol.GitHub,
            UserinfoEndpoint = new Uri($"{api}/user"),
            ClientAuthentication = ClientAuthentication.Post,
            UsesPkce = false,
            RegistrationPage = new Uri($"https://{host}/settings/developers"),
            ApprovalsPage = new Uri($"https://{host}/settings/applications"),
        };
    }

    /// <summary>Microsoft Entra ID and personal Microsoft accounts.</summary>
    /// <param name="tenant">The id or domain of a tenant, or <c>common</c>, <c>organizations</c> or <c>consumers</c>.</param>
    /// <remarks><see href="https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code"/></remarks>
    public static Provider Microsoft(string tenant = "common") => new()
    {
        Name = "Microsoft",
        DeviceAuthorizationEndpoint = new Uri($"https://login.microsoftonline.com/{tenant}/oauth2/v2.0/devicecode"),
        AuthorizationEndpoint = new Uri($"https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize"),
        TokenEndpoint = new Uri($"https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"),
        UserinfoEndpoint = new Uri("https://graph.microsoft.com/oidc/userinfo"),
        Scope = "openid profile email offline_access",
        ClientAuthentication = ClientAuthentication.Post,
        UsesPkce = false,
        RegistrationPage = new Uri("https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade"),
        ApprovalsPage = new Uri("https://myapplications.microsoft.com"),
    };

    /// <summary>GitLab.com or a self-managed GitLab (17.2 or later).</summary>
    /// <param name="host">The host, such as <c>gitlab.example.com</c>.</param>
    /// <remarks><see href="https://docs.gitlab.com/api/oauth2/#device-authorization-grant-flow"/></remarks>
    public static Provider GitLab(string host = "gitlab.com") => new()
    {
        Name = "GitLab",
        Issuer = new Uri($"https://{host}"),
        DeviceAuthorizationEndpoint = new Uri($"https://{host}/oauth/authorize_device"),
        AuthorizationEndpoint = new Uri($"https://{host}/oauth/authorize"),
        TokenEndpoint = new Uri($"https://{host}/oauth/token"),
        RevocationEndpoint = new Uri($"https://{host}/oauth/revoke"),
        UserinfoEndpoint = new Uri($"https://{host}/oauth/userinfo"),
        Scope = "openid profile email",
        UsesPkce = false,
        RegistrationPage = new Uri($"https://{host}/-/user_settings/applications"),
        ApprovalsPage = new Uri($"https://{host}/-/user_settings/applications"),
    };

    /// <summary>An Auth0 tenant. Its endpoints are discovered.</summary>
    /// <param name="domain">The tenant's domain, such as <c>example.eu.auth0.com</c>.</param>
    public static Provider Auth0(string domain) =>
        Discover(new Uri($"https://{domain}/")) with { Name = "Auth0", Scope = "openid profile email offline_access" };

    /// <summary>An Okta authorization server. Its endpoints are discovered.</summary>
    /// <param name="domain">The organization's domain, such as <c>example.okta.com</c>.</param>
    /// <param name="authorizationServer">The id of a custom authorization server; null for the organization's own server.</param>
    public static Provider Okta(string domain, string? authorizationServer = "default") =>
        Discover(new Uri($"https://{domain}{(authorizationServer is null ? "" : $"/oauth2/{authorizationServer}")}")) with
        {
            Name = "Okta",
            Scope = "openid profile email offline_access",
        };

    /// <summary>A realm of a Keycloak server. Its endpoints are discovered.</summary>
    /// <param name="server">The URL of the server, such as <c>https://sso.example.com</c>.</param>
    /// <param name="realm">The realm.</param>
    public static Provider Keycloak(Uri server, string realm)
    {
        ArgumentNullException.ThrowIfNull(server);
        return Discover(new Uri($"{server.AbsoluteUri.TrimEnd('/')}/realms/{Uri.EscapeDataString(realm)}")) with
        {
            Name = "Keycloak",
            Scope = "openid profile email",
        };
    }

    /// <summary>Any server that publishes metadata (RFC 8414 or OpenID Connect Discovery), such as a DeviceCode service.</summary>
    /// <param name="issuer">The issuer identifier, such as <c>https://login.example.com</c>; http is allowed on this machine only.</param>
    public static Provider Discover(Uri issuer)
    {
        ArgumentNullException.ThrowIfNull(issuer);
        return new Provider { Name = issuer.Authority, Issuer = issuer };
    }
}
