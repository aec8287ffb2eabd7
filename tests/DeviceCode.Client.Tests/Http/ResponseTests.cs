namespace DeviceCode.Client.Tests.Http;

using System.IO.Compression;
using System.Text;

/// <summary>Tests responses as proxies and gateways change them.</summary>
public sealed class ResponseTests : IDisposable
{
    private const string RateLimit = "<html>Too many requests</html>";

    private readonly ScriptedServer _server = new();

    public void Dispose() => _server.Dispose();

    [Theory]
    [InlineData("gzip", true)]
    [InlineData("deflate", true)]
    [InlineData("br", true)]
    [InlineData("GZIP", true)]
    [InlineData("gzip", false)]
    [InlineData("deflate", false)]
    [InlineData("br", false)]
    public async Task A_compressed_response_is_decoded(string encoding, bool overTheNetwork)
    {
        var body = Compress(encoding, ScriptedServer.Codes);
        await using var web = await WebServer.StartAsync(context =>
        {
            context.Response.Headers.ContentEncoding = encoding;
            context.Response.Body.WriteAsync(body).AsTask().GetAwaiter().GetResult();
        });
        _server.Then(_ => Task.FromResult(new HttpResponseMessage
        {
            Content = new ByteArrayContent(body) { Headers = { ContentEncoding = { encoding } } },
        }));
        var options = overTheNetwork
            ? new DeviceLoginOptions
            {
                Provider = ScriptedServer.Provider with { DeviceAuthorizationEndpoint = web.Address },
                Transport = new Transport { Handler = Transport.CreateHandler() },
            }
            : _server.Options;

        var authorization = await new DeviceLogin(options).RequestAsync();

        Assert.Equal("WDJB-MJHT", authorization.UserCode);
    }

