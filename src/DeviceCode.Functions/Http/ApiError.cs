namespace DeviceCode.Functions.Http;

using System.Globalization;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

/// <summary>An error as every endpoint answers it: <c>{"error": "…", "error_description": "…"}</c> (RFC 6749 §5.2).</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="error">The error's code, for programs.</param>
/// <param name="description">One sentence that helps whoever reads it, and tells nothing that a stranger should not know.</param>
public sealed class ApiError(int status, string error, string description) : IResult
{
    private static readonly TimeSpan OutageRetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>The HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>When to try again, told in whole seconds.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>The time to keep between polls from now on, for <c>slow_down</c>; told in whole seconds.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>How to authenticate, for a 401.</summary>
    public string? Challenge { get; init; }

    /// <summary>The methods that would have been right, for a 405.</summary>
    public string? Allow { get; private init; }

    /// <summary>400: something is wrong with the request, and the description names it.</summary>
    public static ApiError BadRequest(string description) => new(StatusCodes.Status400BadRequest, "bad_request", description);

    /// <summary>401: nobody is signed in.</summary>
    public static ApiError Unauthorized() => new(
        StatusCodes.Status401Unauthorized, "unauthorized", "Sign in first: send a valid access token in the header Authorization: Bearer TOKEN.")
    {
        Challenge = "Bearer",
    };

    /// <summary>404: there is no such thing.</summary>
    public static ApiError NotFound(string description) => new(StatusCodes.Status404NotFound, "not_found", description);

    /// <summary>405: the path exists, but not with this method.</summary>
    public static ApiError MethodNotAllowed(string allow) => new(
        StatusCodes.Status405MethodNotAllowed, "method_not_allowed", $"This path takes {allow}.")
    {
        Allow = allow,
    };

    /// <summary>413: the body is too large.</summary>
    public static ApiError ContentTooLarge(int maxBytes) => new(
        StatusCodes.Status413PayloadTooLarge, "content_too_large", string.Create(CultureInfo.InvariantCulture, $"The body is larger than {maxBytes} bytes."));

    /// <summary>415: the body is not what this path takes.</summary>
    public static ApiError UnsupportedMediaType(string description) => new(
        StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", description);

    /// <summary>429: too many of these, for now.</summary>
    public static ApiError TooManyRequests(TimeSpan retryAfter, string description) => new(
        StatusCodes.Status429TooManyRequests, "too_many_requests", description)
    {
        RetryAfter = retryAfter,
    };

    /// <summary>429: a network has asked for too many codes.</summary>
    public static ApiError TooManyCodes(TimeSpan retryAfter) => TooManyRequests(
        retryAfter, "Your network has asked for too many codes. Wait for as long as Retry-After says, then try again.");

    /// <summary>500: a defect of ours.</summary>
    public static ApiError ServerError() => new(
        StatusCodes.Status500InternalServerError, "server_error", "Something went wrong on our side. Try again; if it stays, tell the operator the time.");

    /// <summary>503: the storage, or what tokens are checked with, cannot be reached.</summary>
    public static ApiError Unavailable() => new(
        StatusCodes.Status503ServiceUnavailable, "temporarily_unavailable", "The service cannot reach what it depends on. Nothing is lost; try again in a few seconds.")
    {
        RetryAfter = OutageRetryAfter,
    };

    /// <summary>The same under another code: what is wrong with a body has a code of its own in OAuth.</summary>
    public ApiError As(string otherError) => new(Status, otherError, description) { RetryAfter = RetryAfter, Challenge = Challenge, Allow = Allow };

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

        return TypedResults.Json(new Body(error, description, (long?)Interval?.TotalSeconds), HttpJson.Default.Body, statusCode: Status).ExecuteAsync(httpContext);
    }

    internal sealed record Body(
        [property: JsonPropertyName("error")] string Error,
        [property: JsonPropertyName("error_description")] string ErrorDescription,
        [property: JsonPropertyName("interval"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Interval);
}
