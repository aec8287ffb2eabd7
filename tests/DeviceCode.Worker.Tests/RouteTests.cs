namespace DeviceCode.Worker.Tests;

using System.Text.RegularExpressions;
using DeviceCode.Functions.Http;

/// <summary>Every route of every function, as the Functions host finds them.</summary>
[Collection(nameof(SharedWorker))]
public sealed partial class RouteTests(SharedWorker shared)
{
    private static readonly string[] AnyMethod = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

    private WorkerService Service => shared.Service;

    public static TheoryData<string, string, string> Routes
    {
        get
        {
            var routes = new TheoryData<string, string, string>();
            foreach (var function in HttpFunction.All)
            {
                foreach (var method in function.Verbs.Count == 0 ? AnyMethod : function.Verbs)
                {
                    routes.Add(function.Name, method, $"/{Parameter.Replace(function.Route, "some-value")}");
                }
            }

            return routes;
        }
    }

    [Fact]
    public async Task The_worker_describes_the_functions_of_the_source()
    {
        var functions = await Service.Host.FunctionsAsync();
        Assert.Equal(
            HttpFunction.All.Select(function => $"{function.Name} {string.Join(' ', function.Verbs)} {function.Route}"),
            functions.Where(function => function.Route is not null).OrderBy(function => function.Name, StringComparer.OrdinalIgnoreCase)
                .Select(function => $"{function.Name} {Methods(function)} {function.Route}"));
        Assert.Equal(
            ["logins-directory 0 25 * * * *", "purge 0 */10 * * * *"],
            functions.Where(function => function.Schedule is not null).Select(function => $"{function.Name} {function.Schedule}").Order());

        static string Methods(HostedFunction function) =>
            string.Join(' ', function.Methods?.Select(method => method.ToUpperInvariant()) ?? []);
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Every_function_gets_the_requests_of_its_route(string function, string method, string path)
    {
        var before = Service.Host.Invocations.Count;
        var response = await Service.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        Assert.Equal([function], Service.Host.Invocations.Skip(before));
        Assert.InRange(response.Status, 200, 499);
    }

    [Theory]
    [InlineData("DELETE", "/healthz", 405, "This path supports only GET, HEAD.")]
    [InlineData("GET", "/oauth/token", 405, "This path supports only POST.")]
    [InlineData("POST", "/device/assets/x/device.js", 405, "This path supports only GET, HEAD.")]
    [InlineData("POST", "/.well-known/oauth-authorization-server", 405, "This path supports only GET, HEAD.")]
    [InlineData("POST", "/.well-known/oauth-authorization-server/login", 405, "This path supports only GET, HEAD.")]
    [InlineData("GET", "/", 404, "Unknown path. Check the URL.")]
    [InlineData("GET", "/api/healthz", 404, "Unknown path. Check the URL.")]
    public async Task Other_paths_and_methods_get_an_error_in_JSON(string method, string path, int status, string description)
    {
        var response = await Service.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        response.IsError(status, status == 404 ? "not_found" : "method_not_allowed", description);
    }

    [Theory]
    [InlineData("/.well-known/oauth-authorization-server", 200)]
    [InlineData("/device", 200)]
    [InlineData("/device/config.json", 200)]
    [InlineData("/healthz", 200)]
    [InlineData("/oauth/userinfo", 401)]
    public async Task HEAD_gets_the_status_and_the_headers_of_GET_without_a_body(string path, int status)
    {
        var get = await Service.GetAsync(path);
        var head = await Service.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));

        Assert.Equal((status, status), (get.Status, head.Status));
        Assert.Equal("", head.Text);
        Assert.Equal(get.ContentHeaders.ContentType, head.ContentHeaders.ContentType);
        Assert.Equal(get.Headers.WwwAuthenticate, head.Headers.WwwAuthenticate);
        Assert.Equal(get.Headers.CacheControl, head.Headers.CacheControl);
    }

    [Fact]
    public async Task The_metadata_of_an_issuer_without_a_path_have_no_suffix()
    {
        Assert.Equal(200, (await Service.GetAsync("/.well-known/oauth-authorization-server")).IsWellFormed().Status);
        (await Service.GetAsync("/.well-known/oauth-authorization-server/login")).IsError(404, "not_found");
    }

    // A parameter of a route, or the catch-all.
    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter { get; }
}
