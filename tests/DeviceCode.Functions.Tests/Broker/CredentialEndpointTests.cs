namespace DeviceCode.Functions.Tests.Broker;

using DeviceCode.Core.Broker;
using DeviceCode.Testing;

/// <summary>The HTTP contract of <c>/creds/*</c>.</summary>
public sealed class CredentialEndpointTests : IDisposable
{
    private readonly BrokerService _broker = new();

    public void Dispose() => _broker.Dispose();

    [Fact]
    public async Task A_session_is_made_pending_then_ready_and_has_exactly_the_members_of_the_contract()
    {
        var made = (await _broker.PutAsync()).IsWellFormed();
        Assert.Equal(200, made.Status);
        Assert.Equal(
            ["name", "provider", "status", "expires_in", "interval", "user_code", "verification_uri", "session"], Members(made));
        Assert.Equal(("github", "github", "pending", "900", "5", "USER-1"), (
            made["name"], made["provider"], made["status"], made["expires_in"], made["interval"], made["user_code"]));
        var session = made["session"]!;
        Assert.Matches("^dcs_[0-9A-Za-z]{71}$", session);
        _broker.Service.Watch(session);

        var pending = (await _broker.ReadAsync(token: session)).IsWellFormed();
        Assert.Equal((503, "6", "authorization_pending"), (pending.Status, pending.Headers.RetryAfter!.ToString(), pending["error"]));
        Assert.Equal("USER-1", pending["user_code"]);
        Assert.Null(pending["session"]);

        _broker.Approve();
        var ready = (await _broker.ReadAsync(token: session)).IsWellFormed();
        Assert.Equal(200, ready.Status);
        Assert.Equal(["access_token", "token_type", "expires_in", "scope", "provider", "account"], Members(ready));
        Assert.Equal(
            ("Bearer", "3600", "repo", "github", "alice@example.com"),
            (ready["token_type"], ready["expires_in"], ready["scope"], ready["provider"], ready["account"]));
        _broker.Service.Watch(ready["access_token"]!);

        var listed = (await _broker.SendAsync(HttpMethod.Get, "/creds", session)).IsWellFormed();
        var entry = Assert.Single(listed.Json.GetProperty("credentials").EnumerateArray());
        Assert.Equal(
            ["name", "provider", "status", "account", "scope", "created_at", "expires_at"],
            entry.EnumerateObject().Select(member => member.Name));
        Assert.EndsWith("Z", entry.GetProperty("created_at").GetString(), StringComparison.Ordinal);

        var deleted = (await _broker.SendAsync(HttpMethod.Delete, "/creds/github", session)).IsWellFormed();
        Assert.Equal(("deleted", "True"), (deleted["status"], deleted["revoked"]));
        (await _broker.ReadAsync(token: session)).IsError(404, "not_found");
        Assert.Equal(200, (await _broker.SendAsync(HttpMethod.Delete, "/creds", session)).Status);
        (await _broker.SendAsync(HttpMethod.Get, "/creds", session)).IsError(401, "unauthorized");
    }

    [Fact]
    public async Task A_user_needs_an_access_token_with_the_scope()
    {
        (await _broker.PutAsync("private")).IsError(401, "unauthorized");
        (await _broker.ReadAsync("private")).IsError(401, "unauthorized");
        (await _broker.PutAsync("private", "dca_wrong")).IsError(401, "unauthorized");
        (await _broker.PutAsync("private", "dcs_wrong")).IsError(401, "unauthorized");

        var without = await _broker.AccessTokenAsync("profile");
        var refused = (await _broker.PutAsync("private", without)).IsError(403, "insufficient_scope");
        Assert.Equal(
            "Bearer realm=\"DeviceCode\", error=\"insufficient_scope\", scope=\"creds\"", refused.Headers.WwwAuthenticate.ToString());

        var token = await _broker.AccessTokenAsync();
        Assert.Null((await _broker.PutAsync("private", token))["session"]);
        _broker.Approve();
        Assert.Equal(200, (await _broker.ReadAsync("private", token)).Status);

        // Another access token of the same user and client; not another user's.
        Assert.Equal(200, (await _broker.ReadAsync("private", await _broker.AccessTokenAsync())).Status);
        (await _broker.ReadAsync("private", await _broker.AccessTokenAsync(user: TestService.Bob))).IsError(404, "not_found");
        Assert.Equal(401, (await _broker.SendAsync(HttpMethod.Get, "/creds", headers: ("Authorization", "Basic YTpi"))).Status);
    }

    [Fact]
    public async Task An_import_without_a_caller_returns_a_session_and_no_token()
    {
        var ready = (await _broker.PutAsync(
            json: $$"""{"grant_type": "refresh_token", "refresh_token": "{{_broker.Upstream.NewRefreshToken()}}"}""")).IsWellFormed();
        Assert.Equal(["name", "provider", "status", "account", "scope", "session"], Members(ready));
        Assert.Equal((200, "ready"), (ready.Status, ready["status"]));
        _broker.Service.Watch(ready["session"]!);
        Assert.Equal(200, (await _broker.ReadAsync(token: ready["session"])).Status);
    }

