namespace DeviceCode.Functions.Http;

using Microsoft.AspNetCore.Http;

/// <summary>Bearer tokens in requests, and the challenge of a response without access (RFC 6750 §2.1, §3).</summary>
internal static class BearerChallenge
{
    private const string Scheme = "Bearer ";

    /// <summary>Returns the token in the Authorization header, unchecked; null for none.</summary>
    public static string? TokenOf(HttpRequest request)
    {
        var authorization = request.Headers.Authorization.ToString();
        var token = authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? authorization[Scheme.Length..].Trim() : "";
        return token.Length > 0 ? token : null;
    }

    /// <summary>Returns the value of <c>WWW-Authenticate</c>. It has an error only if the request has a token.</summary>
    public static string For(HttpRequest request) =>
        TokenOf(request) is null ? "Bearer realm=\"DeviceCode\"" : "Bearer realm=\"DeviceCode\", error=\"invalid_token\"";
}
