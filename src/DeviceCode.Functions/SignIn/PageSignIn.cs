namespace DeviceCode.Functions.SignIn;

using System.Text.Json.Serialization;

/// <summary>How the page at the <c>verification_uri</c> gets the credentials that <see cref="IUserSignIn"/> accepts.</summary>
public sealed record PageSignIn
{
    private PageSignIn(string method) => Method = method;

    /// <summary>
    /// <c>development</c>, which accepts any identity, or <c>msal</c>, the authorization code grant with PKCE at an OpenID provider.
    /// </summary>
    public string Method { get; }

    /// <summary>The OpenID provider's address, like <c>https://login.microsoftonline.com/TENANT</c>.</summary>
    public Uri? Authority { get; init; }

    /// <summary>The page's client id at the provider.</summary>
    public string? ClientId { get; init; }

    /// <summary>The scopes of an access token for this service, separated by spaces.</summary>
    public string? Scope { get; init; }

    /// <summary>MSAL's protocol mode: <c>AAD</c> for Entra ID, <c>OIDC</c> for any other OpenID provider.</summary>
    public string? ProtocolMode { get; init; }

    /// <summary>The origin to which the page's script sends requests, besides its own; null for none.</summary>
    [JsonIgnore]
    public string? Origin => Authority?.GetLeftPart(UriPartial.Authority);

    /// <summary>The sign-in of the local host.</summary>
    public static PageSignIn Development { get; } = new("development");

    /// <summary>The sign-in with Entra ID.</summary>
    public static PageSignIn Entra(Uri authority, string clientId, string scope) =>
        new("msal") { Authority = authority, ClientId = clientId, Scope = scope, ProtocolMode = "AAD" };
}
