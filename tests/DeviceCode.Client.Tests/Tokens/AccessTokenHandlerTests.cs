namespace DeviceCode.Client.Tests.Tokens;

using System.Net;
using System.Net.Http.Json;
using System.Text;

public sealed class AccessTokenHandlerTests : IAsyncLifetime
{
    private readonly ScriptedServer _server = new();
    private readonly ScriptedServer _api = new();
    private readonly InMemoryTokenStore _store = new();
    private readonly HttpClient _client;

    public AccessTokenHandlerTests()
    {
        var tokens = new StoredTokens(new DeviceLogin(_server.Options), _store, "k");
        _client = new HttpClient(
            new AccessTokenHandler(tokens, new Uri("https://api.example"), new Uri("http://localhost:5000/path")) { InnerHandler = _api });
        _api.Respond("{}").Forever();
    }

    public async ValueTask InitializeAsync() =>
        await _store.SaveAsync(
            "k", new TokenSet { AccessToken = "at-1", RefreshToken = "rt-1", ExpiresAt = _server.Time.GetUtcNow().AddHours(1) }, default);

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("https://api.example/users", true)]
    [InlineData("https://API.EXAMPLE:443/users?x=https://api.example", true)]
    [InlineData("http://localhost:5000/other", true)]
    [InlineData("http://api.example/users", false)]
    [InlineData("https://api.example:8443/users", false)]
    [InlineData("https://api.example.evil.example/users", false)]
    [InlineData("https://evil.example/https://api.example", false)]
    [InlineData("https://api.example@evil.example/", false)]
    public async Task Only_the_origins_that_are_named_see_the_token(string uri, bool sees)
    {
        await _client.GetAsync(uri);

        Assert.Equal(sees, _api.Requests[0].Headers.Contains("Authorization: Bearer at-1", StringComparison.Ordinal));
        Assert.Equal(sees, _api.Requests[0].Headers.Contains("at-1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_request_that_is_authorized_already_is_left_alone()
    {
        await _client.SendAsync(
            new HttpRequestMessage(HttpMethod.Get, "https://api.example") { Headers = { Authorization = new("Basic", "x") } });

        Assert.Contains("Authorization: Basic x", _api.Requests[0].Headers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_expired_token_is_refreshed_first()
    {
        _server.Time.Advance(TimeSpan.FromHours(2));
        _server.Respond("""{"access_token": "at-2", "expires_in": 3600}""");

        await _client.GetAsync("https://api.example");

        Assert.Contains("Authorization: Bearer at-2", Assert.Single(_api.Requests).Headers, StringComparison.Ordinal);
    }

    public static TheoryData<string, bool> Contents => new()
    {
        { "none", true }, { "string", true }, { "json", true }, { "multipart", true }, { "stream", false }, { "multipart stream", false },
    };

    [Theory]
    [MemberData(nameof(Contents))]
    public async Task An_invalid_token_is_refreshed_once_and_the_request_sent_again_if_it_can_be(string content, bool again)
    {
        var api = Refusing("Bearer error=\"invalid_token\", error_description=\"revoked\"");
        _server.Respond("""{"access_token": "at-2", "expires_in": 3600}""");

        var response = await Client(api).PostAsync("https://api.example", Content(content));

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(again ? ["at-1", "at-2"] : ["at-1"], api.Requests.Select(request => request.Headers.Split("Bearer ")[1][..4]));
        Assert.Single(api.Requests.Select(request => request.Body.Length > 0).Distinct());
        Assert.Equal(again ? 1 : 0, _server.Requests.Count);
    }

    [Theory]
    [InlineData("Bearer")]
    [InlineData("Bearer error=\"insufficient_scope\"")]
    [InlineData("Basic realm=\"x\"")]
    public async Task Another_refusal_is_not_a_matter_of_the_token(string challenge)
    {
        var api = Refusing(challenge);

        Assert.Equal(HttpStatusCode.Unauthorized, (await Client(api).GetAsync("https://api.example")).StatusCode);
        Assert.Single(api.Requests);
        Assert.Empty(_server.Requests);
    }

    [Theory]
    [InlineData("Bearer")]
    [InlineData("Basic realm=\"x\"")]
    public async Task A_program_can_ask_for_a_refresh_after_any_unauthorized(string challenge)
    {
        var api = Refusing(challenge);
        _server.Respond("""{"access_token": "at-2", "expires_in": 3600}""");
        using var client = Client(api, afterAny: true);

        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("https://api.example")).StatusCode);
        Assert.Equal(["at-1", "at-2"], api.Requests.Select(request => request.Headers.Split("Bearer ")[1][..4]));
    }

    [Fact]
    public async Task Without_a_refresh_token_the_response_of_the_api_is_returned()
    {
        await _store.SaveAsync("k", new TokenSet { AccessToken = "at-1" }, default);
        var api = Refusing("Bearer");
        using var client = Client(api, afterAny: true);

        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("https://api.example")).StatusCode);
        Assert.Single(api.Requests);
    }

    [Fact]
    public async Task When_the_refresh_fails_the_failure_says_why()
    {
        _server.Error("invalid_grant");

        var refusal = await Assert.ThrowsAsync<DeviceLoginException>(
            () => Client(Refusing("Bearer error=\"invalid_token\"")).GetAsync("https://api.example"));

        Assert.Equal(DeviceLoginFailure.SignInAgain, refusal.Failure);
    }

    [Fact]
    public void Synchronous_requests_are_refused_before_anything_leaves()
    {
        Assert.Throws<NotSupportedException>(() => _client.Send(new HttpRequestMessage(HttpMethod.Get, "https://api.example")));
        Assert.Empty(_api.Requests);
    }

    [Fact]
    public void An_origin_must_be_https_or_on_this_machine()
    {
        var tokens = new StoredTokens(new DeviceLogin(_server.Options), _store, "k");

        Assert.Throws<DeviceLoginException>(() => new AccessTokenHandler(tokens, new Uri("http://api.example")));
    }

    [Fact]
    public async Task A_redirect_to_another_origin_does_not_take_the_token_along()
    {
        var received = new List<(string Path, string? Authorization)>();
        await using var elsewhere = await WebServer.StartAsync(
            context => received.Add((context.Request.Path, context.Request.Headers.Authorization)));
        await using var api = await WebServer.StartAsync(context =>
        {
            received.Add((context.Request.Path, context.Request.Headers.Authorization));
            context.Response.Redirect($"{elsewhere.Address}there");
        });
        var tokens = new StoredTokens(new DeviceLogin(_server.Options), _store, "k");
        using var client = new HttpClient(new AccessTokenHandler(tokens, api.Address) { InnerHandler = new SocketsHttpHandler() });

        await client.GetAsync(new Uri(api.Address, "here"));

        Assert.Equal([("/here", "Bearer at-1"), ("/there", null)],
            received.Select(request => (request.Path, request.Authorization is { Length: > 0 } some ? some : null)));
    }

    private HttpClient Client(HttpMessageHandler api, bool afterAny = false) =>
        new(new AccessTokenHandler(new StoredTokens(new DeviceLogin(_server.Options), _store, "k"), new Uri("https://api.example"))
        {
            InnerHandler = api,
            RefreshesAfterAnyUnauthorized = afterAny,
        });

    private static ScriptedServer Refusing(string challenge) =>
        new ScriptedServer().Respond("{}", 401, "application/json", ("WWW-Authenticate", challenge)).Forever();

    private static HttpContent? Content(string name) => name switch
    {
        "string" => new StringContent("x"),
        "json" => JsonContent.Create(new { a = 1 }),
        "multipart" => new MultipartFormDataContent { { new StringContent("x"), "a" } },
        "stream" => new StreamContent(new MemoryStream(Encoding.UTF8.GetBytes("x"))),
        "multipart stream" => new MultipartFormDataContent { { new StreamContent(new MemoryStream([1])), "a" } },
        _ => null,
    };
}
