namespace DeviceCode.Functions.Http;

using System.Globalization;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

/// <summary>
/// An error response: <c>{"error": "…", "error_description": "…"}</c> (RFC 6749 §5.2). A function returns it; code that reads a part of
/// the request throws it in an <see cref="ApiException"/>.
/// </summary>
/// <param name="status">The HTTP status.</param>
/// <param name="error">The error code, for programs.</param>
/// <param name="description">One sentence that helps an honest user and reveals nothing to an attacker.</param>
internal sealed class ApiError(int status, string error, string description) : IResult
{
    private static readonly TimeSpan OutageRetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>When to retry; sent in whole seconds.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>The new polling interval, for <c>slow_down</c>; sent in whole seconds.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>The value of <c>WWW-Authenticate</c>, for a 401.</summary>
    public string? Challenge { get; init; }

    /// <summary>The methods that the path supports, for a 405.</summary>
    public string? Allow { get; private init; }

    /// <summary>400: the request is invalid, and the description names the part.</summary>
    public static ApiError BadRequest(string description, string error = "bad_request") =>
        new(StatusCodes.Status400BadRequest, error, description);

    /// <summary>401: the request has no valid credentials of a user.</summary>
    public static ApiError Unauthorized(HttpRequest request) => new(
        StatusCodes.Status401Unauthorized,
        "unauthorized",
        "The request has no valid access token. Sign in, and send the token in the header Authorization: Bearer TOKEN.")
    {
        Challenge = BearerChallenge.For(request),
    };

    /// <summary>403: the access token lacks a scope (RFC 6750 §3.1).</summary>
    public static ApiError InsufficientScope(string scope, string description) => new(
        StatusCodes.Status403Forbidden, "insufficient_scope", description)
    {
        Challenge = $"Bearer realm=\"DeviceCode\", error=\"insufficient_scope\", scope=\"{scope}\"",
    };

    /// <summary>404: the path or the code is unknown.</summary>
    public static ApiError NotFound(string description) => new(StatusCodes.Status404NotFound, "not_found", description);

    /// <summary>405: the path exists, but not with this method.</summary>
    public static ApiError MethodNotAllowed(string allow) => new(
        StatusCodes.Status405MethodNotAllowed, "method_not_allowed", $"This path supports only {allow}.")
    {
        Allow = allow,
    };

    /// <summary>413: the body is too large.</summary>
    public static ApiError ContentTooLarge(int maxBytes, string error = "content_too_large") => new(
        StatusCodes.Status413PayloadTooLarge,
        error,
        string.Create(CultureInfo.InvariantCulture, $"The body is larger than {maxBytes} bytes. Send a smaller one."));

    /// <summary>415: the path does not accept this media type or encoding.</summary>
    public static ApiError UnsupportedMediaType(string description, string error = "unsupported_media_type") => new(
        StatusCodes.Status415UnsupportedMediaType, error, description);

    /// <summary>429: a limit is exceeded.</summary>
    public static ApiError TooManyRequests(TimeSpan retryAfter, string description) => new(
        StatusCodes.Status429TooManyRequests, "too_many_requests", description)
    {
        RetryAfter = retryAfter,
    };

    /// <summary>429: a network has requested too many codes.</summary>
    public static ApiError TooManyCodes(TimeSpan retryAfter) => TooManyRequests(
        retryAfter, "Your network has requested too many codes. Try again after the number of seconds in the header Retry-After.");

    /// <summary>500: a defect of the service.</summary>
    public static ApiError ServerError() => new(
        StatusCodes.Status500InternalServerError,
        "server_error",
        "The service failed. Try again; if the error persists, report the time to the operator.");

    /// <summary>503: the storage, or the identity provider's keys, cannot be reached.</summary>
    public static ApiError Unavailable() => new(
        StatusCodes.Status503ServiceUnavailable,
        "temporarily_unavailable",
        "The service cannot reach its storage or its identity provider. Nothing is lost; try again in a few seconds.")
    {
        RetryAfter = OutageRetryAfter,
    };

    /// <summary>503: another service does not respond.</summary>
    public static ApiError Unavailable(string description, TimeSpan? retryAfter) => new(
        StatusCodes.Status503ServiceUnavailable, "temporarily_unavailable", description)
    {
        RetryAfter = retryAfter ?? OutageRetryAfter,
    };

    /// <inheritdoc />
    public Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        var headers = httpContext.Response.Headers;
        if (RetryAfter is { } wait)
        {
            headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        if (Allow is not null)
        {
            headers.Allow = Allow;
        }

        if (Challenge is not null)
        {
            headers.WWWAuthenticate = Challenge;
        }

        var response = new ErrorResponse(error, description, (long?)Interval?.TotalSeconds);
        return TypedResults.Json(response, HttpJson.Default.ErrorResponse, statusCode: status).ExecuteAsync(httpContext);
    }
}

internal sealed record ErrorResponse(
    [property: JsonPropertyName("error")] string Error,
    [property: JsonPropertyName("error_description")] string ErrorDescription,
    [property: JsonPropertyName("interval"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Interval);
