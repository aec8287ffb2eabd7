namespace DeviceCode.Worker.Tests;

using System.Net.Http.Headers;
using System.Text.RegularExpressions;

/// <summary>Whole logins, the page and its assets, CORS and wrong tokens.</summary>
[Collection(nameof(SharedWorker))]
public sealed partial class LoginTests(SharedWorker shared)
{
    private const string UnknownCode = "BBBB-BBBB";

    private WorkerService Service => shared.Service;

    [Fact]
    public async Task A_person_with_a_token_of_the_tenant_signs_a_device_in()
    {
        var (deviceCode, userCode) = await Service.IssueAsync();
        Assert.Equal("authorization_pending", (await PollAsync(deviceCode))["error"]);

        var page = await Service.GetAsync($"/device?user_code={userCode}");
        Assert.Equal((200, "text/html; charset=utf-8"), (page.Status, page.ContentHeaders.ContentType?.ToString()));

        var response = await Service.PostAsync("/auth/device/inspect", new { user_code = userCode }, Service.Authorization());
        response.IsWellFormed();
        Assert.Equal("True", response["same_network"]);
        Assert.Equal("127.0.0.1", response.Json.GetProperty("requested_from").GetProperty("ip").GetString());
        response = await Service.PostAsync("/auth/device/authorize", new { user_code = userCode }, Service.Authorization());
        Assert.Equal("authorized", response.IsWellFormed()["status"]);

        var complete = (await PollAsync(deviceCode)).IsWellFormed();
        Assert.Equal("complete", complete["status"]);
        Assert.Equal("alice@wonderland.example", complete.Json.GetProperty("user").GetProperty("email").GetString());
        Assert.Equal("already_used", (await PollAsync(deviceCode))["error"]);

        Task<ServiceResponse> PollAsync(string code) => Service.PostAsync("/auth/device/token", new { device_code = code });
    }

    /// <summary>The published worker has no ICU, without which .NET does not normalize texts.</summary>
    [Theory]
    [InlineData(0xFF21)] // full-width
    [InlineData(0x24B6)] // circled
    [InlineData(0x1D400)] // mathematical bold
    public async Task A_code_in_other_forms_of_its_letters_is_accepted(int formOfA)
    {
        var (_, userCode) = await Service.IssueAsync();
        var typed = string.Concat(userCode.Replace("-", "\u2212\u00ad", StringComparison.Ordinal).Select(c =>
            char.IsAsciiLetter(c) ? char.ConvertFromUtf32(formOfA + c - 'A') : $"{c}"));

        var response = await Service.PostAsync("/auth/device/inspect", new { user_code = $"\u200e“{typed}”." }, Service.Authorization());
        Assert.Equal(userCode, response.IsWellFormed()["user_code"]);
        response = await Service.PostAsync("/auth/device/authorize", new { user_code = typed }, Service.Authorization());
        Assert.Equal("authorized", response.IsWellFormed()["status"]);
    }

    [Fact]
    public async Task Openid_client_signs_in_refreshes_introspects_and_revokes()
    {
        var output = await Script.NodeAsync(
            "DeviceCode.Testing.Service/openid-client.mjs",
            [Service.Address.AbsoluteUri, Service.Authorization(), "alice@wonderland.example", "Alice Liddell"]);

        Assert.Equal(8, output.Split('\n').Count(line => line.StartsWith("ok ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_address_that_a_device_claims_is_ignored()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/auth/device/code");
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", "203.0.113.9");
        var codes = await Service.SendAsync(request);
        Service.Leaks.AddCodes(codes["device_code"]!, codes["user_code"]!);

        var response = await Service.PostAsync("/auth/device/inspect", new { user_code = codes["user_code"] }, Service.Authorization());
        Assert.Equal("127.0.0.1", response.Json.GetProperty("requested_from").GetProperty("ip").GetString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("gzip")]
    [InlineData("br, gzip")]
    public async Task Every_file_of_the_page_is_served_compressed_or_not(string? acceptEncoding)
    {
        var page = await Service.GetAsync("/device");
        var paths = Asset.Matches(page.Text).Select(match => match.Groups[1].Value).ToList();
        Assert.NotEmpty(paths);
        foreach (var path in paths.Append(paths[0][..paths[0].LastIndexOf('/')] + "/sign-in-msal.js"))
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            if (acceptEncoding is not null)
            {
                request.Headers.TryAddWithoutValidation("Accept-Encoding", acceptEncoding);
            }

            using var response = await Service.Client.SendAsync(request);
            Assert.Equal(200, (int)response.StatusCode);
            Assert.Equal("public, max-age=31536000, immutable", response.Headers.CacheControl?.ToString());
            Assert.Equal(acceptEncoding is null ? [] : ["gzip"], response.Content.Headers.ContentEncoding);
            Assert.Equal(response.Content.Headers.ContentLength, (await response.Content.ReadAsByteArrayAsync()).Length);
        }
    }

    [Fact]
    public async Task The_configuration_of_the_page_names_the_tenant()
    {
        var configuration = await Service.GetAsync("/device/config.json");
        var authority = configuration.Json.GetProperty("sign_in").GetProperty("authority").GetString();
        Assert.Equal($"{Service.Entra.Instance}{Service.Entra.Tenant.Id}", authority);
    }

    [Theory]
    [InlineData(SharedWorker.Dashboard, 204)]
    [InlineData("https://evil.example", 405)]
    public async Task The_response_to_a_preflight_depends_on_its_origin(string origin, int status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, "/auth/device/authorize")
        {
            Headers =
            {
                { "Origin", origin },
                { "Access-Control-Request-Method", "POST" },
                { "Access-Control-Request-Headers", "authorization,content-type" },
            },
        };
        var response = await Service.SendAsync(request);
        Assert.Equal(status, response.Status);
        Assert.Equal(
            status == 204 ? [origin] : [],
            response.Headers.TryGetValues("Access-Control-Allow-Origin", out var allowed) ? allowed : []);
    }

    [Fact]
    public async Task Tokens_that_are_not_of_a_person_in_the_tenant_get_a_401()
    {
        var tenant = Service.Entra.Tenant;
        var now = DateTimeOffset.UtcNow;
        string[] wrong =
        [
            tenant.Token(now, audience: "77777777-7777-8888-9999-aaaaaaaaaaaa"),
            tenant.Token(now, issuer: tenant.IssuerOf("22222222-2222-3333-4444-555555555555")),
            tenant.Token(now, key: EntraTenant.NewKey()),
            tenant.Token(now, age: TimeSpan.FromHours(3)),
            tenant.Token(now, new() { ["idtyp"] = "app" }),
            "..",
            "dev:alice@wonderland.example",
        ];
        foreach (var token in wrong)
        {
            var response = await Service.PostAsync("/auth/device/inspect", new { user_code = UnknownCode }, $"Bearer {token}");
            response.IsError(401, "unauthorized");
            Assert.Equal(
                new AuthenticationHeaderValue("Bearer", "realm=\"DeviceCode\", error=\"invalid_token\""),
                Assert.Single(response.Headers.WwwAuthenticate));
        }
    }

    [GeneratedRegex("(?:src|href)=\"(/device/assets/[^\"]+)\"")]
    private static partial Regex Asset { get; }
}
