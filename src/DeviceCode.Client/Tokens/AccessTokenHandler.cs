namespace DeviceCode.Client;

using System.Net;

/// <summary>
/// Adds a valid access token to every request to the given origins, and to no other request. When a server answers HTTP 401 with
/// <c>invalid_token</c> (RFC 6750 §3.1), it refreshes once and sends the request again if the content can be sent again.
/// </summary>
/// <remarks>
/// A request that already has an Authorization header is not changed. This handler does not see the redirects that the inner handler
/// follows, but .NET's handlers drop the Authorization header when they follow one.
/// </remarks>
public sealed class AccessTokenHandler : DelegatingHandler
{
    private readonly StoredTokens _tokens;
    private readonly Uri[] _origins;

    /// <summary>Creates a handler for the given origins.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="origins">
    /// The scheme, host and port of the servers that receive the token, such as <c>https://api.example.com</c>; http is allowed on this
    /// machine only.
    /// </param>
    public AccessTokenHandler(StoredTokens tokens, params IEnumerable<Uri> origins)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        (_tokens, _origins) = (tokens, AuthorizedRequests.Require(origins));
    }

    /// <summary>
    /// Whether every HTTP 401 leads to a refresh and a second request, also one without <c>invalid_token</c>, as some APIs send it. False
    /// by default, because an API that rejects every token would cause a refresh for every request.
    /// </summary>
    public bool RefreshesAfterAnyUnauthorized { get; init; }

    /// <inheritdoc />
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!AuthorizedRequests.GetsToken(request, _origins))
        {
            return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }

        var tokens = await _tokens.GetAsync(cancellationToken).ConfigureAwait(false);
        request.Headers.Authorization = tokens.AuthorizationHeader;
        var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        var refreshes = IsInvalidToken(response)
            || (RefreshesAfterAnyUnauthorized && response.StatusCode == HttpStatusCode.Unauthorized && tokens.RefreshToken is not null);
        if (!refreshes || !AuthorizedRequests.CanBeSentAgain(request.Content))
        {
            return response;
        }

        response.Dispose();
        tokens = await _tokens.RefreshAsync(tokens.AccessToken, cancellationToken).ConfigureAwait(false);
        request.Headers.Authorization = tokens.AuthorizationHeader;
        return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Not supported: a refresh is asynchronous, and a request must not be sent without its token by mistake.</summary>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        throw AuthorizedRequests.NotAsynchronous(this);

    private static bool IsInvalidToken(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.Unauthorized
        && response.Headers.WwwAuthenticate.Any(
            challenge => challenge.Parameter?.Contains("invalid_token", StringComparison.Ordinal) == true);
}
