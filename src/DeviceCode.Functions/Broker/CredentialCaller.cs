namespace DeviceCode.Functions.Broker;

using DeviceCode.Core.Broker;
using DeviceCode.Core.OAuth;
using DeviceCode.Functions.Http;
using Microsoft.AspNetCore.Http;

/// <summary>Authenticates the caller of <c>/creds/*</c>: a user with an access token of <c>/oauth/*</c>, or a session.</summary>
public sealed class CredentialCaller(TokenService tokens, ClientRegistry clients)
{
    /// <summary>Returns the owner; null for a request without credentials.</summary>
    internal async Task<CredentialOwner?> FindAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (BearerChallenge.TokenOf(request) is not { } token)
        {
            return request.Headers.Authorization.Count == 0 ? null : throw new ApiException(ApiError.Unauthorized(request));
        }

        if (CredentialSession.HasPrefix(token))
        {
            return CredentialSession.TryParse(token, out var session)
                ? new CredentialOwner.OfSession(session)
                : throw new ApiException(ApiError.Unauthorized(request));
        }

        if (await tokens.IntrospectAsync(token, cancellationToken) is not { Kind: TokenKind.Access } active
            || clients.FindEnabled(active.ClientId) is not { } client)
        {
            throw new ApiException(ApiError.Unauthorized(request));
        }

        var owner = new CredentialOwner.OfUser(active.User, client, active.Scope);
        return owner.CoversAny ? owner : throw new ApiException(ApiError.InsufficientScope(
            CredentialOwner.Scope, "The access token has no scope for credentials. Sign in again with the scope creds."));
    }

    /// <summary>Returns the owner; a request without credentials gets a 401.</summary>
    internal async Task<CredentialOwner> RequireAsync(HttpRequest request, CancellationToken cancellationToken) =>
        await FindAsync(request, cancellationToken) ?? throw new ApiException(ApiError.Unauthorized(request));
}
