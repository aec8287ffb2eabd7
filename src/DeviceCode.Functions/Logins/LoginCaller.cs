namespace DeviceCode.Functions.Logins;

using DeviceCode.Core;
using DeviceCode.Core.OAuth;
using DeviceCode.Functions.Http;
using DeviceCode.Functions.SignIn;
using Microsoft.AspNetCore.Http;

/// <summary>
/// Authenticates the owner of logins: by an access token of <c>/oauth/*</c> with the scope <c>logins</c>, or as the page does.
/// </summary>
public sealed class LoginCaller(TokenService tokens, IUserSignIn signIn)
{
    /// <summary>Returns the owner, and the login of the token in the request; null for a sign-in without one.</summary>
    internal async Task<(User Owner, Guid? Current)> RequireAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (BearerChallenge.TokenOf(request) is { } token && Token.TryParse(token, out _))
        {
            if (await tokens.IntrospectAsync(token, cancellationToken) is not { Kind: TokenKind.Access } active)
            {
                throw new ApiException(ApiError.Unauthorized(request));
            }

            return Scope.Has(active.Scope, Scope.Logins)
                ? (active.User, active.GrantId)
                : throw new ApiException(ApiError.InsufficientScope(
                    Scope.Logins, "The access token may not list or end logins. Sign in again with the scope logins."));
        }

        return await signIn.AuthenticateAsync(request.HttpContext, cancellationToken) is { } user
            ? (user, null)
            : throw new ApiException(ApiError.Unauthorized(request));
    }
}
