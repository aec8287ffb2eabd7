namespace DeviceCode.Functions.Http;

using DeviceCode.Core;
using DeviceCode.Functions.Options;
using DeviceCode.Functions.SignIn;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

/// <summary>
/// Runs the body of every function: sets the response headers and CORS, signs the user in, and turns exceptions into error responses.
/// </summary>
/// <remarks>The functions call it; it is not a middleware, because the Functions worker and Kestrel share no middleware.</remarks>
public sealed partial class FunctionPipeline(
    IUserSignIn signIn, ICorsService cors, ServiceOptions options, ILogger<FunctionPipeline> logger)
{
    private readonly CorsPolicy? _corsPolicy = PolicyFor(options.CorsOrigins);

    /// <summary>Runs a function that needs no signed-in user.</summary>
    /// <param name="request">The request.</param>
    /// <param name="respond">The function's body. Its token is cancelled when the client disconnects.</param>
    public async Task<IResult> RunAsync(HttpRequest request, Func<CancellationToken, Task<IResult>> respond)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(respond);
        var context = request.HttpContext;

        // RFC 6749 §5.1 requires it for tokens, and the other responses gain nothing from a cache. The page's files override it.
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.Pragma = "no-cache";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (_corsPolicy is not null)
        {
            cors.ApplyResult(cors.EvaluatePolicy(context, _corsPolicy), context.Response);
        }

        try
        {
            return await respond(context.RequestAborted);
        }
        catch (ApiException failure)
        {
            return failure.Error;
        }
        catch (Exception fault) when (fault is StoreUnavailableException or SignInUnavailableException)
        {
            LogUnavailable(fault.Message);
            return ApiError.Unavailable();
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return TypedResults.StatusCode(StatusCodes.Status499ClientClosedRequest);
        }
#pragma warning disable CA1031 // Otherwise the host returns an empty 500.
        catch (Exception defect)
#pragma warning restore CA1031
        {
            LogDefect(defect);
            return ApiError.ServerError();
        }
    }

    /// <summary>Runs a function for a signed-in user; returns a 401 if the request has no valid credentials.</summary>
    /// <param name="request">The request.</param>
    /// <param name="respond">The function's body. Its token is cancelled when the client disconnects.</param>
    public Task<IResult> RunSignedInAsync(HttpRequest request, Func<User, CancellationToken, Task<IResult>> respond) =>
        RunAsync(request, async cancellationToken => await signIn.AuthenticateAsync(request.HttpContext) is { } user
            ? await respond(user, cancellationToken)
            : ApiError.Unauthorized(request));

    /// <summary>Whether the request is a CORS preflight from an allowed origin.</summary>
    public bool IsAllowedPreflight(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _corsPolicy is not null
            && cors.EvaluatePolicy(request.HttpContext, _corsPolicy) is { IsPreflightRequest: true, IsOriginAllowed: true };
    }

    /// <summary>Returns the client's address, as the trusted proxies report it, and its user agent.</summary>
    public static RequestOrigin OriginOf(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var userAgent = request.Headers.UserAgent.ToString();
        return new RequestOrigin(request.HttpContext.Connection.RemoteIpAddress, userAgent.Length > 0 ? userAgent : null);
    }

    private static CorsPolicy? PolicyFor(IList<string> origins) => origins.Count == 0 ? null : new CorsPolicyBuilder([.. origins])
        .WithMethods(HttpMethods.Get, HttpMethods.Head, HttpMethods.Post)
        .WithHeaders("authorization", "content-type")
        .WithExposedHeaders("retry-after", "www-authenticate")
        .SetPreflightMaxAge(TimeSpan.FromHours(1))
        .Build();

    [LoggerMessage(1, LogLevel.Error, "Returned HTTP 503: {Reason}")]
    private partial void LogUnavailable(string reason);

    [LoggerMessage(2, LogLevel.Error, "Returned HTTP 500, because of an unexpected exception.")]
    private partial void LogDefect(Exception exception);
}
