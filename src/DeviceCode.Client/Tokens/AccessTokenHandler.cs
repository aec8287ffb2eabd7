namespace DeviceCode.Client;

using System.Net;
using System.Net.Http.Json;

/// <summary>
/// Puts a fresh access token on every request to the origins it is told, and on no other. When a server answers 401 with
/// <c>invalid_token</c> (RFC 6750 §3.1), refreshes once and sends the request again if its content can be sent again.
/// </summary>
/// <remarks>
/// A request that has an Authorization header already is left alone. A redirect that the inner handler follows is not seen here, but .NET's
/// handlers drop the Authorization header when they follow one.
/// </remarks>
public sealed class AccessTokenHandler : DelegatingHandler
{
    private readonly StoredTokens _tokens;
    private readonly Uri[] _origins;

    /// <summary>A handler for some origins.</summary>
    /// <param name="tokens">Where fresh tokens come from.</param>
    /// <param name="origins">Scheme, host and port of who may see the token, such as <c>https://api.example.com</c>; http only on this machine.</param>
    public AccessTokenHandler(StoredTokens tokens, params IEnumerable<Uri> origins)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        _tokens = tokens;
        _origins = [.. origins];
        foreach (var origin in _origins)
        {
            Exchange.RequireSecure(origin);
        }
    }

    /// <inheritdoc />
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Headers.Authorization is not null || !MaySeeToken(request.RequestUri))
        {
            return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }

        var tokens = await _tokens.GetAsync(cancellationToken).ConfigureAwait(false);
        request.Headers.Authorization = tokens.AuthorizationHeader;
        var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (!IsInvalidToken(response) || !CanBeSentAgain(request.Content))
        {
            return response;
        }

        response.Dispose();
        tokens = await _tokens.RefreshAsync(tokens.AccessToken, cancellationToken).ConfigureAwait(false);
        request.Headers.Authorization = tokens.AuthorizationHeader;
        return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Not supported: refreshing is asynchronous, and a request without a token must not leave by mistake.</summary>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        throw new NotSupportedException($"{nameof(AccessTokenHandler)} is for asynchronous requests: use SendAsync, GetAsync and the like.");

    private bool MaySeeToken(Uri? uri) => uri is { IsAbsoluteUri: true } && _origins.Any(origin =>
        Uri.Compare(origin, uri, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0);

    private static bool IsInvalidToken(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.Unauthorized
        && response.Headers.WwwAuthenticate.Any(challenge => challenge.Parameter?.Contains("invalid_token", StringComparison.Ordinal) == true);

    private static bool CanBeSentAgain(HttpContent? content) => content switch
    {
        null or ByteArrayContent or ReadOnlyMemoryContent or JsonContent => true,
        MultipartContent parts => parts.All(CanBeSentAgain),
        _ => false,
    };
}
