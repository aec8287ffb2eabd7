namespace DeviceCode.Functions.OAuth;

using DeviceCode.Core.OAuth;
using DeviceCode.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

/// <summary>Returns the user whose access token the client sends.</summary>
public sealed class UserInfoFunction(FunctionPipeline pipeline, TokenService tokens)
{
    /// <summary>Returns <c>sub</c>; with the scope <c>email</c> also the address, and with <c>profile</c> the names.</summary>
    [Function("oauth-userinfo")]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "oauth/userinfo")] HttpRequest request) =>
        pipeline.RunAsync(request, async cancellationToken =>
        {
            if (BearerChallenge.TokenOf(request) is not { } token)
            {
                return ApiError.Unauthorized(request);
            }

            if (await tokens.IntrospectAsync(token, cancellationToken) is not { Kind: TokenKind.Access } active)
            {
                return new ApiError(
                    StatusCodes.Status401Unauthorized,
                    OAuthError.InvalidToken,
                    "The access token is unknown, expired or revoked. Refresh it, or sign in again.")
                {
                    Challenge = BearerChallenge.For(request),
                };
            }

            var profile = Scope.Has(active.Scope, "profile");
            return TypedResults.Json(
                new UserInfoResponse(active.User.Subject)
                {
                    Email = Scope.Has(active.Scope, "email") ? active.User.Email : null,
                    Name = profile ? active.User.DisplayName : null,
                    PreferredUsername = profile ? active.User.Email : null,
                },
                OAuthJson.Default.UserInfoResponse);
        });
}