    [Theory]
    [InlineData("""{"grant_type": "password"}""", 400, "unsupported_grant_type")]
    [InlineData("""{"provider": "unknown"}""", 400, "unknown_provider")]
    [InlineData("""{"scope": "admin"}""", 400, "invalid_scope")]
    [InlineData("""{"grant_type": "refresh_token"}""", 400, "bad_request")]
    [InlineData("""{"grant_type": "refresh_token", "refresh_token": "unknown"}""", 400, "invalid_grant")]
    [InlineData("""{"account": ""}""", 400, "bad_request")]
    [InlineData("""{"account": 1}""", 400, "bad_request")]
    [InlineData("""{"device_code": "x", "interval": "5"}""", 400, "bad_request")]
    [InlineData("""{"device_code": "x", "interval": -1}""", 400, "bad_request")]
    [InlineData("""{"device_code": "x", "expires_in": 1e99}""", 400, "bad_request")]
    [InlineData("""{"grant_type": "authorization_code"}""", 400, "unsupported_grant_type")]
    [InlineData("[]", 400, "bad_request")]
    [InlineData("{", 400, "bad_request")]
    public async Task Invalid_members_are_rejected(string json, int status, string error)
    {
        (await _broker.PutAsync(json: json)).IsError(status, error);
        Assert.Equal(0, _broker.Upstream.Count("code"));
    }

