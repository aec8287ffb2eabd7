namespace DeviceCode.Client;

/// <summary>Finds a provider's endpoints from its issuer identifier.</summary>
internal static class Discovery
{
    private const string ReportToOperator = "Report it to the operator of the server, or configure the provider's endpoints.";

    /// <summary>Returns the provider, completed with the endpoints in its metadata.</summary>
    /// <exception cref="DeviceLoginException">
    /// There are no metadata, they belong to another issuer, or they lack the endpoints of this login.
    /// </exception>
    public static async Task<Provider> CompleteAsync(
        Provider provider, LoginKind kind, Transport transport, CancellationToken cancellationToken)
    {
        if (IsComplete(provider, kind))
        {
            return provider;
        }

        if (provider.Issuer is not { } issuer)
        {
            throw new DeviceLoginException(
                DeviceLoginFailure.Configuration,
                $"The endpoints of {provider.Name} are not known.",
                $"Configure its issuer, or both its {NameOf(kind)} and its token endpoint.");
        }

        DeviceLoginException? reason = null;
        foreach (var uri in MetadataUris(issuer))
        {
            var request = new HttpRequestMessage(HttpMethod.Get, uri);
            var response = await transport.SendAsync(request, [], cancellationToken).ConfigureAwait(false);
            if (!response.IsSuccess)
            {
                if (response.Failure is { } failure && NetworkFailure.ConcernsHost(failure.InnerException))
                {
                    // A host that cannot be reached now cannot be reached at the next URL either.
                    throw failure;
                }

                // A redirect names the server's new location. Other errors of a server with JSON or HTML mean that there are no metadata.
                if (response is { Status: 0 } or { IsTransient: true } or { Failure.Failure: DeviceLoginFailure.Configuration })
                {
                    reason ??= ServerErrors.Of(response, provider);
                }

                continue;
            }

            // RFC 8414 §3.3: a document at one issuer's URL must not speak for another issuer.
            if (!IsSame(response.Text(OAuthNames.Issuer), issuer))
            {
                if (response.Line(OAuthNames.Issuer) is { } other)
                {
                    throw new DeviceLoginException(
                        DeviceLoginFailure.Protocol,
                        $"The metadata at {uri.Authority} belong to another issuer, {other}.",
                        issuer.Host == "login.microsoftonline.com"
                            ? "Use the built-in provider for Microsoft, with the tenant."
                            : "Use the issuer exactly as its metadata spell it.");
                }

                reason ??= new DeviceLoginException(
                    DeviceLoginFailure.Protocol, $"The metadata at {uri.Authority} name no issuer.", ReportToOperator);
                continue;
            }

            Provider found;
            try
            {
                found = Merge(provider, response);
            }
            catch (DeviceLoginException invalid)
            {
                reason ??= invalid;
                continue;
            }

            if (IsComplete(found, kind))
            {
                return found;
            }

            reason ??= kind == LoginKind.Browser
                ? new DeviceLoginException(
                    DeviceLoginFailure.Configuration,
                    $"{provider.Name} does not offer logins in a browser.",
                    "Enable the authorization code grant there, or configure the provider's endpoints.")
                : new DeviceLoginException(
                    DeviceLoginFailure.Configuration,
                    $"{provider.Name} does not offer device logins.",
                    "Enable the device authorization grant there, or configure the provider's endpoints.");
        }

        throw reason ?? new DeviceLoginException(
            DeviceLoginFailure.Configuration,
            $"There is no authorization server at {issuer.AbsoluteUri}.",
            "Check the URL, or configure the provider's endpoints.");
    }

    private static bool IsComplete(Provider provider, LoginKind kind) => provider.TokenEndpoint is not null && kind switch
    {
        LoginKind.Device => provider.DeviceAuthorizationEndpoint is not null,
        LoginKind.Browser => provider.AuthorizationEndpoint is not null,
        _ => (provider.DeviceAuthorizationEndpoint ?? provider.AuthorizationEndpoint) is not null || provider.Issuer is null,
    };

