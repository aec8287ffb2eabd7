namespace DeviceCode.Functions.Devices;

using DeviceCode.Core;
using DeviceCode.Core.Devices;
using DeviceCode.Core.Guesses;
using DeviceCode.Core.OAuth;
using DeviceCode.Functions.Http;
using DeviceCode.Functions.Options;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

/// <summary>
/// The simplest login for a command line that only has to learn who signed in: <c>/auth/device/*</c>, in JSON.
/// </summary>
public sealed partial class DeviceFunctions(
    DeviceAuthorizationService devices,
    FunctionPipeline pipeline,
    ServiceOptions service,
    ILogger<DeviceFunctions> logger)
{
    /// <summary>Issues the codes. Needs no authentication; the body is optional.</summary>
    [Function("device-code")]
    public Task<IResult> CodeAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "auth/device/code")] HttpRequest request) =>
        pipeline.RunAsync(request, async cancellationToken =>
        {
            using var body = await RequestBody.ReadOptionalJsonAsync(request, cancellationToken);
            var origin = FunctionPipeline.OriginOf(request);
            switch (await devices.IssueAsync(new DeviceAuthorizationRequest(service.ClientName, origin), cancellationToken))
            {
                case IssueResult.Issued issued:
                    LogIssued(issued.Authorization.Id, origin.NetworkAlias);
                    return CodeResponse.From(issued, service.VerificationUri);

                case IssueResult.TooMany(var limit):
                    if (limit.IsFirst)
                    {
                        LogTooManyCodes(origin.NetworkAlias);
                    }

                    return ApiError.TooManyCodes(limit.RetryAfter);

                case var other:
                    throw new InvalidOperationException($"Unexpected result type {other.GetType()}.");
            }
        });

    /// <summary>Shows a signed-in user the request, before they decide.</summary>
    [Function("device-inspect")]
    public Task<IResult> InspectAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "auth/device/inspect")] HttpRequest request) =>
        pipeline.RunSignedInAsync(request, async (user, cancellationToken) =>
        {
            using var body = await RequestBody.ReadJsonAsync(request, cancellationToken);
            var origin = FunctionPipeline.OriginOf(request);
            switch (await devices.InspectAsync(body.Required("user_code"), user, origin, cancellationToken))
            {
                case InspectResult.Pending(var authorization, var expiresIn, var sameNetwork):
                    var from = authorization.RequestedFrom;
                    return TypedResults.Json(
                        new InspectResponse(
                            authorization.UserCode.Reveal(),
                            authorization.ClientName,
                            authorization.Scope,
                            authorization.RequestedAt.UtcDateTime,
                            (long)expiresIn.TotalSeconds,
                            new OriginResponse(from.Address?.ToString(), from.UserAgent),
                            sameNetwork),
                        DeviceJson.Default.InspectResponse);

                case InspectResult.Rejected(var reason):
                    return Rejected(reason, user, origin);

                case var other:
                    throw new InvalidOperationException($"Unexpected result type {other.GetType()}.");
            }
        });

    /// <summary>Records the decision of a signed-in user.</summary>
    [Function("device-authorize")]
    public Task<IResult> AuthorizeAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "auth/device/authorize")] HttpRequest request) =>
        pipeline.RunSignedInAsync(request, async (user, cancellationToken) =>
        {
            using var body = await RequestBody.ReadJsonAsync(request, cancellationToken);
            var userCode = body.Required("user_code");
            bool? approve = body.Optional("action") switch
            {
                null or "approve" => true,
                "deny" => false,
                _ => null,
            };
            if (approve is null)
            {
                return ApiError.BadRequest("The member action must be approve or deny.");
            }

            var origin = FunctionPipeline.OriginOf(request);
            switch (await devices.DecideAsync(userCode, approve.Value, user, origin, cancellationToken))
            {
                case DecideResult.Decided(var authorization, { Approved: var approved }) decided:
                    if (!decided.IsRepeated)
                    {
                        var sameNetwork = authorization.RequestedFrom.SharesNetworkWith(origin);
                        LogDecided(authorization.Id, approved ? "approved" : "denied", user.Subject, sameNetwork);
                    }

                    return TypedResults.Json(
                        new DecisionResponse(approved ? "authorized" : "denied"), DeviceJson.Default.DecisionResponse);

                case DecideResult.Rejected(var reason):
                    return Rejected(reason, user, origin);

                case var other:
                    throw new InvalidOperationException($"Unexpected result type {other.GetType()}.");
            }
        });

    /// <summary>Returns the state of the login to the polling device.</summary>
    [Function("device-token")]
    public Task<IResult> TokenAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "auth/device/token")] HttpRequest request) =>
        pipeline.RunAsync(request, async cancellationToken =>
        {
            using var body = await RequestBody.ReadJsonAsync(request, cancellationToken);
            if (!DeviceCode.TryParse(body.Required("device_code"), out var deviceCode))
            {
                return ApiError.BadRequest($"The member device_code must be {DeviceCode.Length} hexadecimal digits.");
            }

            switch (await devices.PollAsync(deviceCode, cancellationToken))
            {
                case PollResult.Pending:
                    return Respond(StatusCodes.Status200OK, new("pending") { Error = OAuthError.AuthorizationPending });

                case PollResult.SlowDown(var interval):
                    return Respond(StatusCodes.Status200OK, new("pending")
                    {
                        Error = OAuthError.SlowDown,
                        Interval = (long)interval.TotalSeconds,
                    });

                case PollResult.Complete(var authorization, var user):
                    LogCompleted(authorization.Id);
                    pipeline.ConfirmAfterResponse(request, confirm => devices.ConfirmAsync(authorization, confirm));
                    return Respond(StatusCodes.Status200OK, new("complete")
                    {
                        User = new UserResponse(user.Email, user.DisplayName),
                        ApiKeysUrl = service.ApiKeysUrl,
                    });

                case PollResult.Denied:
                    return Reject("denied", OAuthError.AccessDenied, "The user denied the request.");

                case PollResult.Expired:
                    return Reject("expired", OAuthError.ExpiredToken, "The device_code has expired. Request a new one.");

                case PollResult.AlreadyUsed:
                    return Reject("already_used", "already_used", "The device_code has already completed a login. Request a new one.");

                case PollResult.Unknown:
                    return ApiError.NotFound("Unknown device_code. Request a new one.");

                case var other:
                    throw new InvalidOperationException($"Unexpected result type {other.GetType()}.");
            }
        });

    private static JsonHttpResult<PollResponse> Respond(int status, PollResponse response) =>
        TypedResults.Json(response, DeviceJson.Default.PollResponse, statusCode: status);

    private static JsonHttpResult<PollResponse> Reject(string status, string error, string description) =>
        Respond(StatusCodes.Status400BadRequest, new(status) { Error = error, ErrorDescription = description });

    private ApiError Rejected(UserCodeRejection reason, User user, RequestOrigin origin) => reason switch
    {
        UserCodeRejection.TooManyGuesses(var limit) => TooManyGuesses(limit, user, origin),
        UserCodeRejection.Invalid(var isGuess) => InvalidUserCode(isGuess, user, origin),
        _ => throw new InvalidOperationException($"Unexpected rejection type {reason.GetType()}."),
    };

    private ApiError InvalidUserCode(bool isGuess, User user, RequestOrigin origin)
    {
        if (isGuess)
        {
            LogInvalidUserCode(user.Subject, origin.NetworkAlias);
        }

        return ApiError.BadRequest("Invalid user_code. Compare it with the code on your device, or request a new code there.");
    }

    private ApiError TooManyGuesses(GuessLimitExceeded limit, User user, RequestOrigin origin)
    {
        switch (limit)
        {
            case { IsFirst: true, IsPerUser: true }:
                LogTooManyGuesses(user.Subject, origin.NetworkAlias);
                break;

            // The limit of a network: this user need not be the one who sent the wrong codes.
            case { IsFirst: true }:
                LogTooManyGuesses(origin.NetworkAlias);
                break;
        }

        return ApiError.TooManyRequests(
            limit.RetryAfter, "Too many wrong codes. Try again after the number of seconds in the header Retry-After.");
    }

    // The audit trail. It has users by the directory's id and networks by an alias. The alerts and the workbook in infra/ query these event
    // names. Of the requests that a limit rejects, only the first is logged, and the metrics count all: a flood must not fill the trail.

    [LoggerMessage(1, LogLevel.Information, "Device authorization {Id} issued to the network {Network}.", EventName = "CodesIssued")]
    private partial void LogIssued(Guid id, string network);

    [LoggerMessage(2, LogLevel.Warning, "The network {Network} has requested too many codes.", EventName = "CodesRefused")]
    private partial void LogTooManyCodes(string network);

    [LoggerMessage(
        3,
        LogLevel.Information,
        "Device authorization {Id} {Decision} by {UserId}; from the device's own network: {SameNetwork}.",
        EventName = "Decided")]
    private partial void LogDecided(Guid id, string decision, string userId, bool sameNetwork);

    [LoggerMessage(4, LogLevel.Information, "Device authorization {Id} completed.", EventName = "Completed")]
    private partial void LogCompleted(Guid id);

    [LoggerMessage(
        5, LogLevel.Information, "{UserId} in the network {Network} entered an invalid user code.", EventName = "UserCodeInvalid")]
    private partial void LogInvalidUserCode(string userId, string network);

    [LoggerMessage(
        6, LogLevel.Warning, "{UserId} in the network {Network} has sent too many wrong user codes.", EventName = "UserCodeRefused")]
    private partial void LogTooManyGuesses(string userId, string network);

    [LoggerMessage(7, LogLevel.Warning, "The network {Network} has sent too many wrong user codes.", EventName = "NetworkRefused")]
    private partial void LogTooManyGuesses(string network);
}
