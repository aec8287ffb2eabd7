namespace DeviceCode.Functions.Page;

using Microsoft.AspNetCore.Http;

/// <summary>The security and cache headers of the page.</summary>
internal static class PageHeaders
{
    /// <summary>
    /// Restricts the page to its own files and to requests to the service and the sign-in; forbids frames, referrers and device access.
    /// </summary>
    /// <param name="headers">The response's headers.</param>
    /// <param name="publicUrl">The public address of the service.</param>
    /// <param name="signInOrigin">
    /// The origin from which the page's script gets tokens, like <c>https://login.microsoftonline.com</c>; null for none.
    /// </param>
    public static void Set(IHeaderDictionary headers, Uri publicUrl, string? signInOrigin)
    {
        var connections = signInOrigin is null ? "'self'" : $"'self' {signInOrigin}";
        headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src {connections}; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
        if (publicUrl.Scheme == Uri.UriSchemeHttps)
        {
            headers.StrictTransportSecurity = "max-age=31536000";
        }

        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
    }

    /// <summary>Allows unlimited caching, for a file whose address changes with its content.</summary>
    public static void AllowCaching(IHeaderDictionary headers)
    {
        headers.CacheControl = "public, max-age=31536000, immutable";
        headers.Pragma = default;
    }
}
