namespace DeviceCode.Functions.SignIn;

using DeviceCode.Core;
using Microsoft.AspNetCore.Http;

/// <summary>Tells who is signed in: Entra in Azure, a development sign-in locally.</summary>
public interface IUserSignIn
{
    /// <summary>How the page gets such credentials.</summary>
    PageSignIn Page { get; }

    /// <summary>The user that the request's credentials stand for; null when there are none, or they are not valid, or they are not a person's.</summary>
    /// <exception cref="SignInUnavailableException">Nobody can tell now.</exception>
    Task<User?> AuthenticateAsync(HttpContext context);
}
