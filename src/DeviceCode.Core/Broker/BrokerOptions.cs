namespace DeviceCode.Core.Broker;

using System.Globalization;
using System.Text.RegularExpressions;
using DeviceCode.Core.OAuth;

/// <summary>The settings under <c>Broker</c>. Without a provider, the broker is off.</summary>
public sealed partial class BrokerOptions
{
    /// <summary>The providers, by their ids.</summary>
    public IDictionary<string, BrokerProvider> Providers { get; } = new Dictionary<string, BrokerProvider>(StringComparer.Ordinal);

    /// <summary>The Key Vault whose secret <c>broker-key</c> is the key ring, like <c>https://NAME.vault.azure.net</c>.</summary>
    public Uri? KeyVault { get; set; }

    /// <summary>For development: a file with the key ring's only key. It is created when it does not exist.</summary>
    public string? KeyFile { get; set; }

    /// <summary>
    /// Whether providers may be on a private network, such as GitHub Enterprise. Off by default, so that a provider's metadata cannot lead
    /// the service to addresses that only it can reach.
    /// </summary>
    public bool AllowPrivateNetworks { get; set; }

    /// <summary>How many credentials one network may make or delete within <see cref="WritesWindow"/>, per instance: 1 to 10,000.</summary>
    public int WritesPerNetwork { get; set; } = 60;

    /// <summary>How many credentials one owner may make or delete within <see cref="WritesWindow"/>, per instance: 1 to 10,000.</summary>
    public int WritesPerOwner { get; set; } = 30;

    /// <summary>How many logins may begin at one provider within <see cref="WritesWindow"/>, per instance: 1 to 100,000.</summary>
    public int LoginsPerProvider { get; set; } = 1_000;

    /// <summary>The period in which these are counted: 1 second to 1 day.</summary>
    public TimeSpan WritesWindow { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How many credentials of one owner may be pending: 1 to 20.</summary>
    public int PendingPerOwner { get; set; } = 3;

    /// <summary>How many credentials one owner may have: 1 to 100.</summary>
    public int CredentialsPerOwner { get; set; } = 20;

    /// <summary>Whether there are any providers.</summary>
    public bool IsOn => Providers.Count > 0;

    /// <summary>Checks the settings.</summary>
    /// <returns>One message for each invalid setting, with its name and how to fix it; none when all are valid.</returns>
    public IEnumerable<string> Validate(OAuthOptions oauth)
    {
        ArgumentNullException.ThrowIfNull(oauth);
        if (KeyVault is not null && (!KeyVault.IsAbsoluteUri || KeyVault.Scheme != Uri.UriSchemeHttps))
        {
            yield return $"Broker:KeyVault is \"{KeyVault}\"; it must be the https URL of a Key Vault, like https://NAME.vault.azure.net.";
        }

        if (KeyVault is not null && KeyFile is not null)
        {
            yield return "Broker:KeyVault and Broker:KeyFile are both set. Remove one of them.";
        }

        foreach (var (name, value, most) in new[]
        {
            (nameof(WritesPerNetwork), WritesPerNetwork, 10_000),
            (nameof(WritesPerOwner), WritesPerOwner, 10_000),
            (nameof(LoginsPerProvider), LoginsPerProvider, 100_000),
            (nameof(PendingPerOwner), PendingPerOwner, 20),
            (nameof(CredentialsPerOwner), CredentialsPerOwner, 100),
        })
        {
            if (value < 1 || value > most)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"Broker:{name} is {value}; it must be from 1 to {most}.");
            }
        }

        if (WritesWindow < TimeSpan.FromSeconds(1) || WritesWindow > TimeSpan.FromDays(1))
        {
            yield return $"Broker:WritesWindow is {WritesWindow:c}; it must be from 00:00:01 to 1.00:00:00.";
        }

        foreach (var (id, provider) in Providers)
        {
            if (!ProviderId.IsMatch(id))
            {
                yield return $"Broker:Providers has the id \"{id}\"; use 1 to 64 lower-case letters, digits and - . _, beginning with a "
                    + "letter or digit.";
            }

            foreach (var failure in provider.Validate($"Broker:Providers:{id}", oauth))
            {
                yield return failure;
            }
        }
    }

    [GeneratedRegex(@"^[a-z0-9][a-z0-9._-]{0,63}\z")]
    private static partial Regex ProviderId { get; }
}

/// <summary>A provider, as configured under <c>Broker:Providers:{id}</c>.</summary>
public sealed class BrokerProvider
{
    private static readonly string[] AllGrants =
        [CredentialGrants.DeviceCode, CredentialGrants.RefreshToken, CredentialGrants.AuthorizationCode];

    /// <summary>
    /// <c>github</c>, <c>microsoft</c>, <c>google</c>, <c>gitlab</c>, <c>huggingface</c>, <c>auth0</c>, <c>okta</c>, <c>keycloak</c>,
    /// <c>devicecode</c> (a DeviceCode service), <c>discover</c> (any server with metadata) or <c>custom</c>.
    /// </summary>
    public string Kind { get; set; } = "";

    /// <summary>
    /// The host (github, gitlab), tenant (microsoft), domain (auth0, okta), server and realm (keycloak) or issuer (devicecode, discover);
    /// null for the default of the kind.
    /// </summary>
    public string? At { get; set; }

    /// <summary>The name to display; the id when null.</summary>
    public string? Name { get; set; }

    /// <summary>The client id at the provider.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>The client's secrets: while a secret is rotated, both are accepted. None for a public client.</summary>
    public IList<string> ClientSecrets { get; } = [];

    /// <summary>The scopes that a caller may request, separated by spaces.</summary>
    public string Scopes { get; set; } = "";

