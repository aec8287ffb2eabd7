namespace DeviceCode.Functions.Tests.Page;

using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using DeviceCode.Functions.Page;

/// <summary>The files and headers of the page at the <c>verification_uri</c>. DeviceCode.Browser.Tests tests its behaviour.</summary>
public sealed partial class PageTests
{
    private static readonly string[] MustBeSafe = ["<script>", "onerror", "{{", "}}"];

    [Fact]
    public async Task The_page_has_the_security_headers()
    {
        using var service = new TestService();

        var response = await GetAsync(service, "/device?user_code=BDWP-HQPK");

        Assert.Equal(200, response.Status);
        Assert.Equal("text/html; charset=utf-8", response.ContentHeaders.ContentType?.ToString());
        Assert.Equal("no-store", response.Headers.CacheControl?.ToString());
        Assert.Equal(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
            + "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
            Header(response, "Content-Security-Policy"));
        Assert.Equal("no-referrer", Header(response, "Referrer-Policy"));
        Assert.Equal("nosniff", Header(response, "X-Content-Type-Options"));
        Assert.Equal("DENY", Header(response, "X-Frame-Options"));
        Assert.Equal("same-origin", Header(response, "Cross-Origin-Opener-Policy"));
        Assert.Equal("same-origin", Header(response, "Cross-Origin-Resource-Policy"));
        Assert.False(response.Headers.Contains("Set-Cookie"));
    }

