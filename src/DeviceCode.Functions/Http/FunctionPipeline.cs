namespace DeviceCode.Functions.Http;

using DeviceCode.Core;
using DeviceCode.Functions.Options;
using DeviceCode.Functions.SignIn;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

/// <summary>
/// What every function does around its own work: headers, CORS, sign-in, and an error in the contract's shape whatever happens.
/// </summary>
/// <remarks>It is called by the functions, not a middleware, because the Functions worker and Kestrel have no middleware in common.</remarks>
public sealed partial class FunctionPipeline(
    IUserSignIn signIn, ICorsService cors, ServiceOptions options, ILogger<FunctionPipeline> logger)
{
    private readonly CorsPolicy? _corsPolicy = PolicyFor(options.CorsOrigins);

    /// <summary>Answers a request of anybody.</summary>
    /// <param name="request">The request.</param>
    /// <param name="answer">What the function does; its token is cancelled when the client goes away.</param>
    public async Task<IResult> RunAsync(HttpRequest request, Func<CancellationToken, Task<IResult>> answer)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(answer);
        var context = request.HttpContext;

        // Hardly an answer here is fit for a cache, and none suffers from not being in one (RFC 6749 §5.1).
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.Pragma = "no-cache";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (_corsPolicy is not null)
        {
            cors.ApplyResult(cors.EvaluatePolicy(context, _corsPolicy), context.Response);
        }

        try
        {
            return await answer(context.RequestAborted);
        }
        catch (ApiException known)
        {
            return known.Error;
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
#pragma warning disable CA1031 // The host would answer with an empty 500.
        catch (Exception defect)
#pragma warning restore CA1031
        {
            LogDefect(defect);
            return ApiError.ServerError();
        }
    }

    /// <summary>Answers a request of somebody who is signed in, and everybody else with a 401.</summary>
    /// <param name="request">The request.</param>
    /// <param name="answer">What the function does for this user; its token is cancelled when the client goes away.</param>
    public Task<IResult> RunSignedInAsync(HttpRequest request, Func<User, CancellationToken, Task<IResult>> answer) =>
        RunAsync(request, async cancellationToken =>
            await signIn.AuthenticateAsync(request.HttpContext) is { } user ? await answer(user, cancellationToken) : ApiError.Unauthorized());

    /// <summary>Whether the request is a browser asking before a cross-origin request, from an origin that may make it.</summary>
    public bool IsAllowedPreflight(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _corsPolicy is not null && cors.EvaluatePolicy(request.HttpContext, _corsPolicy) is { IsPreflightRequest: true, IsOriginAllowed: true };
    }

    /// <summary>From where a request comes, as far as it can be trusted.</summary>
    public static RequestOrigin OriginOf(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var userAgent = request.Headers.UserAgent.ToString();
        return new RequestOrigin(request.HttpContext.Connection.RemoteIpAddress, userAgent.Length > 0 ? userAgent : null);
    }

    private static CorsPolicy? PolicyFor(IList<string> origins) => origins.Count == 0 ? null : new CorsPolicyBuilder([.. origins])
        .WithMethods(HttpMethods.Get, HttpMethods.Post)
        .WithHeaders("authorization", "content-type")
        .WithExposedHeaders("retry-after", "www-authenticate")
        .SetPreflightMaxAge(TimeSpan.FromHours(1))
        .Build();

    [LoggerMessage(1, LogLevel.Error, "The request gets a 503. {Reason}")]
    private partial void LogUnavailable(string reason);

    [LoggerMessage(2, LogLevel.Error, "A defect: the request gets a 500.")]
    private partial void LogDefect(Exception exception);
}
