namespace DeviceCode.Functions.OAuth;

using DeviceCode.Core.OAuth;
using DeviceCode.Functions.Http;
using DeviceCode.Functions.Options;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

/// <summary>Returns the endpoints and capabilities of this server, by which standard clients configure themselves (RFC 8414).</summary>
public sealed class MetadataFunction(FunctionPipeline pipeline, ClientRegistry clients, ServiceOptions service)
{
    private static readonly string[] WithSecret = ["client_secret_basic", "client_secret_post"];
    private static readonly string[] WithOrWithoutSecret = ["none", .. WithSecret];

    /// <summary>Returns the metadata.</summary>
    [Function("oauth-metadata")]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = ".well-known/oauth-authorization-server")] HttpRequest request) =>
        pipeline.RunAsync(request, _ =>
        {
            var issuer = service.Issuer;
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
}
