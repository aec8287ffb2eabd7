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
    /// <summary>Issues the codes. Anybody may ask; the body is optional.</summary>
    [Function("device-code")]
    public Task<IResult> CodeAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "auth/device/code")] HttpRequest request) =>
        pipeline.RunAsync(request, async cancellationToken =>
        {
            using var body = await RequestBody.ReadOptionalJsonAsync(request);
            var origin = FunctionPipeline.OriginOf(request);
            var asked = new DeviceAuthorizationRequest(service.ClientName, origin);
            switch (await devices.IssueAsync(asked, cancellationToken))
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
                    throw new InvalidOperationException($"Unexpected: {other.GetType()}.");
            }
        });

    /// <summary>Shows a signed-in user who asks, before they decide.</summary>
    [Function("device-inspect")]
    public Task<IResult> InspectAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "auth/device/inspect")] HttpRequest request) =>
        pipeline.RunSignedInAsync(request, async (user, cancellationToken) =>
        {
            using var body = await RequestBody.ReadJsonAsync(request);
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
                    throw new InvalidOperationException($"Unexpected: {other.GetType()}.");
            }
        });

    /// <summary>A signed-in user says yes or no.</summary>
    [Function("device-authorize")]
    public Task<IResult> AuthorizeAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "auth/device/authorize")] HttpRequest request) =>
        pipeline.RunSignedInAsync(request, async (user, cancellationToken) =>
        {
            using var body = await RequestBody.ReadJsonAsync(request);
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
                case DecideResult.Decided(var authorization, { Approved: var approved }):
                    LogDecided(authorization.Id, approved ? "approved" : "denied", user.Subject, authorization.RequestedFrom.SharesNetworkWith(origin));
                    return TypedResults.Json(new DecisionResponse(approved ? "authorized" : "denied"), DeviceJson.Default.DecisionResponse);

                case DecideResult.Rejected(var reason):
                    return Rejected(reason, user, origin);

                case var other:
                    throw new InvalidOperationException($"Unexpected: {other.GetType()}.");
            }
        });

    /// <summary>The device asks whether it has been approved.</summary>
    [Function("device-token")]
    public Task<IResult> TokenAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "auth/device/token")] HttpRequest request) =>
        pipeline.RunAsync(request, async cancellationToken =>
        {
            using var body = await RequestBody.ReadJsonAsync(request);
            if (!DeviceCode.TryParse(body.Required("device_code"), out var deviceCode))
            {
                return ApiError.BadRequest($"The member device_code must be {DeviceCode.Length} hexadecimal digits.");
            }

            switch (await devices.PollAsync(deviceCode, cancellationToken))
            {
                case PollResult.Pending:
                    return Answer(StatusCodes.Status200OK, new("pending") { Error = OAuthError.AuthorizationPending });

                case PollResult.SlowDown(var interval):
                    return Answer(StatusCodes.Status200OK, new("pending") { Error = OAuthError.SlowDown, Interval = (long)interval.TotalSeconds });

                case PollResult.Complete(var authorization, var user):
                    LogCompleted(authorization.Id);
                    return Answer(StatusCodes.Status200OK, new("complete")
                    {
                        User = new UserResponse(user.Email, user.DisplayName),
                        ApiKeysUrl = service.ApiKeysUrl,
                    });

                case PollResult.Denied:
                    return Refuse("denied", OAuthError.AccessDenied, "The user said no.");

                case PollResult.Expired:
                    return Refuse("expired", OAuthError.ExpiredToken, "The code has expired. Ask for a new one.");

                case PollResult.AlreadyUsed:
                    return Refuse("already_used", "already_used", "This code has completed a login already. Ask for a new one.");

                case PollResult.Unknown:
                    return ApiError.NotFound("This device_code was not issued here.");

                case var other:
                    throw new InvalidOperationException($"Unexpected: {other.GetType()}.");
            }
        });

    private static JsonHttpResult<PollResponse> Answer(int status, PollResponse token) => TypedResults.Json(token, DeviceJson.Default.PollResponse, statusCode: status);

    private static JsonHttpResult<PollResponse> Refuse(string status, string error, string description) =>
        Answer(StatusCodes.Status400BadRequest, new(status) { Error = error, ErrorDescription = description });

    private ApiError Rejected(UserCodeRejection reason, User user, RequestOrigin origin) => reason switch
    {
        UserCodeRejection.TooManyGuesses(var limit) => TooManyGuesses(limit, user, origin),
        UserCodeRejection.Invalid(var isGuess) => InvalidUserCode(isGuess, user, origin),
        _ => throw new InvalidOperationException($"Unexpected: {reason.GetType()}."),
    };

    private ApiError InvalidUserCode(bool isGuess, User user, RequestOrigin origin)
    {
        if (isGuess)
        {
            LogInvalidUserCode(user.Subject, origin.NetworkAlias);
        }

        return ApiError.BadRequest("This user_code is not valid. Compare it with the one on your device, or have the device ask for a new one.");
    }

    private ApiError TooManyGuesses(GuessLimitExceeded limit, User user, RequestOrigin origin)
    {
        switch (limit)
        {
            case { IsFirst: true, IsPerUser: true }:
                LogTooManyGuesses(user.Subject, origin.NetworkAlias);
                break;

            // Who comes now need not be who has guessed.
            case { IsFirst: true }:
                LogTooManyGuesses(origin.NetworkAlias);
                break;
        }

        return ApiError.TooManyRequests(limit.RetryAfter, "Too many wrong codes. Wait for as long as Retry-After says, then try again.");
    }

    // The audit trail: people by the directory's id, networks by an alias. The alerts and the workbook in infra/ look for these names.
    // Of what a limit refuses, one event is written while the limit counts back, and the metrics count the rest: a flood must not make it long.

    [LoggerMessage(1, LogLevel.Information, "Device authorization {Id} issued to the network {Network}.", EventName = "CodesIssued")]
    private partial void LogIssued(Guid id, string network);

    [LoggerMessage(2, LogLevel.Warning, "The network {Network} has asked for too many codes.", EventName = "CodesRefused")]
    private partial void LogTooManyCodes(string network);

    [LoggerMessage(3, LogLevel.Information, "Device authorization {Id} {Decision} by {UserId}; from the device's own network: {SameNetwork}.", EventName = "Decided")]
    private partial void LogDecided(Guid id, string decision, string userId, bool sameNetwork);

    [LoggerMessage(4, LogLevel.Information, "Device authorization {Id} completed.", EventName = "Completed")]
    private partial void LogCompleted(Guid id);

    [LoggerMessage(5, LogLevel.Information, "{UserId}, in the network {Network}, entered a user code that is not valid.", EventName = "UserCodeInvalid")]
    private partial void LogInvalidUserCode(string userId, string network);

    [LoggerMessage(6, LogLevel.Warning, "{UserId}, in the network {Network}, is refused for too many wrong user codes.", EventName = "UserCodeRefused")]
    private partial void LogTooManyGuesses(string userId, string network);

    [LoggerMessage(7, LogLevel.Warning, "The network {Network} is refused for too many wrong user codes.", EventName = "NetworkRefused")]
    private partial void LogTooManyGuesses(string network);
}
