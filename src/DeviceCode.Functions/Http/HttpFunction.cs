namespace DeviceCode.Functions.Http;

using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Azure.Functions.Worker;

/// <summary>A function with an HTTP trigger, read from its attributes.</summary>
/// <param name="Name">The function's name.</param>
/// <param name="Method">The .NET method.</param>
/// <param name="Route">The route template, without a leading slash.</param>
/// <param name="Verbs">The HTTP methods in upper case; none for all.</param>
public sealed record HttpFunction(string Name, MethodInfo Method, string Route, IReadOnlyList<string> Verbs)
{
    /// <summary>
    /// All functions of this assembly, in the order in which the Functions host tries their routes: by name, ignoring case.
    /// </summary>
    public static IReadOnlyList<HttpFunction> All { get; } =
        [.. Find(typeof(HttpFunction).Assembly).OrderBy(function => function.Name, StringComparer.OrdinalIgnoreCase)];

    /// <summary>Whether the function serves this path, with any HTTP method.</summary>
    public bool Serves(PathString path) => new TemplateMatcher(TemplateParser.Parse(Route), []).TryMatch(path, []);

    private static IEnumerable<HttpFunction> Find(Assembly assembly) =>
        from type in assembly.GetExportedTypes()
        from method in type.GetMethods()
        let function = method.GetCustomAttribute<FunctionAttribute>()
        let trigger = method.GetParameters().Select(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>())
            .FirstOrDefault(attribute => attribute is not null)
        where function is not null && trigger is not null
        select new HttpFunction(
            function.Name, method, trigger.Route ?? function.Name, [.. (trigger.Methods ?? []).Select(verb => verb.ToUpperInvariant())]);
}
