namespace DeviceCode.Functions.SignIn;

using DeviceCode.Core;
using Microsoft.AspNetCore.Http;

/// <summary>Authenticates the user of a request: by Entra ID in Azure, by a development sign-in locally.</summary>
public interface IUserSignIn
{
    /// <summary>How the page gets the credentials.</summary>
    PageSignIn Page { get; }

    /// <summary>Returns the signed-in user, or null if the request has no valid credentials of a person.</summary>
    /// <exception cref="SignInUnavailableException">The credentials cannot be validated now.</exception>
    Task<User?> AuthenticateAsync(HttpContext context, CancellationToken cancellationToken);

    /// <summary>Returns the person or application, or null if the request has no valid credentials of either.</summary>
    /// <exception cref="SignInUnavailableException">The credentials cannot be validated now.</exception>
    Task<Administrator?> AuthenticateAdministratorAsync(HttpContext context, CancellationToken cancellationToken);
}
