namespace DeviceCode.Functions.Logins;

using DeviceCode.Core.OAuth;
using DeviceCode.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

/// <summary>The logins of the signed-in person: <c>/auth/device/logins</c>.</summary>
public sealed class LoginFunctions(
    FunctionPipeline pipeline, LoginCaller caller, LoginService logins, ClientRegistry clients, LoginAudit audit)
{
    private const string Path = "auth/device/logins";

    /// <summary>Lists the logins, 100 to a page, the newest first.</summary>
    [Function("logins-list")]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Path)] HttpRequest request) =>
        pipeline.RunAsync(request, async cancellationToken =>
        {
            var (owner, current) = await caller.RequireAsync(request, cancellationToken);
            var page = await LoginQuery.ReadAsync(after => logins.ListAsync(owner.Key, after, cancellationToken), request);
            return TypedResults.Json(
                new LoginsResponse(
                    [
                        .. page.Logins.Select(login => ListedLogin.From(login, clients) with
                        {
                            Current = login.Id == current ? true : null,
                        }),
                    ],
                    page.Next),
                LoginJson.Default.LoginsResponse);
        });

    /// <summary>Ends one login. The login of another person is a 404.</summary>
    [Function("logins-end")]
    public Task<IResult> EndAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Path + "/{id}")] HttpRequest request) =>
        pipeline.RunAsync(request, async cancellationToken =>
        {
            var (owner, _) = await caller.RequireAsync(request, cancellationToken);
            var text = request.Path.Value!.Split('/')[^1];
            if (!Guid.TryParseExact(text, "D", out var id) || !await logins.EndAsync(owner.Key, id, cancellationToken))
            {
                return ApiError.NotFound("You have no login with this id. It may have ended.");
            }

            audit.EndedByOwner(owner, id);
            return TypedResults.Json(new EndedResponse(1), LoginJson.Default.EndedResponse);
        });

    /// <summary>Ends all logins; with <c>?except=current</c>, all but that of the token in the request.</summary>
    [Function("logins-end-all")]
    public Task<IResult> EndAllAsync([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Path)] HttpRequest request) =>
        pipeline.RunAsync(request, async cancellationToken =>
        {
            var (owner, current) = await caller.RequireAsync(request, cancellationToken);
            Guid? except = LoginQuery.Optional(request, "except") switch
            {
                null => null,
                "current" => current ?? throw new ApiException(ApiError.BadRequest(
                    "This sign-in has no login of its own, so except=current has no meaning. Leave it out.")),
                _ => throw new ApiException(ApiError.BadRequest("The parameter except must be \"current\".")),
            };
            var ended = await logins.EndAllAsync(
                owner.Key, except, login => audit.EndedByOwner(owner, login.Id), cancellationToken);
            return TypedResults.Json(new EndedResponse(ended), LoginJson.Default.EndedResponse);
        });
}