    [Theory]
    [InlineData("Upper")]
    [InlineData("-")]
    [InlineData(".a")]
    [InlineData("a%20b")]
    [InlineData("a%2Fb")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task Invalid_names_are_rejected(string name)
    {
        (await _broker.PutAsync(name, json: """{"provider": "github"}""")).IsError(400, "bad_request");
        (await _broker.ReadAsync(name, await _broker.SessionAsync())).IsError(404, "not_found");
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("3601")]
    [InlineData("1.5")]
    [InlineData("x")]
    [InlineData("1&minimum_seconds=2")]
    public async Task An_invalid_minimum_is_rejected(string minimum) =>
        (await _broker.ReadAsync(token: await _broker.SessionAsync(), query: $"?minimum_seconds={minimum}")).IsError(400, "bad_request");

    [Theory]
    [InlineData(UpstreamFault.Rejected, 502, "provider_error")]
    [InlineData(UpstreamFault.Unavailable, 503, "temporarily_unavailable")]
    public async Task A_fault_of_the_provider_is_not_ours(UpstreamFault fault, int status, string error)
    {
        _broker.Upstream.Fail(FakeUpstream.Fault(fault));
        var response = (await _broker.PutAsync()).IsError(status, error);
        Assert.Equal(status == 503, response.Headers.RetryAfter is not null);
    }

    [Fact]
    public async Task An_existing_name_is_kept_with_If_None_Match()
    {
        var session = await _broker.SessionAsync();
        (await PutAsync("*")).IsError(412, "already_exists");
        (await PutAsync("\"x\"")).IsError(400, "bad_request");
        Assert.Equal(200, (await _broker.PutAsync(token: session)).Status);

        Task<ServiceResponse> PutAsync(string ifNoneMatch) =>
            _broker.SendAsync(HttpMethod.Put, "/creds/github", session, headers: ("If-None-Match", ifNoneMatch));
    }

    [Fact]
    public async Task An_ended_credential_returns_410_with_the_reason()
    {
        var session = await _broker.SessionAsync();
        _broker.Upstream.Deny();
        _broker.Service.Time.Advance(TimeSpan.FromSeconds(6));
        (await _broker.ReadAsync(token: session)).IsError(410, "access_denied");
        var listed = await _broker.SendAsync(HttpMethod.Get, "/creds", session);
        var entry = listed.Json.GetProperty("credentials")[0];
        Assert.Equal(("ended", "access_denied"), (entry.GetProperty("status").GetString(), entry.GetProperty("error").GetString()));
    }

    [Fact]
    public async Task A_rejected_token_is_replaced_once()
    {
        var session = await _broker.SessionAsync();
        _broker.Approve();
        var token = (await _broker.ReadAsync(token: session))["access_token"]!;
        var next = await RefuseAsync(token);
        Assert.Equal(200, next.Status);
        Assert.NotEqual(token, next["access_token"]);
        Assert.Equal(next["access_token"], (await RefuseAsync(token))["access_token"]);
        var limited = (await RefuseAsync(next["access_token"]!)).IsError(429, "too_many_requests");
        Assert.Equal("30", limited.Headers.RetryAfter!.ToString());
        (await _broker.SendAsync(HttpMethod.Post, "/creds/github/refresh", session, "{}")).IsError(400, "bad_request");
        (await _broker.SendAsync(HttpMethod.Post, "/creds/other/refresh", session, """{"refused": "x"}""")).IsError(404, "not_found");

        Task<ServiceResponse> RefuseAsync(string refused) =>
            _broker.SendAsync(HttpMethod.Post, "/creds/github/refresh", session, $$"""{"refused": "{{refused}}"}""");
    }

    [Fact]
    public async Task The_providers_are_those_that_the_caller_may_use()
    {
        Assert.Equal(["github", "self"], await IdsAsync(null));
        Assert.Equal(["github", "private", "self"], await IdsAsync(await _broker.AccessTokenAsync()));
        var anonymous = (await _broker.SendAsync(HttpMethod.Get, "/creds/-/providers")).Json.GetProperty("providers")[0];
        Assert.Equal(
            """{"id":"github","name":"github","grants":["urn:ietf:params:oauth:grant-type:device_code","refresh_token"],"""
                + "\"scopes\":[\"repo\",\"read:user\"]}",
            anonymous.GetRawText());

        async Task<List<string?>> IdsAsync(string? token) =>
        [
            .. (await _broker.SendAsync(HttpMethod.Get, "/creds/-/providers", token)).IsWellFormed().Json.GetProperty("providers")
                .EnumerateArray().Select(provider => provider.GetProperty("id").GetString()),
        ];
    }

    [Fact]
    public async Task A_browser_login_is_begun_and_completed_by_its_owner()
    {
        var token = await _broker.AccessTokenAsync();
        var made = await _broker.PutAsync("private", token, """{"grant_type": "authorization_code"}""");
        Assert.Equal(200, made.Status);
        Assert.Null(made["user_code"]);
        var (page, handle) = made["authorization_uri"]!.Split("#request=") is [var one, var two] ? (one, two) : ("", "");
        Assert.Equal("http://localhost:7071/creds/-/connect", page);

        (await ConnectAsync(null)).IsError(401, "unauthorized");
        (await ConnectAsync(TestService.Bob)).IsError(403, "access_denied");
        var redirect = (await ConnectAsync(TestService.Alice)).IsWellFormed()["redirect_uri"]!;
        var state = redirect.Split("state=")[1];
        _broker.Service.Watch(state[^20..]);

        (await CallbackAsync(TestService.Bob, new { state, code = "code" })).IsError(403, "access_denied");
        (await CallbackAsync(TestService.Alice, new { state })).IsError(400, "bad_request");
        (await CallbackAsync(TestService.Alice, new { state = state[..^1], code = "code" })).IsError(400, "bad_request");
        (await CallbackAsync(TestService.Alice, new { state = "x", code = "code" })).IsError(400, "bad_request");
        var done = (await CallbackAsync(TestService.Alice, new { state, code = "code" })).IsWellFormed();
        Assert.Equal(("authorized", "alice@example.com"), (done["status"], done["account"]));
        (await CallbackAsync(TestService.Alice, new { state, code = "code" })).IsError(400, "bad_request");
        Assert.Equal(200, (await _broker.ReadAsync("private", token)).Status);

        Task<ServiceResponse> ConnectAsync(string? user) =>
            _broker.Service.PostAsync("/creds/-/connect", new { request = handle }, user);

        Task<ServiceResponse> CallbackAsync(string user, object body) => _broker.Service.PostAsync("/creds/-/callback", body, user);
    }

    [Theory]
    [InlineData("/creds/-/connect?request=x")]
    [InlineData("/creds/-/callback?state=x&code=y")]
    public async Task A_GET_of_the_page_does_not_act(string path)
    {
        var page = await _broker.SendAsync(HttpMethod.Get, path);
        Assert.Equal((200, "text/html"), (page.Status, page.ContentHeaders.ContentType!.MediaType));
        Assert.Contains("connect.js", page.Text, StringComparison.Ordinal);
        Assert.Empty(_broker.Upstream.Requests);
    }

    [Fact]
    public async Task Wrong_methods_and_large_bodies_are_rejected()
    {
        var wrong = (await _broker.SendAsync(HttpMethod.Patch, "/creds/github")).IsError(405, "method_not_allowed");
        Assert.Equal(["DELETE", "GET", "HEAD", "PUT"], wrong.ContentHeaders.Allow.Order());
        (await _broker.PutAsync(json: $$"""{"account": "{{new string('a', 9000)}}"}""")).IsError(413, "content_too_large");
        (await _broker.SendAsync(HttpMethod.Get, "/creds/a/b")).IsError(404, "not_found");
    }

    [Fact]
    public async Task Without_a_reader_the_alarms_complete_the_login()
    {
        var session = await _broker.SessionAsync();
        _broker.Upstream.Approve();
        _broker.Service.Time.Advance(TimeSpan.FromSeconds(7));

        // The alarm runs in the background; a list does not poll.
        while (await StatusAsync() == "pending")
        {
            await Task.Delay(10);
        }

        Assert.Equal(1, _broker.Upstream.Count("poll"));
        Assert.Equal(200, (await _broker.ReadAsync(token: session)).Status);

        async Task<string?> StatusAsync() => (await _broker.SendAsync(HttpMethod.Get, "/creds", session)).Json
            .GetProperty("credentials")[0].GetProperty("status").GetString();
    }

    private static IEnumerable<string> Members(ServiceResponse response) =>
        response.Json.EnumerateObject().Select(member => member.Name);
}
