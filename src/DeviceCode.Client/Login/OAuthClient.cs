namespace DeviceCode.Client;

using System.Net;
using System.Net.Http.Headers;
using System.Text;

/// <summary>A client at a provider: finds the endpoints once, and authenticates every request.</summary>
internal sealed class OAuthClient(DeviceLoginOptions options)
{
    private Provider? _discovered;

    public DeviceLoginOptions Options => options;

    public DateTimeOffset Now => options.Transport.TimeProvider.GetUtcNow();

    /// <summary>Returns the provider with the endpoints that a login needs. Missing ones are discovered once.</summary>
    public async Task<Provider> DiscoverAsync(LoginKind kind, CancellationToken cancellationToken)
    {
        var provider = _discovered ?? options.Provider;
        return _discovered = await Discovery.CompleteAsync(provider, kind, options.Transport, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Returns the client id.</summary>
    /// <exception cref="DeviceLoginException">Neither the options nor the provider have one.</exception>
    public string ClientIdAt(Provider provider) => options.ClientId ?? provider.ClientId ?? throw new DeviceLoginException(
        DeviceLoginFailure.Configuration,
        $"A login at {provider.Name} requires a client id.",
        provider.RegistrationPage is { } page
            ? $"Register a client at {page} and use its id."
            : "Use the id of a client that is registered there.");

    /// <summary>Sends a form, and authenticates the client (RFC 6749 §2.3.1).</summary>
    public Task<ServerResponse> PostAsync(
        Provider provider, Uri endpoint, Dictionary<string, string> form, CancellationToken cancellationToken)
    {
        var clientId = ClientIdAt(provider);
        if (provider.NeedsClientSecret && string.IsNullOrEmpty(options.ClientSecret))
        {
            throw new DeviceLoginException(
                DeviceLoginFailure.Configuration,
                $"A login at {provider.Name} requires a client secret.",
                $"Use the client's secret{(provider.RegistrationPage is { } where ? $" from {where}" : "")}.");
        }

        form[OAuthNames.ClientId] = clientId;
        AuthenticationHeaderValue? authorization = null;
        if (!string.IsNullOrEmpty(options.ClientSecret)
            && !(provider.NeedsClientSecret && endpoint == provider.DeviceAuthorizationEndpoint))
        {
            if (provider.ClientAuthentication == ClientAuthentication.Post)
            {
                form[OAuthNames.ClientSecret] = options.ClientSecret;
            }
            else
            {
                // RFC 6749 §2.3.1: both halves are form-encoded first.
                var credentials = $"{WebUtility.UrlEncode(clientId)}:{WebUtility.UrlEncode(options.ClientSecret)}";
                authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)));
            }
        }

        return options.Transport.PostFormAsync(endpoint, form, authorization, cancellationToken);
    }

    /// <summary>Reads the response of a token endpoint; null when it contains no access token.</summary>
    public TokenSet? ReadTokens(ServerResponse response) => TokenSet.Read(response, Now);
}
