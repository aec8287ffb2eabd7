namespace DeviceCode.Client;

using System.Net;
using System.Net.Http.Headers;

/// <summary>
/// Adds the access token of a credential to every request to the given origins, and to no other request. When a server answers HTTP 401, it
/// asks the broker once for another token and sends the request again if the content can be sent again.
/// </summary>
/// <remarks>
/// A request that already has an Authorization header is not changed. This handler does not see the redirects that the inner handler
/// follows, but .NET's handlers drop the Authorization header when they follow one. The token is kept in memory until a minute before it
/// expires.
/// </remarks>
public sealed class CredentialHandler : DelegatingHandler
{
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);

    private readonly CredentialClient _client;
    private readonly string _name;
    private readonly Uri[] _origins;
    private CredentialResponse.Token? _token;

    /// <summary>Creates a handler for the given origins.</summary>
    /// <param name="client">The client of the broker.</param>
    /// <param name="name">The name of the credential.</param>
    /// <param name="origins">
    /// The scheme, host and port of the servers that receive the token, such as <c>https://api.github.com</c>; http is allowed on this
    /// machine only.
    /// </param>
    public CredentialHandler(CredentialClient client, string name, params IEnumerable<Uri> origins)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(name);
        (_client, _name, _origins) = (client, name, AuthorizedRequests.Require(origins));
    }

    /// <inheritdoc />
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!AuthorizedRequests.GetsToken(request, _origins))
        {
            return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }

        var token = await GetAsync(cancellationToken).ConfigureAwait(false);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.AccessToken);
        var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.Unauthorized
            || !AuthorizedRequests.CanBeSentAgain(request.Content)
            || await ReplaceAsync(token, cancellationToken).ConfigureAwait(false) is not { } other)
        {
            return response;
        }

        response.Dispose();
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", other.AccessToken);
        return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Not supported: reading a token is asynchronous, and a request must not be sent without its token by mistake.</summary>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        throw AuthorizedRequests.NotAsynchronous(this);

    private async Task<CredentialResponse.Token> GetAsync(CancellationToken cancellationToken)
    {
        if (_token is { } known && (known.ExpiresAt is null || known.ExpiresAt - _client.Now > Margin))
        {
            return known;
        }

        return _token = await _client.GetAsync(_name, Margin, cancellationToken).ConfigureAwait(false) as CredentialResponse.Token
            ?? throw new DeviceLoginException(
                DeviceLoginFailure.Network, $"The credential \"{_name}\" waits for its approval.", "Approve it, then try again.")
            {
                Error = "authorization_pending",
            };
    }

    // Null when there is no other token now. The caller then gets the API's own response, because an API may reject every token.
    private async Task<CredentialResponse.Token?> ReplaceAsync(CredentialResponse.Token rejected, CancellationToken cancellationToken)
    {
        if (_token is { } known && known.AccessToken != rejected.AccessToken)
        {
            return known;
        }

        try
        {
            return _token = await _client.RefuseAsync(_name, rejected.AccessToken, cancellationToken).ConfigureAwait(false)
                as CredentialResponse.Token;
        }
        catch (DeviceLoginException unavailable) when (unavailable.Failure == DeviceLoginFailure.Network)
        {
            return null;
        }
    }
}
