namespace DeviceCode.Functions.Http;

using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

/// <summary>Responds to requests that no other function takes: unknown paths, wrong methods and CORS preflights.</summary>
public sealed class UnmatchedFunction(FunctionPipeline pipeline)
{
    // The Functions host tries routes in the order of the functions' names, ignoring case, and the first one that matches wins, even if
    // another one is more specific (azure-functions-host#3153). This one matches every request, so its name must sort after all others.
    private const string Name = "unmatched";

    /// <summary>404, 405, or 204 for a preflight of an allowed origin.</summary>
    [Function(Name)]
    public Task<IResult> RunAsync([HttpTrigger(AuthorizationLevel.Anonymous, Route = "{*path}")] HttpRequest request) =>
        pipeline.RunAsync(request, _ =>
        {
            var verbs = HttpFunction.All
                .Where(function => function.Name != Name && function.Serves(request.Path)).SelectMany(function => function.Verbs);
            var allow = string.Join(", ", verbs.Distinct());
            return Task.FromResult<IResult>(
                allow.Length == 0 ? ApiError.NotFound("Unknown path. Check the URL.")
                : pipeline.IsAllowedPreflight(request) ? TypedResults.NoContent()
                : ApiError.MethodNotAllowed(allow));
        });
}
