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
    // Clients wait for 15 seconds or longer. They wait by their own clocks, so the deadline does not depend on the service's.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    // For the confirmation.
    private const int MaxAttempts = 6;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(1);

    private readonly CorsPolicy? _corsPolicy = PolicyFor(options.CorsOrigins);

    /// <summary>Runs a function that needs no signed-in user.</summary>
    /// <param name="request">The request.</param>
    /// <param name="respond">
    /// The function's body. Its token is cancelled after 10 seconds, and not when the client disconnects: that must not end a write, or
    /// keep a request from being counted.
    /// </param>
    /// <param name="limit">The time after which the token is cancelled, instead of 10 seconds.</param>
    public async Task<IResult> RunAsync(
        HttpRequest request, Func<CancellationToken, Task<IResult>> respond, TimeSpan? limit = null)
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

        using var deadline = new CancellationTokenSource(limit ?? Deadline, TimeProvider.System);
        try
        {
            return await respond(deadline.Token);
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
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            LogUnavailable($"The storage or the identity provider took longer than {(limit ?? Deadline).TotalSeconds} seconds.");
            return ApiError.Unavailable();
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
    /// <param name="respond">The function's body, as in <see cref="RunAsync"/>.</param>
    /// <param name="limit">The time limit, as in <see cref="RunAsync"/>.</param>
    public Task<IResult> RunSignedInAsync(
        HttpRequest request, Func<User, CancellationToken, Task<IResult>> respond, TimeSpan? limit = null) => RunAsync(
            request,
            async cancellationToken => await signIn.AuthenticateAsync(request.HttpContext, cancellationToken) is { } user
                ? await respond(user, cancellationToken)
                : ApiError.Unauthorized(request),
            limit);

    /// <summary>
    /// Confirms a completed login once the response is sent. Does nothing if the client has already disconnected, because it will not get
    /// the response.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="confirm">
    /// Stores the confirmation. Its token is cancelled after 10 seconds. During an outage it is repeated for about a minute; after that, a
    /// warning is logged.
    /// </param>
    public void ConfirmAfterResponse(HttpRequest request, Func<CancellationToken, Task> confirm)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(confirm);
        if (request.HttpContext.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        // The next request on this connection waits for the confirmation, and so does a stop of the host: during an outage only briefly.
        request.HttpContext.Response.OnCompleted(
            () => Task.WhenAny(RepeatAsync(confirm), Task.Delay(LongestHold, TimeProvider.System)));
    }

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

    private async Task RepeatAsync(Func<CancellationToken, Task> confirm)
    {
        for (var attempts = 1; ; attempts++)
        {
            using var deadline = new CancellationTokenSource(Deadline, TimeProvider.System);
            try
            {
                await confirm(deadline.Token);
                return;
            }
            catch (Exception fault) when (fault is StoreUnavailableException or OperationCanceledException)
            {
                if (attempts == MaxAttempts)
                {
                    LogNotConfirmed(fault.Message);
                    return;
                }
            }

            await Task.Delay(Pause, TimeProvider.System);
        }
    }

    private static CorsPolicy? PolicyFor(IList<string> origins) => origins.Count == 0 ? null : new CorsPolicyBuilder([.. origins])
        .WithMethods(HttpMethods.Get, HttpMethods.Head, HttpMethods.Post, HttpMethods.Put, HttpMethods.Delete)
        .WithHeaders("authorization", "content-type", "if-none-match")
        .WithExposedHeaders("retry-after", "www-authenticate")
        .SetPreflightMaxAge(TimeSpan.FromHours(1))
        .Build();

    [LoggerMessage(1, LogLevel.Error, "Returned HTTP 503: {Reason}")]
    private partial void LogUnavailable(string reason);

    [LoggerMessage(3, LogLevel.Warning, "A completed login is not confirmed, so its device code may complete it again: {Reason}")]
    private partial void LogNotConfirmed(string reason);

    [LoggerMessage(2, LogLevel.Error, "Returned HTTP 500, because of an unexpected exception.")]
    private partial void LogDefect(Exception exception);
}
