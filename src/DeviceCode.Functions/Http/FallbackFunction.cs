namespace DeviceCode.Functions.Http;

using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

/// <summary>Answers what no other function does: unknown paths, wrong methods, and browsers asking before a cross-origin request.</summary>
public sealed class FallbackFunction(FunctionPipeline pipeline)
{
    private const string Name = "fallback";

    /// <summary>404, 405 or 204.</summary>
    [Function(Name)]
    public Task<IResult> RunAsync([HttpTrigger(AuthorizationLevel.Anonymous, Route = "{*path}")] HttpRequest request) =>
        pipeline.RunAsync(request, _ =>
        {
            var verbs = HttpFunction.All.Where(function => function.Name != Name && function.Serves(request.Path)).SelectMany(function => function.Verbs);
            var allow = string.Join(", ", verbs.Distinct());
            return Task.FromResult<IResult>(
                allow.Length == 0 ? ApiError.NotFound("There is nothing at this path.")
                : pipeline.IsAllowedPreflight(request) ? TypedResults.NoContent()
                : ApiError.MethodNotAllowed(allow));
        });
}
