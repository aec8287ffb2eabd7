namespace DeviceCode.Client;

using System.Net.Http.Json;

/// <summary>The rules for requests to which a handler adds a token.</summary>
internal static class AuthorizedRequests
{
    /// <summary>Returns the origins, which must be https or on this machine.</summary>
    /// <exception cref="DeviceLoginException">One is neither.</exception>
    public static Uri[] Require(IEnumerable<Uri> origins)
    {
        Uri[] all = [.. origins];
        foreach (var origin in all)
        {
            HttpExchange.RequireSecure(origin);
        }

        return all;
    }

    /// <summary>Returns whether a request goes to one of the origins and has no Authorization header of its own.</summary>
    public static bool GetsToken(HttpRequestMessage request, Uri[] origins) =>
        request.Headers.Authorization is null && request.RequestUri is { IsAbsoluteUri: true } uri && origins.Any(origin =>
            Uri.Compare(origin, uri, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0);

    public static bool CanBeSentAgain(HttpContent? content) => content switch
    {
        null or ByteArrayContent or ReadOnlyMemoryContent or JsonContent => true,
        MultipartContent parts => parts.All(CanBeSentAgain),
        _ => false,
    };

    /// <summary>Returns the error for a synchronous request: a request must not be sent without its token by mistake.</summary>
    public static NotSupportedException NotAsynchronous(DelegatingHandler handler) => new(
        $"{handler.GetType().Name} does not support synchronous requests. Use SendAsync, GetAsync or another asynchronous method.");
}
