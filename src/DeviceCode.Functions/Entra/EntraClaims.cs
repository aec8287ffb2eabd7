namespace DeviceCode.Functions.Entra;

using System.Security.Claims;
using DeviceCode.Core;

/// <summary>Reads the user out of a validated Entra access token, whose claims have short or long names depending on how it was validated.</summary>
internal static class EntraClaims
{
    private static readonly string[] ObjectId = ["oid", "http://schemas.microsoft.com/identity/claims/objectidentifier"];
    private static readonly string[] Subject = ["sub", ClaimTypes.NameIdentifier];
    private static readonly string[] Tenant = ["tid", "http://schemas.microsoft.com/identity/claims/tenantid"];
    private static readonly string[] Scope = ["scp", "http://schemas.microsoft.com/identity/claims/scope"];
    private static readonly string[] Email = ["email", ClaimTypes.Email, "preferred_username", "upn", ClaimTypes.Upn];
    private static readonly string[] Name = ["name", ClaimTypes.Name];

    /// <summary>
    /// The user; null when the token is an application's own (it has no delegated scope), or does not say whose it is.
    /// </summary>
    public static User? ToUser(ClaimsPrincipal principal)
    {
        ArgumentNullException.ThrowIfNull(principal);
        if (Find(principal, Scope) is null || Find(principal, ["idtyp"]) == "app")
        {
            return null;
        }

        // "oid" is the person in the whole tenant; "sub" is the person as this one application knows them.
        var subject = Find(principal, ObjectId) ?? Find(principal, Subject);
        var tenant = Find(principal, Tenant);
        var email = Find(principal, Email);
        return subject is null || tenant is null ? null : new User(subject, tenant, email, Find(principal, Name) ?? email ?? subject);
    }

    private static string? Find(ClaimsPrincipal principal, string[] types) =>
        types.Select(type => principal.FindFirst(type)?.Value).FirstOrDefault(value => !string.IsNullOrWhiteSpace(value));
}
