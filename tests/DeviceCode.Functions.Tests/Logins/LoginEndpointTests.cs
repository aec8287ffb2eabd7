namespace DeviceCode.Functions.Tests.Logins;

using System.Text.Json;
using DeviceCode.Functions.Tests.OAuth;

/// <summary>The logins of a person over HTTP: <c>/auth/device/logins</c>.</summary>
public sealed class LoginEndpointTests : IDisposable
{
    private const string Path = "/auth/device/logins";

    private readonly OAuthService _oauth = new();

    public void Dispose() => _oauth.Dispose();

    [Fact]
    public async Task A_person_sees_every_login_in_full()
    {
        var now = _oauth.Service.Time.GetUtcNow();
        await _oauth.SignInAsync("cli");

        var response = (await SendAsync(HttpMethod.Get, Path, TestService.Alice)).IsWellFormed();

        Assert.Equal(["logins"], response.Members());
        var login = Assert.Single(response.Json.GetProperty("logins").EnumerateArray());
        Assert.Equal(
            [
                "id", "client_id", "client_name", "scope", "created_at", "created_from", "last_used_at", "last_used_from", "expires_at",
            ],
            login.EnumerateObject().Select(member => member.Name));
        Assert.Equal("cli", login.GetProperty("client_id").GetString());
        Assert.Equal("The example command line", login.GetProperty("client_name").GetString());
        Assert.Equal("profile email offline_access", login.GetProperty("scope").GetString());
        Assert.Equal(now, login.GetProperty("created_at").GetDateTimeOffset());
        Assert.Equal(now, login.GetProperty("last_used_at").GetDateTimeOffset());
        Assert.Equal(now.AddDays(30), login.GetProperty("expires_at").GetDateTimeOffset());
        Assert.Equal("127.0.0.1", login.GetProperty("created_from").GetProperty("ip").GetString());
        Assert.True(Guid.TryParseExact(login.GetProperty("id").GetString(), "D", out _));
    }

    [Fact]
    public async Task An_access_token_with_the_scope_shows_its_own_login_as_the_current_one()
    {
        await _oauth.SignInAsync("cli");
        _oauth.Advance(1);
        var tokens = await _oauth.SignInAsync("tools");

        var logins = (await SendAsync(HttpMethod.Get, Path, Bearer(tokens))).Json.GetProperty("logins").EnumerateArray().ToList();

        Assert.Equal(["tools", "cli"], logins.Select(login => login.GetProperty("client_id").GetString()));
        Assert.True(logins[0].GetProperty("current").GetBoolean());
        Assert.False(logins[1].TryGetProperty("current", out _));
    }

    [Fact]
    public async Task The_last_use_is_the_last_refresh()
    {
        var tokens = await _oauth.SignInAsync("tools");
        _oauth.Advance(600);
        var refreshed = await _oauth.RefreshAsync(tokens["refresh_token"]!, "tools");
        _oauth.Advance(60);
        await _oauth.UserInfoAsync(Bearer(refreshed));

        var login = (await SendAsync(HttpMethod.Get, Path, Bearer(refreshed))).Json.GetProperty("logins")[0];

        Assert.Equal(
            TimeSpan.FromMinutes(10),
            login.GetProperty("last_used_at").GetDateTimeOffset() - login.GetProperty("created_at").GetDateTimeOffset());
    }

