namespace DeviceCode.Functions.Tests.Http;

using System.Text.Json;
using DeviceCode.Functions.Http;
using DeviceCode.Testing;
using Microsoft.Azure.Functions.Worker;

public sealed class HttpFunctionTests
{
    [Fact]
    public void Every_function_is_at_the_route_of_the_contract() => Assert.Equal(
        [
            "GET HEAD .well-known/oauth-authorization-server/{*issuerPath}",
            "POST auth/device/authorize",
            "POST auth/device/code",
            "POST auth/device/inspect",
            "DELETE auth/device/logins",
            "GET HEAD auth/device/logins",
            "DELETE auth/device/logins/{id}",
            "POST auth/device/token",
            "DELETE creds",
            "GET HEAD creds",
            "POST creds/-/callback",
            "GET HEAD creds/-/callback",
            "POST creds/-/connect",
            "GET HEAD creds/-/connect",
            "GET HEAD creds/-/providers",
            "DELETE creds/{name}",
            "PUT creds/{name}",
            "GET HEAD creds/{name}",
            "POST creds/{name}/refresh",
            "GET HEAD device",
            "GET HEAD device/assets/{version}/{name}",
            "GET HEAD device/config.json",
            "GET HEAD device/logins",
            "GET HEAD healthz",
            "DELETE management/logins",
            "GET HEAD management/logins",
            "POST oauth/device/code",
            "POST oauth/device/token",
            "POST oauth/introspect",
            "POST oauth/revoke",
            "POST oauth/token",
            "GET HEAD oauth/userinfo",
            " {*path}",
        ],
        HttpFunction.All.OrderBy(function => function.Route, StringComparer.Ordinal)
            .Select(function => $"{string.Join(' ', function.Verbs)} {function.Route}"));

    /// <summary>RFC 9110 §9.1: a server must support both.</summary>
    [Fact]
    public void Every_function_with_GET_also_has_HEAD() =>
        Assert.All(HttpFunction.All, function => Assert.Equal(function.Verbs.Contains("GET"), function.Verbs.Contains("HEAD")));

    [Fact]
    public void Names_are_unique_and_valid_for_the_Functions_host()
    {
        var names = typeof(HttpFunction).Assembly.GetExportedTypes().SelectMany(type => type.GetMethods())
            .SelectMany(method => method.GetCustomAttributes(typeof(FunctionAttribute), false).Cast<FunctionAttribute>())
            .Select(function => function.Name).ToList();

        Assert.Equal(37, names.Count);
        Assert.Equal(names.Count, names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(names, name => Assert.Matches("^[A-Za-z][A-Za-z0-9_-]{0,126}$", name));
    }

    [Fact]
    public void The_Functions_host_tries_the_catch_all_last() =>
        Assert.Equal("{*path}", HttpFunction.All.MaxBy(function => function.Name, StringComparer.OrdinalIgnoreCase)!.Route);

    [Fact]
    public void No_function_requires_a_key() => Assert.All(HttpFunction.All, function => Assert.Equal(
        AuthorizationLevel.Anonymous,
        function.Method.GetParameters().SelectMany(parameter => parameter.GetCustomAttributes(typeof(HttpTriggerAttribute), false))
            .Cast<HttpTriggerAttribute>().Single().AuthLevel));

    [Fact]
    public void The_Functions_host_adds_no_prefix_to_the_routes()
    {
        using var host = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "host.json")));
        Assert.Equal("", host.RootElement.GetProperty("extensions").GetProperty("http").GetProperty("routePrefix").GetString());
    }
}