    private static string NameOf(LoginKind kind) =>
        kind == LoginKind.Browser ? "authorization endpoint" : "device authorization endpoint";

    // RFC 8414 §3.1 inserts the well-known path before the path of the issuer; OpenID Connect Discovery §4.1 appends it.
    private static Uri[] MetadataUris(Uri issuer)
    {
        HttpExchange.RequireSecure(issuer);
        if (issuer is not { UserInfo: "", Query: "", Fragment: "" })
        {
            throw new DeviceLoginException(
                DeviceLoginFailure.Configuration,
                $"The issuer at {issuer.Authority} contains a user name, a query or a fragment, which RFC 8414 §2 does not allow.",
                "Remove that part from the URL.");
        }

        var origin = issuer.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
        var path = issuer.AbsolutePath.TrimEnd('/');
        return [new($"{origin}/.well-known/oauth-authorization-server{path}"), new($"{origin}{path}/.well-known/openid-configuration")];
    }

    /// <summary>
    /// Compares issuers character by character, except for a slash at the end: Auth0's issuers have one, and people do not type it.
    /// </summary>
    public static bool IsSame(string? issuer, Uri expected) => issuer?.TrimEnd('/') is { } trimmed
        && (trimmed == expected.OriginalString.TrimEnd('/') || trimmed == expected.AbsoluteUri.TrimEnd('/'));

    private static Provider Merge(Provider provider, ServerResponse metadata)
    {
        var grants = metadata.Texts(OAuthNames.GrantTypesSupported).ToHashSet();
        var methods = metadata.Texts(OAuthNames.TokenEndpointAuthMethodsSupported).ToHashSet();
        var authentication = methods.Contains(OAuthNames.ClientSecretPost) && !methods.Contains(OAuthNames.ClientSecretBasic)
            ? ClientAuthentication.Post
            : ClientAuthentication.Basic;

        // RFC 8414 §2: without grant_types_supported, authorization_code is one of them.
        var usesPkce = metadata.Texts(OAuthNames.CodeChallengeMethodsSupported).Contains(Pkce.Method)
            && grants.Count > 0
            && !grants.Contains(OAuthNames.AuthorizationCodeGrant);
        return provider with
        {
            DeviceAuthorizationEndpoint = provider.DeviceAuthorizationEndpoint ?? Endpoint(OAuthNames.DeviceAuthorizationEndpoint),
            AuthorizationEndpoint = provider.AuthorizationEndpoint ?? Endpoint(OAuthNames.AuthorizationEndpoint),
            AuthorizationResponseNamesIssuer =
                provider.AuthorizationResponseNamesIssuer || metadata.IsTrue(OAuthNames.AuthorizationResponseNamesIssuer),
            TokenEndpoint = provider.TokenEndpoint ?? Endpoint(OAuthNames.TokenEndpoint),
            RevocationEndpoint = provider.RevocationEndpoint ?? Endpoint(OAuthNames.RevocationEndpoint),
            UserinfoEndpoint = provider.UserinfoEndpoint ?? Endpoint(OAuthNames.UserinfoEndpoint),
            ClientAuthentication = provider.ClientAuthentication ?? authentication,
            UsesPkce = provider.UsesPkce ?? usesPkce,
        };

        Uri? Endpoint(string name)
        {
            if (!metadata.Has(name))
            {
                return null;
            }

            var uri = metadata.Url(name) ?? throw new DeviceLoginException(
                DeviceLoginFailure.Protocol,
                $"The {name} in the metadata of {provider.Name} is not a URL.",
                ReportToOperator);
            HttpExchange.RequireSecure(uri);
            return uri;
        }
    }
}

/// <summary>The kinds of login, which need different endpoints.</summary>
internal enum LoginKind
{
    /// <summary>With a device code (RFC 8628).</summary>
    Device,

    /// <summary>With an authorization code, in a browser (RFC 6749 §4.1).</summary>
    Browser,

    /// <summary>Either of them, for requests with its tokens.</summary>
    Either,
}
