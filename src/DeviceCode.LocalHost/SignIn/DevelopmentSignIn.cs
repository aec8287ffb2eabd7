namespace DeviceCode.LocalHost.SignIn;

using System.Diagnostics.CodeAnalysis;
using System.Net.Mail;
using System.Security.Cryptography;
using System.Text;
using DeviceCode.Core;
using DeviceCode.Functions.SignIn;

/// <summary>
/// A sign-in for development, which accepts any identity without checking it: <c>Authorization: Bearer dev:alice@example.com</c>, or
/// <c>dev:Alice Example &lt;alice@example.com&gt;</c>, percent-encoded where a header needs it. <see cref="SignInPage"/> gives the page
/// its identity.
/// </summary>
internal sealed class DevelopmentSignIn : IUserSignIn
{
    private const string Scheme = "Bearer dev:";
    private const string AdministratorScheme = "Bearer dev-admin:";
    private const string Tenant = "development";

    /// <inheritdoc />
    public PageSignIn Page => PageSignIn.Development;

    /// <inheritdoc />
    public Task<User?> AuthenticateAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var authorization = context.Request.Headers.Authorization.ToString();
        var claimed = authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? Uri.UnescapeDataString(authorization[Scheme.Length..])
            : null;
        return Task.FromResult(TryRead(claimed, out var user) ? user : null);
    }

    /// <inheritdoc />
    public async Task<Administrator?> AuthenticateAdministratorAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if (await AuthenticateAsync(context, cancellationToken) is { } user)
        {
            return new Administrator(user.Subject, Tenant, MayManageLogins: false);
        }

        var authorization = context.Request.Headers.Authorization.ToString();
        return authorization.StartsWith(AdministratorScheme, StringComparison.OrdinalIgnoreCase)
            && TryRead(Uri.UnescapeDataString(authorization[AdministratorScheme.Length..]), out var administrator)
                ? new Administrator(administrator.Subject, Tenant, MayManageLogins: true)
                : null;
    }

    /// <summary>Reads <c>alice@example.com</c> or <c>Alice Example &lt;alice@example.com&gt;</c> (RFC 5322 §3.4).</summary>
    public static bool TryRead([NotNullWhen(true)] string? text, [NotNullWhen(true)] out User? user)
    {
        user = text is { Length: <= 320 } && !text.Any(char.IsControl) && MailAddress.TryCreate(text, out var address)
            ? new User(
                SubjectOf(address.Address.ToLowerInvariant()),
                Tenant,
                address.Address,
                address.DisplayName.Length > 0 ? address.DisplayName : address.User)
            : null;
        return user is not null;
    }

    /// <summary>An opaque id, like a directory's object id, because it is logged.</summary>
    private static string SubjectOf(string address) =>
        new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(address)).AsSpan(0, 16)).ToString();
}
