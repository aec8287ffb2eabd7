namespace DeviceCode.Functions.Entra;

using System.Security.Claims;
using DeviceCode.Core;
using DeviceCode.Functions.SignIn;

/// <summary>
/// Reads the user from a validated Entra access token. Its claims have short or long names, depending on the validation library.
/// </summary>
internal static class EntraClaims
{
    private static readonly string[] ObjectId = ["oid", "http://schemas.microsoft.com/identity/claims/objectidentifier"];
    private static readonly string[] Subject = ["sub", ClaimTypes.NameIdentifier];
    private static readonly string[] Tenant = ["tid", "http://schemas.microsoft.com/identity/claims/tenantid"];
    private static readonly string[] Scope = ["scp", "http://schemas.microsoft.com/identity/claims/scope"];
    private static readonly string[] Email = ["email", ClaimTypes.Email, "preferred_username", "upn", ClaimTypes.Upn];
    private static readonly string[] Roles = ["roles", ClaimTypes.Role];
    private static readonly string[] Name = ["name", ClaimTypes.Name];

    /// <summary>
    /// Returns the user, or null for a token of an application (it has no delegated scope) and for a token without a subject.
    /// </summary>
    public static User? ToUser(ClaimsPrincipal principal)
    {
        ArgumentNullException.ThrowIfNull(principal);
        if (Find(principal, Scope) is null || Find(principal, ["idtyp"]) == "app")
        {
            return null;
        }

        // "oid" identifies a user in the whole tenant, "sub" only for one application.
        var subject = Find(principal, ObjectId) ?? Find(principal, Subject);
        var tenant = Find(principal, Tenant);
        var email = Find(principal, Email);
        return subject is null || tenant is null ? null : new User(subject, tenant, email, Find(principal, Name) ?? email ?? subject);
    }

    /// <summary>Returns the person or the application with its app role, or null for a token without a subject.</summary>
    public static Administrator? ToAdministrator(ClaimsPrincipal principal)
    {
        ArgumentNullException.ThrowIfNull(principal);
        var id = Find(principal, ObjectId) ?? Find(principal, Subject);
        var tenant = Find(principal, Tenant);
        return id is null || tenant is null
            ? null
            : new Administrator(id, tenant, Roles.Any(type => principal.HasClaim(type, Administrator.LoginsRole)));
    }

    private static string? Find(ClaimsPrincipal principal, string[] types) =>
        types.Select(type => principal.FindFirst(type)?.Value).FirstOrDefault(value => !string.IsNullOrWhiteSpace(value));
}
