namespace DeviceCode.Functions.Page;

using Microsoft.AspNetCore.Http;

/// <summary>The headers that say what a browser may do with the page.</summary>
internal static class PageHeaders
{
    /// <summary>Nothing but the page's own files, and requests to itself and to where people sign in; in no frame, with no trace left elsewhere.</summary>
    /// <param name="headers">The response's headers.</param>
    /// <param name="publicUrl">Where the page is.</param>
    /// <param name="signInOrigin">Where the page's script gets tokens, like <c>https://login.microsoftonline.com</c>; null for nowhere.</param>
    public static void Set(IHeaderDictionary headers, Uri publicUrl, string? signInOrigin)
    {
        headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src {(signInOrigin is null ? "'self'" : $"'self' {signInOrigin}")}; "
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

    /// <summary>For a file whose address changes with its content.</summary>
    public static void Keep(IHeaderDictionary headers)
    {
        headers.CacheControl = "public, max-age=31536000, immutable";
        headers.Pragma = default;
    }
}
