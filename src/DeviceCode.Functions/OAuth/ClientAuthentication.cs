namespace DeviceCode.Functions.OAuth;

using System.Net;
using System.Text;
using DeviceCode.Core.OAuth;
using DeviceCode.Functions.Http;
using Microsoft.AspNetCore.Http;

/// <summary>
/// Client authentication by <c>client_secret_basic</c>, <c>client_secret_post</c> or, for public clients, <c>client_id</c> (RFC 6749
/// §2.3.1).
/// </summary>
internal static class ClientAuthentication
{
    private const string Basic = "Basic ";

    /// <summary>Returns the authenticated client.</summary>
    /// <exception cref="ApiException">
    /// The client is unknown or disabled, its secret is wrong or missing, or it authenticates twice.
    /// </exception>
    public static Client Authenticate(HttpRequest request, RequestBody body, ClientRegistry clients)
    {
        var (id, secret) = (body.Optional(OAuthParameters.ClientId), body.Optional(OAuthParameters.ClientSecret));
        var authorization = request.Headers.Authorization.ToString();
        if (authorization.Length > 0)
        {
            var (headerId, headerSecret) = ReadBasic(authorization);
            if (secret is not null || (id is not null && id != headerId))
            {
                throw InvalidRequest("Authenticate the client in one way only: in the Authorization header or in the body.");
            }

            (id, secret) = (headerId, headerSecret);
        }

        if (id is null)
        {
            throw InvalidRequest("The parameter client_id is missing.");
        }

        // An unknown client, a wrong secret and a missing one get the same response, which reveals no client id.
        return clients.Authenticate(id, secret) ?? throw InvalidClient(
            "Unknown client, or wrong or missing client secret. Check the client id and the secret.");
    }

    private static (string Id, string? Secret) ReadBasic(string authorization)
    {
        Span<byte> bytes = stackalloc byte[1024];
        if (!authorization.StartsWith(Basic, StringComparison.OrdinalIgnoreCase)
            || !Convert.TryFromBase64String(authorization[Basic.Length..].Trim(), bytes, out var length))
        {
            throw InvalidClient(
                "The Authorization header is not valid HTTP Basic. Encode the client id and the secret as in RFC 6749 section 2.3.1.");
        }

        // Both halves are form-encoded before they are joined (RFC 6749 §2.3.1). An empty secret counts as none.
        var parts = Encoding.UTF8.GetString(bytes[..length]).Split(':', 2);
        return (WebUtility.UrlDecode(parts[0]), parts.Length == 2 && parts[1].Length > 0 ? WebUtility.UrlDecode(parts[1]) : null);
    }

    private static ApiException InvalidRequest(string description) => new(ApiError.BadRequest(description, OAuthError.InvalidRequest));

    // With the challenge that RFC 6749 §5.2 requires.
    private static ApiException InvalidClient(string description) => new(
        new ApiError(StatusCodes.Status401Unauthorized, OAuthError.InvalidClient, description)
        {
            Challenge = "Basic realm=\"DeviceCode\", charset=\"UTF-8\"",
        });
}
