namespace DeviceCode.Functions.Tests.Http;

/// <summary>Requests from web pages of other origins.</summary>
public sealed class CorsTests
{
    private const string Dashboard = "https://dashboard.example.com";

    private static readonly Dictionary<string, string> Allowed = new()
    {
        ["DeviceCode:CorsOrigins:0"] = Dashboard,
        ["DeviceCode:CorsOrigins:1"] = "http://localhost:3000",
    };

    [Fact]
    public async Task Other_origins_are_blocked_by_default()
    {
        using var service = new TestService();

        (await PreflightAsync(service, Dashboard)).IsError(405, "method_not_allowed");
        Assert.DoesNotContain((await service.PostAsync("/auth/device/code", headers: ("Origin", Dashboard))).Headers, IsCors);
    }

    [Fact]
    public async Task Configured_origins_are_allowed()
    {
        using var service = new TestService(Allowed);

        foreach (var origin in new[] { Dashboard, "http://localhost:3000" })
        {
            var preflight = await PreflightAsync(service, origin);
            Assert.Equal(204, preflight.Status);
            Assert.Equal(origin, Header(preflight, "Access-Control-Allow-Origin"));
            Assert.Contains("POST", Header(preflight, "Access-Control-Allow-Methods"), StringComparison.Ordinal);
            Assert.Contains("authorization", Header(preflight, "Access-Control-Allow-Headers"), StringComparison.Ordinal);
            Assert.Contains("content-type", Header(preflight, "Access-Control-Allow-Headers"), StringComparison.Ordinal);
            Assert.False(preflight.Headers.Contains("Access-Control-Allow-Credentials"));

            var response = await service.PostAsync("/auth/device/code", headers: ("Origin", origin));
            Assert.Equal(origin, Header(response, "Access-Control-Allow-Origin"));
            Assert.Contains("Origin", Header(response, "Vary"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Configured_origins_can_read_errors_too()
    {
        using var service = new TestService(Allowed);

        var response = (await service.PostAsync("/auth/device/inspect", headers: ("Origin", Dashboard))).IsError(401, "unauthorized");

        Assert.Equal(Dashboard, Header(response, "Access-Control-Allow-Origin"));
        Assert.Contains("retry-after", Header(response, "Access-Control-Expose-Headers"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://evil.example.com")]
    [InlineData("https://dashboard.example.com.evil.example")]
    [InlineData("http://dashboard.example.com")]
    [InlineData("null")]
    public async Task Unconfigured_origins_are_blocked(string origin)
    {
        using var service = new TestService(Allowed);

        var preflight = (await PreflightAsync(service, origin)).IsError(405, "method_not_allowed");
        Assert.DoesNotContain(preflight.Headers, header => header.Key == "Access-Control-Allow-Origin");
        var response = await service.PostAsync("/auth/device/code", headers: ("Origin", origin));
        Assert.DoesNotContain(response.Headers, header => header.Key == "Access-Control-Allow-Origin");
    }

    [Fact]
    public async Task Configured_origins_can_read_the_metadata_of_an_issuer_with_a_path()
    {
        const string Metadata = "/.well-known/oauth-authorization-server/login";
        using var service = new TestService(new(Allowed) { ["DeviceCode:PublicUrl"] = "https://example.com/login" });

        Assert.Equal(204, (await PreflightAsync(service, Dashboard, Metadata)).Status);
        var response = await service.SendAsync(new HttpRequestMessage(HttpMethod.Get, Metadata) { Headers = { { "Origin", Dashboard } } });
        Assert.Equal((200, Dashboard), (response.Status, Header(response, "Access-Control-Allow-Origin")));
    }

    [Fact]
    public async Task A_preflight_for_an_unknown_path_gets_a_404()
    {
        using var service = new TestService(Allowed);
        (await PreflightAsync(service, Dashboard, "/nothing")).IsError(404, "not_found");
    }

    private static Task<ServiceResponse> PreflightAsync(TestService service, string origin, string path = "/auth/device/authorize") =>
        service.SendAsync(new HttpRequestMessage(HttpMethod.Options, path)
        {
            Headers =
            {
                { "Origin", origin },
                { "Access-Control-Request-Method", "POST" },
                { "Access-Control-Request-Headers", "authorization,content-type" },
            },
        });

    private static bool IsCors(KeyValuePair<string, IEnumerable<string>> header) =>
        header.Key.StartsWith("Access-Control-", StringComparison.Ordinal);

    private static string Header(ServiceResponse response, string name) => string.Join(',', response.Headers.GetValues(name));
}
