namespace DeviceCode.Functions.OAuth;

using DeviceCode.Core.Devices;
using DeviceCode.Core.OAuth;
using DeviceCode.Functions.Devices;
using DeviceCode.Functions.Http;
using DeviceCode.Functions.Options;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

/// <summary>
/// An OAuth 2.0 authorization server for the device grant: <c>/oauth/*</c>. Bodies are forms, which the RFCs require, or JSON.
/// </summary>
public sealed partial class OAuthFunctions(
    FunctionPipeline pipeline,
    ClientRegistry clients,
    DeviceAuthorizationService devices,
    TokenService tokens,
    ServiceOptions service,
    ILogger<OAuthFunctions> logger)
{
    /// <summary>The device authorization endpoint (RFC 8628 §3.1, §3.2).</summary>
    [Function("oauth-device-code")]
    public Task<IResult> DeviceCodeAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "oauth/device/code")] HttpRequest request) =>
        RunAsync(request, async (client, body, cancellationToken) =>
        {
            if (!client.MayUseDeviceCode)
            {
                return ApiError.BadRequest(
                    "This client may not use the device grant. Ask the operator to add device_code to the client's Grants.",
                    OAuthError.UnauthorizedClient);
            }

            var scope = Scope.Parse(body.Optional(OAuthParameters.Scope) ?? client.DefaultScopes ?? client.Scopes);
            if (scope is null || !Scope.Allows(client.Scopes, scope))
            {
                return ApiError.BadRequest(
                    "The scope is malformed, or has a value that this client may not request. Request the registered scopes of the client, "
                        + "separated by spaces.",
                    OAuthError.InvalidScope);
            }

            var challenge = body.Optional(OAuthParameters.CodeChallenge);
            var method = body.Optional(OAuthParameters.CodeChallengeMethod);
            if ((challenge ?? method) is not null && (method != Pkce.Method || challenge is null || !Pkce.IsChallenge(challenge)))
            {
                return ApiError.BadRequest(
                    "The code_challenge must be 43 characters of base64url, with the code_challenge_method S256.",
                    OAuthError.InvalidRequest);
            }

            var origin = FunctionPipeline.OriginOf(request);
            var authorization = new DeviceAuthorizationRequest(client.Name ?? client.Id, origin)
            {
                ClientId = client.Id,
                Scope = string.Join(' ', scope),
                CodeChallenge = challenge,
                CodeLifetime = client.CodeLifetime,
                PollingInterval = client.PollingInterval,
            };
            switch (await devices.IssueAsync(authorization, cancellationToken))
            {
                case IssueResult.Issued issued:
                    LogIssued(issued.Authorization.Id, client.Id, origin.NetworkAlias);
                    return CodeResponse.From(issued, service.VerificationUri);

                case IssueResult.TooMany(var limit):
                    if (limit.IsFirst)
                    {
                        LogTooManyCodes(client.Id, origin.NetworkAlias);
                    }

                    return ApiError.TooManyCodes(limit.RetryAfter);

                case var other:
                    throw new InvalidOperationException($"Unexpected result type {other.GetType()}.");
            }
        });

    /// <summary>The token endpoint (RFC 6749 §3.2), at a second path that some device clients expect.</summary>
    [Function("oauth-device-token")]
    public Task<IResult> DeviceTokenAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "oauth/device/token")] HttpRequest request) =>
        TokenAsync(request);

    /// <summary>The token endpoint (RFC 6749 §3.2).</summary>
    [Function("oauth-token")]
    public Task<IResult> TokenAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "oauth/token")] HttpRequest request) =>
        RunAsync(request, async (client, body, cancellationToken) => body.Required(OAuthParameters.GrantType) switch
        {
            GrantTypes.DeviceCode when client.MayUseDeviceCode => Respond(request, await tokens.RedeemAsync(
                client,
                DeviceCode.TryParse(body.Required(OAuthParameters.DeviceCode), out var deviceCode) ? deviceCode : default,
                body.Optional(OAuthParameters.CodeVerifier),
                cancellationToken)),
            GrantTypes.RefreshToken when client.MayRefresh => Respond(request, await tokens.RefreshAsync(
                client,
                body.Required(OAuthParameters.RefreshToken),
                body.Optional(OAuthParameters.Scope),
                FunctionPipeline.OriginOf(request),
                cancellationToken)),
            (GrantTypes.DeviceCode or GrantTypes.RefreshToken) and var grantType => ApiError.BadRequest(
                $"This client may not use the grant_type {grantType}. Ask the operator to allow it in the client's Grants.",
                OAuthError.UnauthorizedClient),
            _ => ApiError.BadRequest(
                $"The grant_type must be {GrantTypes.DeviceCode} or {GrantTypes.RefreshToken}.", OAuthError.UnsupportedGrantType),
        });

    /// <summary>Token revocation (RFC 7009).</summary>
    [Function("oauth-revoke")]
    public Task<IResult> RevokeAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "oauth/revoke")] HttpRequest request) =>
        RunAsync(request, async (client, body, cancellationToken) =>
        {
            switch (await tokens.RevokeAsync(client, body.Required(OAuthParameters.Token), cancellationToken))
            {
                case RevokeResult.AnotherClients:
                    return ApiError.BadRequest(
                        "The token belongs to another client. Revoke it as the client to which it was issued.", OAuthError.InvalidGrant);

                case RevokeResult.Revoked(var grantId, var endsGrant):
                    LogRevoked(grantId, client.Id, endsGrant);
                    return TypedResults.Json(new RevocationResponse(), OAuthJson.Default.RevocationResponse);

                case RevokeResult.NothingToRevoke:
                    return TypedResults.Json(new RevocationResponse(), OAuthJson.Default.RevocationResponse);

                case var other:
                    throw new InvalidOperationException($"Unexpected result type {other.GetType()}.");
            }
        });

    /// <summary>Token introspection, for resource servers (RFC 7662).</summary>
    [Function("oauth-introspect")]
    public Task<IResult> IntrospectAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "oauth/introspect")] HttpRequest request) =>
        RunAsync(request, async (client, body, cancellationToken) =>
        {
            if (!client.Introspects)
            {
                return ApiError.BadRequest(
                    "This client may not introspect tokens, because it is not a resource server. Ask the operator to set its Introspects.",
                    OAuthError.UnauthorizedClient);
            }

            var active = await tokens.IntrospectAsync(body.Required(OAuthParameters.Token), cancellationToken);
            return TypedResults.Json(
                active is null ? new IntrospectionResponse(Active: false) : new IntrospectionResponse(Active: true)
                {
                    Scope = active.Scope,
                    ClientId = active.ClientId,
                    Username = active.User.Email,
                    TokenType = active.Kind == TokenKind.Access ? "Bearer" : null,
                    Exp = active.ExpiresAt?.ToUnixTimeSeconds(),
                    Iat = active.IssuedAt?.ToUnixTimeSeconds(),
                    Sub = active.User.Subject,
                    Iss = service.Issuer,
                },
                OAuthJson.Default.IntrospectionResponse);
        });

    private Task<IResult> RunAsync(HttpRequest request, Func<Client, RequestBody, CancellationToken, Task<IResult>> respond) =>
        pipeline.RunAsync(request, async cancellationToken =>
        {
            using var body = await RequestBody.ReadFormOrJsonAsync(request, OAuthError.InvalidRequest, cancellationToken);
            return await respond(ClientAuthentication.Authenticate(request, body, clients), body, cancellationToken);
        });

    private IResult Respond(HttpRequest request, TokenResult result)
    {
        switch (result)
        {
            case TokenResult.Issued(var grantId, var accessToken, var expiresIn, var refreshToken, var scope) issued:
                switch (issued)
                {
                    case { AuthorizationId: { } id, IsRepeated: false }:
                        LogCompleted(id, grantId);
                        break;
                    case { AuthorizationId: { } id }:
                        LogRepeated(id, grantId);
                        break;
                    default:
                        LogRefreshed(grantId);
                        break;
                }

                pipeline.ConfirmAfterResponse(request, confirm => tokens.ConfirmAsync(issued, confirm));
                return TypedResults.Json(
                    new TokenResponse(
                        accessToken.Reveal(),
                        "Bearer",
                        expiresIn is { } lifetime ? (long)Math.Ceiling(lifetime.TotalSeconds) : null,
                        refreshToken?.Reveal(),
                        scope),
                    OAuthJson.Default.TokenResponse);

            case TokenResult.Refused refused:
                if (refused.Incident is { } incident)
                {
                    LogIncident(incident.Kind, incident.ClientId, incident.GrantId, incident.AuthorizationId);
                }

                return new ApiError(StatusCodes.Status400BadRequest, refused.Error, refused.Description) { Interval = refused.Interval };

            default:
                throw new InvalidOperationException($"Unexpected result type {result.GetType()}.");
        }
    }

    [LoggerMessage(
        1,
        LogLevel.Information,
        "Device authorization {Id} issued to the client {ClientId} in the network {Network}.",
        EventName = "CodesIssued")]
    private partial void LogIssued(Guid id, string clientId, string network);

    [LoggerMessage(
        2,
        LogLevel.Warning,
        "The network {Network} has requested too many codes, for the client {ClientId}.",
        EventName = "CodesRefused")]
    private partial void LogTooManyCodes(string clientId, string network);

    [LoggerMessage(
        3,
        LogLevel.Information,
        "Device authorization {Id} completed, with tokens of the grant {GrantId}.",
        EventName = "Completed")]
    private partial void LogCompleted(Guid id, Guid grantId);

    [LoggerMessage(
        4,
        LogLevel.Warning,
        "{Incident} by the client {ClientId}; grant: {GrantId}, device authorization: {AuthorizationId}.",
        EventName = "Incident")]
    private partial void LogIncident(IncidentKind incident, string clientId, Guid? grantId, Guid? authorizationId);

    [LoggerMessage(
        6,
        LogLevel.Information,
        "The tokens of the grant {GrantId} returned again for the device authorization {Id}.",
        EventName = "Repeated")]
    private partial void LogRepeated(Guid id, Guid grantId);

    [LoggerMessage(5, LogLevel.Information, "Tokens of the grant {GrantId} refreshed.", EventName = "Refreshed")]
    private partial void LogRefreshed(Guid grantId);

    [LoggerMessage(
        7,
        LogLevel.Information,
        "A token of the grant {GrantId} revoked by the client {ClientId}; this ends the grant: {EndsGrant}.",
        EventName = "Revoked")]
    private partial void LogRevoked(Guid grantId, string clientId, bool endsGrant);
}
