namespace DeviceCode.Client;

/// <summary>
/// An authorization server as a client sees it: where its endpoints are, and in what it differs from the RFCs, as data. What is null is
/// discovered from <see cref="Issuer"/>. <see cref="Providers"/> has the well-known ones.
/// </summary>
public sealed record Provider
{
    /// <summary>What a person calls it, such as <c>GitHub</c>; used in messages.</summary>
    public required string Name { get; init; }

    /// <summary>The issuer identifier, from which the metadata is found (RFC 8414 §3, OpenID Connect Discovery §4); null when the endpoints are given.</summary>
    public Uri? Issuer { get; init; }

    /// <summary>Where device codes are asked for (RFC 8628 §3.1).</summary>
    public Uri? DeviceAuthorizationEndpoint { get; init; }

    /// <summary>Where device codes and refresh tokens become access tokens (RFC 6749 §3.2).</summary>
    public Uri? TokenEndpoint { get; init; }

    /// <summary>Where tokens are revoked (RFC 7009); null where there is none.</summary>
    public Uri? RevocationEndpoint { get; init; }

    /// <summary>Where a bearer token is exchanged for who signed in (OpenID Connect Core §5.3, or the provider's own); null where there is none.</summary>
    public Uri? UserinfoEndpoint { get; init; }

    /// <summary>The client to be when none is named.</summary>
    public string? ClientId { get; init; }

    /// <summary>The scope to ask for when none is named, separated by spaces.</summary>
    public string? Scope { get; init; }

    /// <summary>The token endpoint needs a client secret even from public clients, and the device authorization endpoint takes none (Google).</summary>
    public bool NeedsClientSecret { get; init; }

    /// <summary>How a secret is sent. Null: as the metadata say, else in the header.</summary>
    public ClientAuthentication? ClientAuthentication { get; init; }

    /// <summary>
    /// Whether the device authorization request has a PKCE <c>code_challenge</c> (RFC 7636, S256), by which the right client can have a lost
    /// answer again. Null: where the metadata have <c>S256</c> but not the <c>authorization_code</c> grant, because then it can only be meant for this one.
    /// </summary>
    public bool? UsesPkce { get; init; }

    /// <summary>The page where a developer registers a client; named when the client id is missing or wrong.</summary>
    public Uri? RegistrationPage { get; init; }

    /// <summary>The page where a person sees and takes back what they have approved; named where there is no <see cref="RevocationEndpoint"/>.</summary>
    public Uri? ApprovalsPage { get; init; }
}
