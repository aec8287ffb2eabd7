namespace DeviceCode.Functions.OAuth;

using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;
using DeviceCode.Core.OAuth;
using DeviceCode.Functions.Http;
using Microsoft.AspNetCore.Http;

/// <summary>Who asks: <c>client_secret_basic</c>, <c>client_secret_post</c> or, for public clients, just <c>client_id</c> (RFC 6749 §2.3.1).</summary>
internal static class ClientAuthentication
{
    private const string Basic = "Basic ";

    /// <summary>Unknown client, wrong secret, missing secret: the same answer, with the challenge that RFC 6749 §5.2 wants.</summary>
    private static readonly ApiError InvalidClient = new(
        StatusCodes.Status401Unauthorized, OAuthError.InvalidClient, "This client is unknown, or its authentication is not right.")
    {
        Challenge = "Basic realm=\"DeviceCode\", charset=\"UTF-8\"",
    };

    /// <summary>The client; or the error to answer.</summary>
    public static bool TryAuthenticate(
        HttpRequest request, RequestBody body, ClientRegistry clients, [NotNullWhen(true)] out Client? client, [NotNullWhen(false)] out ApiError? error)
    {
        client = null;
        error = InvalidClient;
        var (id, secret) = (body.Optional(OAuthParameters.ClientId), body.Optional(OAuthParameters.ClientSecret));
        var authorization = request.Headers.Authorization.ToString();
        if (authorization.Length > 0)
        {
            if (!TryReadBasic(authorization, out var headerId, out var headerSecret))
            {
                return false;
            }

            if (secret is not null || (id is not null && id != headerId))
            {
                error = OAuthFunctions.Error(OAuthError.InvalidRequest, "Authenticate the client in one way only: in the Authorization header or in the body.");
                return false;
            }

            (id, secret) = (headerId, headerSecret);
        }

        if (id is null)
        {
            error = OAuthFunctions.Error(OAuthError.InvalidRequest, "The parameter client_id is missing.");
            return false;
        }

        client = clients.Authenticate(id, secret);
        return client is not null;
    }

    private static bool TryReadBasic(string authorization, out string id, out string? secret)
    {
        (id, secret) = ("", null);
        Span<byte> bytes = stackalloc byte[1024];
        if (!authorization.StartsWith(Basic, StringComparison.OrdinalIgnoreCase)
            || !Convert.TryFromBase64String(authorization[Basic.Length..].Trim(), bytes, out var length))
        {
            return false;
        }

        // Both halves are form-encoded before they are put together; an empty secret is none.
        var parts = Encoding.UTF8.GetString(bytes[..length]).Split(':', 2);
        id = WebUtility.UrlDecode(parts[0]);
        secret = parts.Length == 2 && parts[1].Length > 0 ? WebUtility.UrlDecode(parts[1]) : null;
        return true;
    }
}
