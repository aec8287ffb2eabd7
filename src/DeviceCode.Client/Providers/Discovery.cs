namespace DeviceCode.Client;

/// <summary>Finds a provider's endpoints from its issuer identifier.</summary>
internal static class Discovery
{
    /// <summary>The provider with what its metadata say added to what is given.</summary>
    /// <exception cref="DeviceLoginException">No metadata, another issuer's, or without what a device login needs.</exception>
    public static async Task<Provider> CompleteAsync(Provider provider, Connection connection, CancellationToken cancellationToken)
    {
        if (provider is { DeviceAuthorizationEndpoint: not null, TokenEndpoint: not null })
        {
            return provider;
        }

        if (provider.Issuer is not { } issuer)
        {
            throw new DeviceLoginException(
                DeviceLoginFailure.Configuration, $"The endpoints of {provider.Name} are not known.", "Name its issuer, or both its device authorization endpoint and its token endpoint.");
        }

        DeviceLoginException? reason = null;
        foreach (var uri in MetadataUris(issuer))
        {
            var answer = await connection.SendAsync(new HttpRequestMessage(HttpMethod.Get, uri), [], cancellationToken).ConfigureAwait(false);
            if (!answer.IsSuccess)
            {
                reason ??= answer.Trouble switch
                {
                    // What cannot be reached here cannot be reached at the next address either.
                    { Failure: DeviceLoginFailure.Network } trouble => throw trouble,

                    // A redirect tells where the server has gone.
                    { Failure: DeviceLoginFailure.Configuration } redirect => redirect,
                    _ => null,
                };
                continue;
            }

            // RFC 8414 §3.3: whoever can write a document at one issuer's address must not speak for another.
            if (!IsSame(answer.Text("issuer"), issuer))
            {
                throw new DeviceLoginException(
                    DeviceLoginFailure.Protocol,
                    $"The metadata at {uri.Authority} are those of another issuer, {answer.Line("issuer") ?? "without a name"}.",
                    issuer.Host == "login.microsoftonline.com" ? "Use the provider microsoft, with the tenant." : "Name the issuer exactly as its metadata do.");
            }

            var found = Merge(provider, answer);
            if (found is { DeviceAuthorizationEndpoint: not null, TokenEndpoint: not null })
            {
                return found;
            }

            reason = new DeviceLoginException(
                DeviceLoginFailure.Configuration, $"{provider.Name} does not offer device logins.", "Enable the device authorization grant there, or name its endpoints.");
        }

        throw reason ?? new DeviceLoginException(
            DeviceLoginFailure.Configuration, $"There is no authorization server at {issuer.AbsoluteUri}.", "Check the address, or name the endpoints of the provider.");
    }

    /// <summary>RFC 8414 §3.1 puts the well-known path before the issuer's own, OpenID Connect Discovery §4.1 behind it.</summary>
    private static Uri[] MetadataUris(Uri issuer)
    {
        Exchange.RequireSecure(issuer);
        if (issuer is not { UserInfo: "", Query: "", Fragment: "" })
        {
            throw new DeviceLoginException(
                DeviceLoginFailure.Configuration, $"The issuer at {issuer.Authority} has a user, a query or a fragment (RFC 8414 §2).", "Leave it out.");
        }

        var (origin, path) = (issuer.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped), issuer.AbsolutePath.TrimEnd('/'));
        return [new($"{origin}/.well-known/oauth-authorization-server{path}"), new($"{origin}{path}/.well-known/openid-configuration")];
    }

    /// <summary>Equal character by character, but for a slash at the end: Auth0's issuers have one, and nobody types it.</summary>
    private static bool IsSame(string? told, Uri issuer) =>
        told is not null && (told.TrimEnd('/') == issuer.OriginalString.TrimEnd('/') || told.TrimEnd('/') == issuer.AbsoluteUri.TrimEnd('/'));

    private static Provider Merge(Provider provider, Answer metadata)
    {
        var grants = metadata.Texts("grant_types_supported").ToHashSet();
        var authentication = metadata.Texts("token_endpoint_auth_methods_supported").ToHashSet();
        return provider with
        {
            DeviceAuthorizationEndpoint = provider.DeviceAuthorizationEndpoint ?? Endpoint("device_authorization_endpoint"),
            TokenEndpoint = provider.TokenEndpoint ?? Endpoint("token_endpoint"),
            RevocationEndpoint = provider.RevocationEndpoint ?? Endpoint("revocation_endpoint"),
            UserinfoEndpoint = provider.UserinfoEndpoint ?? Endpoint("userinfo_endpoint"),
            ClientAuthentication = provider.ClientAuthentication
                ?? (authentication.Contains("client_secret_post") && !authentication.Contains("client_secret_basic") ? ClientAuthentication.Post : ClientAuthentication.Basic),

            // RFC 8414 §2: without grant_types_supported, authorization_code is one of them.
            UsesPkce = provider.UsesPkce
                ?? (metadata.Texts("code_challenge_methods_supported").Contains(Pkce.Method) && grants.Count > 0 && !grants.Contains("authorization_code")),
        };

        Uri? Endpoint(string name)
        {
            if (!metadata.Has(name))
            {
                return null;
            }

            var uri = metadata.Web(name) ?? throw new DeviceLoginException(
                DeviceLoginFailure.Protocol, $"The {name} in the metadata of {provider.Name} is not an address.", "Tell its operator, or name its endpoints.");
            Exchange.RequireSecure(uri);
            return uri;
        }
    }
}
