namespace DeviceCode.Functions.Broker;

using System.Globalization;
using DeviceCode.Core.Broker;
using DeviceCode.Functions.Http;
using DeviceCode.Functions.Options;
using Microsoft.AspNetCore.Http;

/// <summary>Translates the broker's results into HTTP responses.</summary>
internal static class BrokerResponses
{
    /// <summary>The response to a PUT.</summary>
    public static IResult ForPut(BrokerResult result, HttpRequest request, ServiceOptions service) => result switch
    {
        BrokerResult.Pending(var login) => TypedResults.Json(Pending(login, service), BrokerJson.Default.PendingResponse),
        BrokerResult.Ready(var name, var provider, var tokens, _, var scope) ready => TypedResults.Json(
            new ReadyResponse(name, provider, "ready", tokens.Account, scope) { Session = ready.Session?.Reveal() },
            BrokerJson.Default.ReadyResponse),
        _ => ForAny(result, request),
    };

    /// <summary>The response to a read.</summary>
    public static IResult ForRead(BrokerResult result, HttpRequest request, ServiceOptions service)
    {
        switch (result)
        {
            case BrokerResult.Pending(var login):
                PendingMark.Set(request.HttpContext);
                request.HttpContext.Response.Headers.RetryAfter = Seconds(login.RetryAfter).ToString(CultureInfo.InvariantCulture);
                return TypedResults.Json(
                    Pending(login, service) with
                    {
                        Error = "authorization_pending",
                        ErrorDescription = "The user has not signed in at the provider yet. Read again after the time in Retry-After.",
                    },
                    BrokerJson.Default.PendingResponse,
                    statusCode: StatusCodes.Status503ServiceUnavailable);

            case BrokerResult.Ready(_, var provider, var tokens, var expiresIn, var scope):
                return TypedResults.Json(
                    new CredentialTokenResponse(
                        tokens.AccessToken,
                        "Bearer",
                        expiresIn is { } left ? (long)left.TotalSeconds : null,
                        scope,
                        provider,
                        tokens.Account),
                    BrokerJson.Default.CredentialTokenResponse);

            default:
                return ForAny(result, request);
        }
    }

    /// <summary>The response to any other request, and every error.</summary>
    public static IResult ForAny(BrokerResult result, HttpRequest request) => result switch
    {
        BrokerResult.Ended(var error, var description) => new ApiError(StatusCodes.Status410Gone, error, description),
        BrokerResult.Rejected { RetryAfter: { } wait, Error: BrokerError.TooManyRequests } limited =>
            ApiError.TooManyRequests(wait, limited.Description),
        BrokerResult.Rejected rejected => ErrorOf(rejected, request),
        BrokerResult.Deleted(var revoked, var page) => TypedResults.Json(
            new DeletedResponse("deleted", revoked, page), BrokerJson.Default.DeletedResponse),
        BrokerResult.Listed(var credentials) => TypedResults.Json(
            new ListResponse([.. credentials.Select(Describe)]), BrokerJson.Default.ListResponse),
        BrokerResult.Leave(var page) => TypedResults.Json(new ConnectResponse(page), BrokerJson.Default.ConnectResponse),
        BrokerResult.Authorized(var account) => TypedResults.Json(
            new CallbackResponse("authorized", account), BrokerJson.Default.CallbackResponse),
        _ => throw new InvalidOperationException($"Unexpected result type {result.GetType()}."),
    };

    private static ApiError ErrorOf(BrokerResult.Rejected rejected, HttpRequest request)
    {
        var (error, description) = (rejected.Error, rejected.Description);
        return error switch
        {
            BrokerError.Unauthorized => new ApiError(StatusCodes.Status401Unauthorized, error, description)
            {
                Challenge = BearerChallenge.For(request),
            },
            BrokerError.InsufficientScope => ApiError.InsufficientScope(CredentialOwner.Scope, description),
            BrokerError.AccessDenied => new ApiError(StatusCodes.Status403Forbidden, error, description),
            BrokerError.NotFound => ApiError.NotFound(description),
            BrokerError.Conflict => new ApiError(StatusCodes.Status409Conflict, error, description),
            BrokerError.AlreadyExists => new ApiError(StatusCodes.Status412PreconditionFailed, error, description),
            BrokerError.ProviderError => new ApiError(StatusCodes.Status502BadGateway, error, description),
            BrokerError.TemporarilyUnavailable => ApiError.Unavailable(description, rejected.RetryAfter),
            _ => ApiError.BadRequest(description, error),
        };
    }

    private static PendingResponse Pending(PendingLogin login, ServiceOptions service) => new(
        login.Name, login.ProviderId, "pending", Seconds(login.ExpiresIn), Seconds(login.Interval))
    {
        UserCode = login.UserCode,
        VerificationUri = login.VerificationUri,
        VerificationUriComplete = login.VerificationUriComplete,
        AuthorizationUri = login.BrowserRequest is { } handle ? $"{service.Issuer}/creds/-/connect#request={handle}" : null,
        Session = login.Session?.Reveal(),
    };

    private static ListedCredential Describe(CredentialSummary summary) => new(
        summary.Name,
        summary.ProviderId,
        summary.Status switch
        {
            CredentialStatus.Pending => "pending",
            CredentialStatus.Ready => "ready",
            _ => "ended",
        },
        summary.Account,
        summary.Scope,
        summary.Error,
        summary.CreatedAt.UtcDateTime,
        summary.RefreshedAt?.UtcDateTime,
        summary.ExpiresAt?.UtcDateTime);

    private static long Seconds(TimeSpan time) => (long)Math.Ceiling(time.TotalSeconds);
}
