namespace DeviceCode.Client;

using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

/// <summary>Sends requests with a bearer token to a DeviceCode service. A rejected token is replaced once.</summary>
/// <param name="service">The service.</param>
/// <param name="bearer">Returns the token, or another one than the rejected one; null when there is none.</param>
/// <param name="transport">The HTTP handler and the clock.</param>
internal sealed class ServiceRequests(
    Provider service, Func<string?, CancellationToken, Task<string?>> bearer, Transport transport)
{
    /// <summary>Returns the bearer of a user, whose rejected access token is refreshed.</summary>
    public static Func<string?, CancellationToken, Task<string?>> BearerOf(StoredTokens tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        return async (rejected, cancellationToken) => (rejected is null
            ? await tokens.GetAsync(cancellationToken).ConfigureAwait(false)
            : await tokens.RefreshAsync(rejected, cancellationToken).ConfigureAwait(false)).AccessToken;
    }

    /// <summary>Returns the bearer of a user whose access token the program manages itself.</summary>
    public static Func<string?, CancellationToken, Task<string?>> BearerOf(Func<CancellationToken, Task<string>> accessToken)
    {
        ArgumentNullException.ThrowIfNull(accessToken);
        return async (rejected, cancellationToken) =>
            rejected is null ? await accessToken(cancellationToken).ConfigureAwait(false) : null;
    }

    /// <summary>Sends a request.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">The path below the service, with its query; begins with a slash.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <param name="body">The JSON body, if any.</param>
    /// <param name="secrets">The values in the body that must never be displayed.</param>
    /// <param name="failsIfExists">Whether the request fails if the resource exists.</param>
    public async Task<ServerResponse> SendAsync(
        HttpMethod method,
        string path,
        CancellationToken cancellationToken,
        JsonObject? body = null,
        IReadOnlyCollection<string>? secrets = null,
        bool failsIfExists = false)
    {
        var token = await bearer(null, cancellationToken).ConfigureAwait(false);
        var response = await SendOnceAsync(token).ConfigureAwait(false);
        return response.Status == 401
            && token is not null
            && await bearer(token, cancellationToken).ConfigureAwait(false) is { } other
            && other != token ? await SendOnceAsync(other).ConfigureAwait(false) : response;

        Task<ServerResponse> SendOnceAsync(string? sent)
        {
            var request = new HttpRequestMessage(method, new Uri($"{service.Issuer!.AbsoluteUri.TrimEnd('/')}{path}"))
            {
                Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
                Headers = { Authorization = sent is null ? null : new AuthenticationHeaderValue("Bearer", sent) },
            };
            if (failsIfExists)
            {
                request.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Any);
            }

            return transport.SendAsync(request, [.. secrets ?? [], .. sent is null ? Array.Empty<string>() : [sent]], cancellationToken);
        }
    }
}