    [Theory]
    [InlineData("/device")]
    [InlineData("/device/")]
    [InlineData("/device?user_code=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&x=onerror")]
    public async Task The_page_does_not_depend_on_the_query_and_has_all_its_texts(string address)
    {
        using var service = new TestService();

        var page = (await GetAsync(service, address)).Text;

        Assert.All(MustBeSafe, text => Assert.DoesNotContain(text, page, StringComparison.OrdinalIgnoreCase));
        Assert.Contains("<html lang=\"en\">", page, StringComparison.Ordinal);
        Assert.Contains("Only continue if you started this yourself.", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/device", 8)]
    [InlineData("/device/logins", 8)]
    [InlineData("/creds/-/connect", 8)]
    public async Task Every_file_that_the_page_references_exists_and_is_cached(string address, int count)
    {
        using var service = new TestService();
        var page = (await GetAsync(service, address)).Text;
        var files = AssetAddress().Matches(page).Select(match => match.Groups[1].Value)
            .Where(file => file.Contains("/assets/", StringComparison.Ordinal)).Distinct().ToList();
        Assert.Equal(count, files.Count);

        foreach (var file in files)
        {
            var response = await GetAsync(service, file);
            Assert.Equal(200, response.Status);
            Assert.Equal("public, max-age=31536000, immutable", Header(response, "Cache-Control"));
            Assert.False(response.Headers.Contains("Pragma"));
            Assert.Equal("nosniff", Header(response, "X-Content-Type-Options"));
            Assert.NotEmpty(response.Text);
        }
    }

    [Fact]
    public async Task The_page_links_to_the_logins_below_a_path_too()
    {
        using var service = new TestService(new() { ["DeviceCode:PublicUrl"] = "https://example.com/assets/login" });
        Assert.Contains("<a href=\"/assets/login/device/logins\">", (await GetAsync(service, "/device")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_of_another_version_is_served_but_not_cached()
    {
        using var service = new TestService();

        var response = await GetAsync(service, "/device/assets/0123456789abcdef/device.css");

        Assert.Equal(200, response.Status);
        Assert.Equal("no-store", Header(response, "Cache-Control"));
    }

    [Theory]
    [InlineData("/device/assets/0123456789abcdef/nothing.js")]
    [InlineData("/device/assets/0123456789abcdef/device.html")]
    [InlineData("/device/assets/0123456789abcdef/..%2f..%2fhost.json")]
    [InlineData("/device/assets/device.css")]
    [InlineData("/device/assets/0123456789abcdef/")]
    public async Task Other_files_get_a_404(string address)
    {
        using var service = new TestService();
        (await GetAsync(service, address)).IsError(404, "not_found");
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("identity", null)]
    [InlineData("gzip", "gzip")]
    [InlineData("gzip, deflate, br", "gzip")]
    [InlineData("br, GZIP;q=0.5", "gzip")]
    [InlineData("br, gzip;q=0", null)]
    [InlineData("br", null)]
    [InlineData("zstd, nonsense;;;", null)]
    public async Task The_page_is_compressed_if_the_browser_accepts_gzip(string? accepted, string? encoding)
    {
        using var service = new TestService();
        var request = new HttpRequestMessage(HttpMethod.Get, "/device");
        request.Headers.TryAddWithoutValidation("Accept-Encoding", accepted);

        using var response = await service.Client.SendAsync(request);

        Assert.Equal(encoding, response.Content.Headers.ContentEncoding.SingleOrDefault());
        Assert.Contains("Accept-Encoding", response.Headers.Vary);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal(bytes.Length, response.Content.Headers.ContentLength);
        var sent = new MemoryStream(bytes);
        using Stream decompressed = encoding is null ? sent : new GZipStream(sent, CompressionMode.Decompress);
        Assert.EndsWith("</html>\n", await new StreamReader(decompressed, Encoding.UTF8).ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HEAD_returns_only_the_headers()
    {
        using var service = new TestService();
        using var response = await service.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/device"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(response.Content.Headers.ContentLength > 1000);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("de-DE, fr;q=0.5")]
    [InlineData("*, x-nonsense-123456789")]
    [InlineData("en-GB,en;q=0.9")]
    public async Task A_language_without_a_translation_gets_English(string languages)
    {
        using var service = new TestService();
        var request = new HttpRequestMessage(HttpMethod.Get, "/device");
        request.Headers.TryAddWithoutValidation("Accept-Language", languages);

        using var response = await service.Client.SendAsync(request);

        Assert.Contains("<html lang=\"en\">", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://login.example.com", "max-age=31536000")]
    [InlineData("http://localhost:7071", null)]
    public async Task A_page_on_https_sends_Strict_Transport_Security(string publicUrl, string? policy)
    {
        using var service = new TestService(new() { ["DeviceCode:PublicUrl"] = publicUrl });
        var response = await GetAsync(service, "/device");
        Assert.Equal(policy, response.Headers.TryGetValues("Strict-Transport-Security", out var values) ? values.Single() : null);
    }

    [Fact]
    public async Task The_path_of_the_public_URL_precedes_the_paths_of_the_files()
    {
        using var service = new TestService(new() { ["DeviceCode:PublicUrl"] = "https://example.com/login/" });
        var page = (await GetAsync(service, "/device")).Text;
        Assert.Contains($"src=\"/login/device/assets/{PageAssets.Version}/device.js\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_configuration_has_the_sign_in_method_and_the_scope_descriptions()
    {
        using var service = new TestService(new()
        {
            ["OAuth:ScopeDescriptions:0:Scope"] = "repo:read",
            ["OAuth:ScopeDescriptions:0:Description"] = "Read your repositories",
        });

        var response = (await GetAsync(service, "/device/config.json")).IsWellFormed();

        Assert.Equal(
            """{"sign_in":{"method":"development"},"user_code_length":8,"scopes":{"repo:read":"Read your repositories"},"ip_version":4}""",
            response.Text);
    }

    [Theory]
    [InlineData("203.0.113.7", "4")]
    [InlineData("2001:db8::7", "6")]
    [InlineData("::ffff:203.0.113.7", "4")]
    public async Task The_configuration_has_the_IP_version_of_the_browser(string address, string version)
    {
        using var service = new TestService(new() { ["DeviceCode:TrustedProxies"] = "1" });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/device/config.json");
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", address);

        Assert.Equal(version, (await service.SendAsync(request))["ip_version"]);
    }

    [Fact]
    public async Task A_POST_to_the_page_is_rejected()
    {
        using var service = new TestService();
        (await service.PostAsync("/device", new { user_code = "BDWP-HQPK" })).IsError(405, "method_not_allowed");
    }

    private static string Header(ServiceResponse response, string name) => string.Join(", ", response.Headers.GetValues(name));

    private static Task<ServiceResponse> GetAsync(TestService service, string address) =>
        service.SendAsync(new HttpRequestMessage(HttpMethod.Get, address));

    [GeneratedRegex("(?:href|src)=\"([^\"]+)\"")]
    private static partial Regex AssetAddress();
}