    [Fact]
    public async Task A_token_without_the_scope_is_a_403_that_names_the_scope()
    {
        var tokens = await _oauth.SignInAsync("cli");
        foreach (var (method, path) in new[] { (HttpMethod.Get, Path), (HttpMethod.Delete, Path), (HttpMethod.Delete, $"{Path}/x") })
        {
            var response = (await SendAsync(method, path, Bearer(tokens))).IsError(403, "insufficient_scope");
            Assert.Equal(
                "Bearer realm=\"DeviceCode\", error=\"insufficient_scope\", scope=\"logins\"",
                response.Headers.WwwAuthenticate.ToString());
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer x")]
    [InlineData("Bearer dca_x")]
    [InlineData("Basic YTpi")]
    public async Task Anything_else_is_a_401(string? authorization)
    {
        foreach (var (method, path) in new[] { (HttpMethod.Get, Path), (HttpMethod.Delete, Path), (HttpMethod.Delete, $"{Path}/x") })
        {
            (await SendAsync(method, path, authorization)).IsError(401, "unauthorized");
        }
    }

    [Fact]
    public async Task A_refresh_token_or_the_token_of_an_ended_login_is_a_401()
    {
        var tokens = await _oauth.SignInAsync("tools");
        (await SendAsync(HttpMethod.Get, Path, $"Bearer {tokens["refresh_token"]}")).IsError(401, "unauthorized");

        await SendAsync(HttpMethod.Delete, Path, TestService.Alice);
        (await SendAsync(HttpMethod.Get, Path, Bearer(tokens))).IsError(401, "unauthorized");
    }

    [Fact]
    public async Task One_login_ends_at_once()
    {
        var ended = await _oauth.SignInAsync("cli");
        var id = (await SendAsync(HttpMethod.Get, Path, TestService.Alice)).Json.GetProperty("logins")[0].GetProperty("id").GetString();
        var other = await _oauth.SignInAsync("cli");

        var response = (await SendAsync(HttpMethod.Delete, $"{Path}/{id}", TestService.Alice)).IsWellFormed();

        Assert.Equal((200, "{\"ended\":1}"), (response.Status, response.Text));
        Assert.False(await _oauth.IsActiveAsync(ended["access_token"]));
        Assert.Equal(401, (await _oauth.UserInfoAsync(Bearer(ended))).Status);
        (await _oauth.RefreshAsync(ended["refresh_token"]!)).IsOAuthError("invalid_grant");
        Assert.True(await _oauth.IsActiveAsync(other["access_token"]));
        (await SendAsync(HttpMethod.Delete, $"{Path}/{id}", TestService.Alice)).IsError(404, "not_found");
        Assert.Contains(
            _oauth.Service.Logged,
            line => line.StartsWith($"Information The login {id} of ", StringComparison.Ordinal)
                && line.Contains(" was ended by the owner ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_login_of_another_person_is_a_404()
    {
        var tokens = await _oauth.SignInAsync("cli");
        var id = (await SendAsync(HttpMethod.Get, Path, TestService.Alice)).Json.GetProperty("logins")[0].GetProperty("id").GetString();

        var asBob = (await SendAsync(HttpMethod.Delete, $"{Path}/{id}", TestService.Bob)).IsError(404, "not_found");
        var unknown = await SendAsync(HttpMethod.Delete, $"{Path}/{Guid.NewGuid()}", TestService.Bob);

        Assert.Equal(unknown.Text, asBob.Text);
        Assert.Equal("{\"logins\":[]}", (await SendAsync(HttpMethod.Get, Path, TestService.Bob)).Text);
        Assert.Equal("{\"ended\":0}", (await SendAsync(HttpMethod.Delete, Path, TestService.Bob)).Text);
        Assert.True(await _oauth.IsActiveAsync(tokens["access_token"]));
    }

    [Fact]
    public async Task All_logins_but_the_current_one_end()
    {
        var first = await _oauth.SignInAsync("cli");
        var current = await _oauth.SignInAsync("tools");

        Assert.Equal("{\"ended\":1}", (await SendAsync(HttpMethod.Delete, $"{Path}?except=current", Bearer(current))).Text);
        Assert.False(await _oauth.IsActiveAsync(first["access_token"]));
        Assert.True(await _oauth.IsActiveAsync(current["access_token"]));

        Assert.Equal("{\"ended\":1}", (await SendAsync(HttpMethod.Delete, Path, Bearer(current))).Text);
        Assert.False(await _oauth.IsActiveAsync(current["access_token"]));
    }

    [Theory]
    [InlineData("GET", "?after=x", "The parameter after must be the value of next in the response before.")]
    [InlineData("GET", "?after=", "The parameter after must have 1 to 500 characters.")]
    [InlineData("GET", "?after=1&after=2", "The parameter after is repeated. Send it once.")]
    [InlineData("DELETE", "?except=mine", "The parameter except must be \"current\".")]
    [InlineData("DELETE", "?except=current", "This sign-in has no login of its own, so except=current has no meaning. Leave it out.")]
    public async Task An_invalid_parameter_is_named(string method, string query, string description) =>
        (await SendAsync(new HttpMethod(method), Path + query, TestService.Alice)).IsError(400, "bad_request", description);

    [Theory]
    [InlineData("x")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    [InlineData("%7B0123456789abcdef0123456789abcdef%7D")]
    public async Task An_invalid_id_is_a_404(string id) =>
        (await SendAsync(HttpMethod.Delete, $"{Path}/{id}", TestService.Alice)).IsError(404, "not_found");

    [Fact]
    public async Task A_login_without_OAuth_leaves_nothing_that_could_be_ended()
    {
        var (deviceCode, userCode) = await _oauth.Service.IssueAsync();
        await _oauth.Service.AuthorizeAsync(userCode);
        await _oauth.Service.PollAsync(deviceCode);

        Assert.Equal("{\"logins\":[]}", (await SendAsync(HttpMethod.Get, Path, TestService.Alice)).Text);
    }

    [Fact]
    public async Task The_user_agent_is_that_of_the_device()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/oauth/device/code")
        {
            Content = new FormUrlEncodedContent([KeyValuePair.Create("client_id", "cli")]),
            Headers = { { "User-Agent", "some-cli/1.0" } },
        };
        var codes = await _oauth.Service.SendAsync(request);
        await _oauth.Service.AuthorizeAsync(codes["user_code"]!);
        await _oauth.PollAsync(codes["device_code"]!);

        var login = (await SendAsync(HttpMethod.Get, Path, TestService.Alice)).Json.GetProperty("logins")[0];

        Assert.Equal("some-cli/1.0", login.GetProperty("created_from").GetProperty("user_agent").GetString());
        Assert.Equal(JsonValueKind.Object, login.GetProperty("last_used_from").ValueKind);
    }

    private static string Bearer(ServiceResponse tokens) => $"Bearer {tokens["access_token"]}";

    private Task<ServiceResponse> SendAsync(HttpMethod method, string path, string? authorization)
    {
        var request = new HttpRequestMessage(method, path);
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        return _oauth.Service.SendAsync(request);
    }
}
