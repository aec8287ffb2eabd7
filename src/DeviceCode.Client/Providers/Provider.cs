namespace DeviceCode.Client;

using System.Text.Json.Serialization;

/// <summary>
/// An authorization server: its endpoints, and where it differs from the RFCs. Endpoints that are null are discovered from
/// <see cref="Issuer"/>. <see cref="Providers"/> has the well-known ones.
/// </summary>
public sealed record Provider
{
    /// <summary>The name shown in messages, such as <c>GitHub</c>.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// The issuer identifier that the metadata are found with (RFC 8414 §3, OpenID Connect Discovery §4); null when the endpoints are
    /// given.
    /// </summary>
    public Uri? Issuer { get; init; }

    /// <summary>The endpoint that issues device codes (RFC 8628 §3.1).</summary>
    public Uri? DeviceAuthorizationEndpoint { get; init; }

    /// <summary>The page at which a login in a browser begins (RFC 6749 §3.1); null when there is none or it is to be discovered.</summary>
    public Uri? AuthorizationEndpoint { get; init; }

    /// <summary>
    /// Whether the response of the authorization endpoint names the issuer, so that a response without it is rejected (RFC 9207 §2.4).
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AuthorizationResponseNamesIssuer { get; init; }

    /// <summary>The endpoint that exchanges codes and refresh tokens for access tokens (RFC 6749 §3.2).</summary>
    public Uri? TokenEndpoint { get; init; }

    /// <summary>The endpoint that revokes tokens; null when there is none.</summary>
    public Uri? RevocationEndpoint { get; init; }

    /// <summary>The protocol of <see cref="RevocationEndpoint"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RevocationProtocol RevocationProtocol { get; init; }

    /// <summary>
    /// Whether revoking one token ends every login of the user with the client (Google), so that a replaced login must not be revoked while
    /// another one is used.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool RevocationEndsAllLogins { get; init; }

    /// <summary>
    /// The endpoint that returns the signed-in user (OpenID Connect Core §5.3, or the provider's own); null when there is none.
    /// </summary>
    public Uri? UserinfoEndpoint { get; init; }

    /// <summary>The client id to use when the options name none.</summary>
    public string? ClientId { get; init; }

    /// <summary>The scopes to request when the options name none, separated by spaces.</summary>
    public string? Scope { get; init; }

    /// <summary>
    /// Whether the token endpoint requires a client secret even from public clients, while the device authorization endpoint takes none
    /// (Google).
    /// </summary>
    public bool NeedsClientSecret { get; init; }

    /// <summary>How a client secret is sent; null for the method in the metadata, by default the header.</summary>
    public ClientAuthentication? ClientAuthentication { get; init; }

    /// <summary>
    /// Whether the device authorization request has a PKCE <c>code_challenge</c> (RFC 7636, S256), which lets the same client receive a
    /// lost response again. Null enables it where the metadata list <c>S256</c> but not the <c>authorization_code</c> grant: then S256 can
    /// only be meant for the device grant.
    /// </summary>
    public bool? UsesPkce { get; init; }

    /// <summary>The page where a developer registers a client. Messages name it when the client id is missing or wrong.</summary>
    public Uri? RegistrationPage { get; init; }

    /// <summary>
    /// The page where a user can see and revoke approvals. Messages name it when there is no <see cref="RevocationEndpoint"/>.
    /// </summary>
    public Uri? ApprovalsPage { get; init; }
}

/// <summary>How a client with a secret authenticates (RFC 6749 §2.3.1). A client without one sends only its <c>client_id</c>.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ClientAuthentication>))]
public enum ClientAuthentication
{
    /// <summary><c>client_secret_basic</c>: in the Authorization header. Every server must support it.</summary>
    Basic,

    /// <summary><c>client_secret_post</c>: in the body. It is the only method that Google documents.</summary>
    Post,
}

/// <summary>The protocols that revoke tokens.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RevocationProtocol>))]
public enum RevocationProtocol
{
    /// <summary>RFC 7009.</summary>
    Rfc7009,

    /// <summary>
    /// GitHub's own: <c>DELETE</c> with the access token in a JSON object, authenticated with the client secret. The path contains the
    /// client id, for which the URL has the placeholder <c>CLIENT_ID</c>.
    /// </summary>
    /// <remarks><see href="https://docs.github.com/rest/apps/oauth-applications#delete-an-app-token"/></remarks>
    GitHub,
}