    [Fact]
    public async Task A_response_that_is_small_only_while_it_is_compressed_is_rejected()
    {
        var bomb = Compress("br", new string(' ', 50_000_000));
        _server.Then(_ => Task.FromResult(new HttpResponseMessage
        {
            Content = new ByteArrayContent(bomb) { Headers = { ContentEncoding = { "br" } } },
        }));

        var failure = await Assert.ThrowsAsync<DeviceLoginException>(() => new DeviceLogin(_server.Options).RequestAsync());

        Assert.Contains("more than 256 KiB", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_response_that_is_not_compressed_as_it_says_is_reported_as_such()
    {
        _server.Then(_ => Task.FromResult(new HttpResponseMessage
        {
            Content = new StringContent(ScriptedServer.Codes) { Headers = { ContentEncoding = { "gzip" } } },
        }));

        var failure = await Assert.ThrowsAsync<DeviceLoginException>(() => new DeviceLogin(_server.Options).RequestAsync());

        Assert.Equal(
            (DeviceLoginFailure.Protocol, "The response of as.example is not compressed as it says."), (failure.Failure, failure.Message));
    }

    [Fact]
    public async Task A_byte_order_mark_is_skipped()
    {
        _server.Respond($"\uFEFF{ScriptedServer.Codes}").Respond($"\uFEFF{ScriptedServer.Tokens}");

        Assert.Equal("at-1", (await _server.LoginAsync()).AccessToken);
    }

    [Theory]
    [InlineData(429, "Example is rate-limiting requests (HTTP 429).")]
    [InlineData(503, "Example is unavailable (HTTP 503).")]
    [InlineData(502, "Example is unavailable (HTTP 502).")]
    [InlineData(408, "Example is unavailable (HTTP 408).")]
    [InlineData(425, "Example is unavailable (HTTP 425).")]
    public async Task A_page_of_a_gateway_that_is_busy_means_to_wait_as_long_as_it_says(int status, string message)
    {
        _server.Respond(RateLimit, status, "text/html", ("Retry-After", "17"));

        var failure = await Assert.ThrowsAsync<DeviceLoginException>(() => new DeviceLogin(_server.Options).RequestAsync());

        Assert.Equal(
            (DeviceLoginFailure.Network, message, "Wait 17 seconds, then try again."), (failure.Failure, failure.Message, failure.Fix));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-5")]
    [InlineData("1.5")]
    [InlineData("soon")]
    [InlineData("99999999")]
    [InlineData("99999999999")]
    public async Task A_delay_that_makes_no_sense_is_not_repeated(string retryAfter)
    {
        _server.Respond(RateLimit, 429, "text/html", ("Retry-After", retryAfter));

        var failure = await Assert.ThrowsAsync<DeviceLoginException>(() => new DeviceLogin(_server.Options).RequestAsync());

        Assert.Equal("Wait, then try again.", failure.Fix);
    }

    [Fact]
    public async Task A_refresh_that_a_gateway_rejects_for_now_ends_no_login()
    {
        _server.Respond(RateLimit, 429, "text/html", ("Retry-After", "17"));
        var tokens = new TokenSet { AccessToken = "at-1", RefreshToken = "rt-1", ExpiresAt = _server.Time.GetUtcNow() };

        var failure = await Assert.ThrowsAsync<DeviceLoginException>(() => new DeviceLogin(_server.Options).RefreshAsync(tokens));

        Assert.Equal((DeviceLoginFailure.Network, "Wait 17 seconds, then try again."), (failure.Failure, failure.Fix));
    }

    [Theory]
    [InlineData(500, "<html>", "text/html")]
    [InlineData(503, "{}", "application/json")]
    [InlineData(429, "<html>", "text/html")]
    [InlineData(403, "<html>", "text/html")]
    [InlineData(404, "", "text/plain")]
    [InlineData(200, "<html>", "text/html")]
    [InlineData(200, "{}", "application/json")]
    [InlineData(200, """{"issuer": "https://as.example"}""", "application/json")]
    [InlineData(200, """{"issuer": "https://as.example", "token_endpoint": "nonsense"}""", "application/json")]
    [InlineData(200, """{"issuer": "https://as.example", "token_endpoint": "http://as.example/token"}""", "application/json")]
    public async Task Whatever_the_first_well_known_address_returns_the_second_is_requested(int status, string body, string type)
    {
        _server.Respond(body, status, type).Respond(Metadata).Respond(ScriptedServer.Codes);

        await new DeviceLogin(Discovering).RequestAsync();

        Assert.Equal(
            ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration", "/da"],
            _server.Requests.Select(request => request.Uri.AbsolutePath));
    }

    [Fact]
    public async Task A_connection_that_is_lost_at_the_first_well_known_address_is_not_the_end_either()
    {
        _server.Fail(new HttpRequestException(HttpRequestError.ResponseEnded)).Respond(Metadata).Respond(ScriptedServer.Codes);

        await new DeviceLogin(Discovering).RequestAsync();
    }

    [Theory]
    [InlineData(500, 404, DeviceLoginFailure.Network, "(HTTP 500)")]
    [InlineData(404, 500, DeviceLoginFailure.Network, "(HTTP 500)")]
    [InlineData(503, 500, DeviceLoginFailure.Network, "(HTTP 503)")]
    [InlineData(404, 404, DeviceLoginFailure.Configuration, "There is no authorization server")]
    public async Task When_both_well_known_addresses_fail_the_first_error_is_reported(
        int first, int second, DeviceLoginFailure kind, string message)
    {
        _server.Respond("<html>", first, "text/html").Respond("<html>", second, "text/html");

        var failure = await Assert.ThrowsAsync<DeviceLoginException>(() => new DeviceLogin(Discovering).DiscoverAsync());

        Assert.Equal(kind, failure.Failure);
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        Assert.Equal(2, _server.Requests.Count);
    }

    [Theory]
    [InlineData(HttpRequestError.NameResolutionError)]
    [InlineData(HttpRequestError.ConnectionError)]
    [InlineData(HttpRequestError.SecureConnectionError)]
    public async Task A_host_that_cannot_be_reached_is_asked_once(HttpRequestError error)
    {
        _server.Fail(new HttpRequestException(error));

        var failure = await Assert.ThrowsAsync<DeviceLoginException>(() => new DeviceLogin(Discovering).DiscoverAsync());

        Assert.Equal(DeviceLoginFailure.Network, failure.Failure);
        Assert.Single(_server.Requests);
    }

    private const string Metadata = """
        {
          "issuer": "https://as.example", "device_authorization_endpoint": "https://as.example/da",
          "token_endpoint": "https://as.example/token"
        }
        """;

    private DeviceLoginOptions Discovering => new()
    {
        Provider = Providers.Discover(new Uri("https://as.example")),
        ClientId = "cli",
        Transport = _server.Transport,
    };

    private static byte[] Compress(string encoding, string text)
    {
        using var compressed = new MemoryStream();
        using (Stream stream = encoding.ToUpperInvariant() switch
        {
            "GZIP" => new GZipStream(compressed, CompressionMode.Compress),
            "DEFLATE" => new ZLibStream(compressed, CompressionMode.Compress),
            _ => new BrotliStream(compressed, CompressionMode.Compress),
        })
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
        }

        return compressed.ToArray();
    }
}
