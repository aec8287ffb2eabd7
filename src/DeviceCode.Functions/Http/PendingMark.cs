namespace DeviceCode.Functions.Http;

using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

/// <summary>
/// Marks a request whose 503 is not a failure, because the user has not decided yet. The alert on failed requests excludes it.
/// </summary>
/// <remarks>
/// The host counts the requests. The worker sends it the tags of the invocation's activity, or those in the context's items where the
/// activity is not recorded.
/// </remarks>
internal sealed class PendingMark : IFunctionsWorkerMiddleware
{
    private const string Name = "devicecode.pending";
    private const string Tags = "AzureFunctions_ActivityTags";

    /// <summary>Marks a request.</summary>
    public static void Set(HttpContext http) => http.Items[Name] = true;

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        await next(context);
        if (context.GetHttpContext()?.Items.ContainsKey(Name) == true)
        {
            Activity.Current?.SetTag(Name, "true");
            context.Items[Tags] = new List<KeyValuePair<string, string>> { new(Name, "true") };
        }
    }
}
