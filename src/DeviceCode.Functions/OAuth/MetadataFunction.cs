namespace DeviceCode.Functions.OAuth;

using DeviceCode.Core.OAuth;
using DeviceCode.Functions.Http;
using DeviceCode.Functions.Options;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

/// <summary>Returns the endpoints and capabilities of this server, by which standard clients configure themselves (RFC 8414).</summary>
public sealed class MetadataFunction(FunctionPipeline pipeline, ClientRegistry clients, ServiceOptions service)
{
    private const string WellKnownPath = ".well-known/oauth-authorization-server";

    private static readonly string[] WithSecret = ["client_secret_basic", "client_secret_post"];
    private static readonly string[] WithOrWithoutSecret = ["none", .. WithSecret];

    /// <summary>
    /// Returns the metadata. The issuer's path follows the well-known path (RFC 8414 §3.1); a request without it comes from a proxy that
    /// has removed it, for clients that append the well-known path to the issuer.
    /// </summary>
    [Function("oauth-metadata")]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = WellKnownPath + "/{*issuerPath}")] HttpRequest request) =>
        pipeline.RunAsync(request, _ =>
        {
            var issuer = service.Issuer;
            if (!IsOf(issuer, request.Path))
            {
                return Task.FromResult<IResult>(ApiError.NotFound($"Unknown issuer. This service's issuer is {issuer}."));
            }

            return Task.FromResult<IResult>(TypedResults.Json(
                new Metadata(
                    issuer,
                    TokenEndpoint: $"{issuer}/oauth/token",
                    DeviceAuthorizationEndpoint: $"{issuer}/oauth/device/code",
                    RevocationEndpoint: $"{issuer}/oauth/revoke",
                    IntrospectionEndpoint: $"{issuer}/oauth/introspect",
                    UserinfoEndpoint: $"{issuer}/oauth/userinfo",
                    ScopesSupported: clients.Scopes.Count > 0 ? clients.Scopes : null,
                    ResponseTypesSupported: [],
                    GrantTypesSupported: [GrantTypes.DeviceCode, GrantTypes.RefreshToken],
                    TokenEndpointAuthMethodsSupported: WithOrWithoutSecret,
                    RevocationEndpointAuthMethodsSupported: WithOrWithoutSecret,
                    IntrospectionEndpointAuthMethodsSupported: WithSecret,
                    CodeChallengeMethodsSupported: [Pkce.Method]),
                OAuthJson.Default.Metadata));
        });

    /// <summary>
    /// Whether a path names this issuer or no issuer. Unlike routes, issuers differ by case. A slash at the end is ignored, as in routes.
    /// </summary>
    private static bool IsOf(string issuer, PathString path)
    {
        path.StartsWithSegments($"/{WellKnownPath}", out var rest);

        // The server has decoded the path of the request in the same way. An escaped slash stays escaped.
        var issuerPath = PathString.FromUriComponent(new Uri(issuer).AbsolutePath).Value!.TrimEnd('/');
        return rest.Value is "" or "/" || rest.Value == issuerPath || rest.Value == $"{issuerPath}/";
    }
}
