namespace DeviceCode.LocalHost.Functions;

using System.Reflection;
using DeviceCode.Functions.Http;

/// <summary>
/// Serves every function with an HTTP trigger on Kestrel, at the route in its attribute. As in the Functions host, the first function whose
/// route matches wins, in the order of the functions' names; a more specific route of a later function does not.
/// </summary>
internal static class HttpFunctionRoutes
{
    public static void MapHttpFunctions(this IEndpointRouteBuilder routes)
    {
        foreach (var (order, function) in HttpFunction.All.Index())
        {
            var invoke = Bind(function.Method);
            var endpoint = function.Verbs.Count == 0
                ? routes.Map(function.Route, (RequestDelegate)RunAsync)
                : routes.MapMethods(function.Route, function.Verbs, RunAsync);
            endpoint.WithDisplayName(function.Name).WithOrder(order);

            async Task RunAsync(HttpContext context)
            {
                var result = await invoke(context);
                await result.ExecuteAsync(context);
            }
        }
    }

    /// <summary>Binds a function, which must take the request only. As in the Functions worker, each call gets a new instance.</summary>
    private static Func<HttpContext, Task<IResult>> Bind(MethodInfo method)
    {
        if (method.ReturnType != typeof(Task<IResult>)
            || method.GetParameters() is not [{ ParameterType: var parameter }]
            || parameter != typeof(HttpRequest))
        {
            throw new NotSupportedException(
                $"{method.DeclaringType}.{method.Name} must take only an HttpRequest and return Task<IResult>.");
        }

        var create = ActivatorUtilities.CreateFactory(method.DeclaringType!, []);
        return context => (Task<IResult>)method.Invoke(create(context.RequestServices, null), [context.Request])!;
    }
}
