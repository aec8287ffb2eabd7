namespace DeviceCode.Functions.OAuth;

using DeviceCode.Core.OAuth;
using DeviceCode.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

/// <summary>Tells a client whose access token it has.</summary>
public sealed class UserInfoFunction(FunctionPipeline pipeline, TokenService tokens)
{
    private const string Bearer = "Bearer ";

    private static readonly ApiError InvalidToken = new(
        StatusCodes.Status401Unauthorized, OAuthError.InvalidToken, "This access token is not active: it is unknown, expired or revoked.")
    {
        Challenge = "Bearer error=\"invalid_token\"",
    };

    /// <summary>The user, as far as the token's scopes go: always <c>sub</c>, with <c>email</c> the address, with <c>profile</c> the names.</summary>
    [Function("oauth-userinfo")]
    public Task<IResult> RunAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "oauth/userinfo")] HttpRequest request) =>
        pipeline.RunAsync(request, async cancellationToken =>
        {
            var authorization = request.Headers.Authorization.ToString();
            if (!authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
            {
                return ApiError.Unauthorized();
            }

            if (await tokens.IntrospectAsync(authorization[Bearer.Length..].Trim(), cancellationToken) is not { Kind: TokenKind.Access } active)
            {
                return InvalidToken;
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