    /// <summary>The scopes of a request without <c>scope</c>, separated by spaces; all of <see cref="Scopes"/> when null.</summary>
    public string? DefaultScopes { get; set; }

    /// <summary>The grants that a caller may use: <c>device_code</c>, <c>refresh_token</c> and <c>authorization_code</c>.</summary>
    public string Grants { get; set; } = $"{CredentialGrants.DeviceCode} {CredentialGrants.RefreshToken}";

    /// <summary>The ids of the OAuth clients whose users may use the provider; all of them when empty.</summary>
    public IList<string> Clients { get; } = [];

    /// <summary>Whether callers without any login may use the provider, with a session.</summary>
    public bool Sessions { get; set; }

    /// <summary>
    /// The lifetime of access tokens that come without <c>expires_in</c>: 1 minute to 366 days; null when such tokens do not expire.
    /// </summary>
    public TimeSpan? AssumedLifetime { get; set; }

    /// <summary>Whether a deleted credential is revoked at the provider.</summary>
    public bool RevokeOnDelete { get; set; } = true;

    /// <summary>Additional parameters of the authorization request, such as Auth0's <c>audience</c>.</summary>
    public IDictionary<string, string> Parameters { get; } = new Dictionary<string, string>();

    /// <summary>For <c>custom</c>: the endpoint that issues device codes (RFC 8628 §3.1).</summary>
    public Uri? DeviceAuthorizationEndpoint { get; set; }

    /// <summary>For <c>custom</c>: the page at which a login in a browser begins (RFC 6749 §3.1).</summary>
    public Uri? AuthorizationEndpoint { get; set; }

    /// <summary>For <c>custom</c>: the token endpoint (RFC 6749 §3.2).</summary>
    public Uri? TokenEndpoint { get; set; }

    /// <summary>For <c>custom</c>: the revocation endpoint (RFC 7009).</summary>
    public Uri? RevocationEndpoint { get; set; }

    /// <summary>For <c>custom</c>: the endpoint that returns who signed in.</summary>
    public Uri? UserinfoEndpoint { get; set; }

    /// <summary>Whether a caller may use a grant.</summary>
    internal bool Allows(string grant) => Scope.Has(Grants, grant);

    internal IEnumerable<string> Validate(string name, OAuthOptions oauth)
    {
        if (ClientId.Length == 0)
        {
            yield return $"{name}:ClientId is missing. Register a client at the provider, and set its id.";
        }

        foreach (var (i, secret) in ClientSecrets.Index())
        {
            if (string.IsNullOrWhiteSpace(secret))
            {
                yield return $"{name}:ClientSecrets:{i} is empty. Set it to a secret of the client, or remove it for a public client.";
            }
            else if (secret.StartsWith("@Microsoft.KeyVault(", StringComparison.OrdinalIgnoreCase))
            {
                yield return $"{name}:ClientSecrets:{i} is a Key Vault reference that Azure could not resolve. Check that the secret "
                    + "exists and that the app's identity may read it.";
            }
        }

        if (Scope.Parse(Scopes) is null)
        {
            yield return $"{name}:Scopes is \"{Scopes}\"; separate scopes by spaces, and use only the characters of RFC 6749 §3.3.";
        }
        else if (DefaultScopes is not null && (Scope.Parse(DefaultScopes) is not { } defaults || !Scope.Allows(Scopes, defaults)))
        {
            yield return $"{name}:DefaultScopes is \"{DefaultScopes}\"; use only scopes that Scopes contains.";
        }

        if (Scope.Split(Grants).Length == 0 || !Scope.Allows(string.Join(' ', AllGrants), Scope.Split(Grants)))
        {
            yield return $"{name}:Grants is \"{Grants}\"; use {string.Join(", ", AllGrants)}.";
        }

        foreach (var id in Clients.Where(id => oauth.Clients.All(client => client.Id != id)))
        {
            yield return $"{name}:Clients contains \"{id}\", which is not the id of a client under OAuth:Clients.";
        }

        if (AssumedLifetime < TimeSpan.FromMinutes(1) || AssumedLifetime > TimeSpan.FromDays(366))
        {
            yield return $"{name}:AssumedLifetime is {AssumedLifetime:c}; it must be from 00:01:00 to 366.00:00:00.";
        }
    }
}

/// <summary>The names of the grants in <see cref="BrokerProvider.Grants"/>, where an operator writes them.</summary>
public static class CredentialGrants
{
    /// <summary>Stands for <see cref="GrantTypes.DeviceCode"/>.</summary>
    public const string DeviceCode = "device_code";

    /// <summary>RFC 6749 §6: a refresh token that the caller already has.</summary>
    public const string RefreshToken = "refresh_token";

    /// <summary>RFC 6749 §4.1: a login in a browser.</summary>
    public const string AuthorizationCode = "authorization_code";

    /// <summary>Returns the values of <c>grant_type</c> for a list of names.</summary>
    /// <param name="grants">The names, separated by spaces.</param>
    /// <param name="forUser">Whether the caller is a user; a session cannot sign in with us.</param>
    internal static IEnumerable<string> GrantTypesOf(string grants, bool forUser) =>
        from grant in Scope.Split(grants)
        where forUser || grant != AuthorizationCode
        select grant == DeviceCode ? GrantTypes.DeviceCode : grant;

    /// <summary>Returns the name for a <c>grant_type</c>; null for one that is not supported.</summary>
    public static string? NameOf(string grantType) => grantType switch
    {
        GrantTypes.DeviceCode => DeviceCode,
        RefreshToken => RefreshToken,
        AuthorizationCode => AuthorizationCode,
        _ => null,
    };
}
