namespace DeviceCode.Functions.SignIn;

using System.Text.Json.Serialization;

/// <summary>How the page at the <c>verification_uri</c> gets the credentials that an <see cref="IUserSignIn"/> takes.</summary>
public sealed record PageSignIn
{
    private PageSignIn(string method) => Method = method;

    /// <summary><c>development</c>: one is who one says one is; or <c>msal</c>: authorization code with PKCE against an OpenID provider.</summary>
    public string Method { get; }

    /// <summary>The OpenID provider's address, like <c>https://login.microsoftonline.com/TENANT</c>.</summary>
    public Uri? Authority { get; init; }

    /// <summary>The page's client id there.</summary>
    public string? ClientId { get; init; }

    /// <summary>The scopes to ask for, separated by spaces: those of an access token for this service.</summary>
    public string? Scope { get; init; }

    /// <summary>What MSAL calls the protocol mode: <c>AAD</c> for Entra ID, <c>OIDC</c> for any other OpenID provider.</summary>
    public string? ProtocolMode { get; init; }

    /// <summary>The origin that the page's script talks to; null for none but its own.</summary>
    [JsonIgnore]
    public string? Origin => Authority?.GetLeftPart(UriPartial.Authority);

    /// <summary>The sign-in of the local host.</summary>
    public static PageSignIn Development { get; } = new("development");

    /// <summary>The sign-in with Entra ID.</summary>
    public static PageSignIn Entra(Uri authority, string clientId, string scope) =>
        new("msal") { Authority = authority, ClientId = clientId, Scope = scope, ProtocolMode = "AAD" };
}
