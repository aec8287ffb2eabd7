namespace DeviceCode.Functions.Tests.Logins;

using System.Net.Http.Json;
using DeviceCode.Functions.Tests.OAuth;

/// <summary>The logins of others over HTTP: <c>/management/logins</c>.</summary>
public sealed class AdminEndpointTests : IDisposable
{
    private const string Path = "/management/logins";
    private const string Administrator = "Bearer dev-admin:Carol <carol@example.com>";
    private const string AliceId = "03fa7d87-eefb-5baa-581d-3e49a74cdb3f";
    private const string Target = "Send either the parameter user, an object id or an e-mail address, or the parameter client.";

    private readonly OAuthService _oauth = new();

    public void Dispose() => _oauth.Dispose();

    [Theory]
    [InlineData($"user={AliceId}")]
    [InlineData("user=ALICE@Wonderland.example")]
    [InlineData("client=cli")]
    public async Task An_administrator_sees_the_logins_of_a_person_or_a_client_with_their_owner(string target)
    {
        await _oauth.SignInAsync("cli");

        var response = (await SendAsync(HttpMethod.Get, $"?{target}")).IsWellFormed();

        var user = Assert.Single(response.Json.GetProperty("logins").EnumerateArray()).GetProperty("user");
        Assert.Equal(AliceId, user.GetProperty("id").GetString());
        Assert.Equal("alice@wonderland.example", user.GetProperty("email").GetString());
        Assert.Equal("Alice Liddell", user.GetProperty("display_name").GetString());
    }

    [Theory]
    [InlineData("user=alice@wonderland.example")]
    [InlineData($"user={AliceId}")]
    [InlineData("user={" + AliceId + "}")]
    [InlineData("client=cli")]
    public async Task One_request_ends_them_and_is_logged_with_its_reason(string target)
    {
        var tokens = await _oauth.SignInAsync("cli");
        var others = await _oauth.SignInAsync("cli2");

        var response = (await SendAsync(HttpMethod.Delete, $"?{target}", new { reason = " Left the company. " })).IsWellFormed();

        Assert.Equal(target == "client=cli" ? "{\"ended\":1}" : "{\"ended\":2}", response.Text);
        Assert.False(await _oauth.IsActiveAsync(tokens["access_token"]));
        Assert.Equal(target == "client=cli", await _oauth.IsActiveAsync(others["access_token"]));
        var named = target == "client=cli" ? "the client cli"
            : target.Contains('@', StringComparison.Ordinal) ? "an account by another name"
            : $"the account {AliceId}";
        Assert.Single(_oauth.Service.Logged, line => line.StartsWith("Warning The administrator ", StringComparison.Ordinal)
            && line.Contains($" ends the logins of {named}. Reason: Left the company.", StringComparison.Ordinal));
        Assert.Contains(
            _oauth.Service.Logged, line => line.Contains($" of {AliceId} was ended by the administrator ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_person_or_client_without_logins_has_an_empty_list()
    {
        Assert.Equal("{\"logins\":[]}", (await SendAsync(HttpMethod.Get, "?user=nobody@example.com")).Text);
        Assert.Equal("{\"logins\":[]}", (await SendAsync(HttpMethod.Get, "?user=nobody")).Text);
        Assert.Equal("{\"logins\":[]}", (await SendAsync(HttpMethod.Get, "?client=nobody")).Text);
        Assert.Equal("{\"ended\":0}", (await SendAsync(HttpMethod.Delete, "?user=nobody@example.com", new { reason = "a" })).Text);
    }

    [Fact]
    public async Task Without_credentials_it_is_a_401_and_without_the_role_a_403()
    {
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Delete })
        {
            (await SendAsync(method, "?user=a", new { reason = "a" }, authorization: null)).IsError(401, "unauthorized");
            (await SendAsync(method, "?user=a", new { reason = "a" }, "Bearer x")).IsError(401, "unauthorized");
            (await SendAsync(method, "?user=a", new { reason = "a" }, TestService.Alice)).IsError(
                403, "forbidden", "The account has no app role Logins.Manage. Ask an administrator of the directory to assign it.");
        }
    }

    [Fact]
    public async Task A_token_of_ours_is_a_401_whatever_its_scope()
    {
        var tokens = await _oauth.SignInAsync("tools");
        (await SendAsync(HttpMethod.Get, "?user=a", authorization: $"Bearer {tokens["access_token"]}")).IsError(401, "unauthorized");
    }

    [Theory]
    [InlineData("", Target)]
    [InlineData("?user=a&client=b", Target)]
    [InlineData("?user=", "The parameter user must have 1 to 500 characters.")]
    [InlineData("?client=a&client=b", "The parameter client is repeated. Send it once.")]
    [InlineData("?client=cli&after=x", "The parameter after must be the value of next in the response before.")]
    public async Task An_invalid_parameter_is_named(string query, string description)
    {
        (await SendAsync(HttpMethod.Get, query)).IsError(400, "bad_request", description);
        (await SendAsync(HttpMethod.Delete, query, new { reason = "a" })).IsError(400, "bad_request", description);
    }

    [Theory]
    [InlineData("{}", "The member reason is missing.")]
    [InlineData("{\"reason\": \" \"}", "The member reason must have 1 to 500 characters, without control characters.")]
    [InlineData("{\"reason\": \"a\\nb\"}", "The member reason must have 1 to 500 characters, without control characters.")]
    [InlineData("{\"reason\": 1}", "The member reason must be a string.")]
    [InlineData("", "The body is empty. Send a JSON object.")]
    public async Task Without_a_reason_nothing_ends(string body, string description)
    {
        var tokens = await _oauth.SignInAsync("cli");
        var request = NewRequest(HttpMethod.Delete, "?user=alice@wonderland.example", Administrator);
        request.Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");

        (await _oauth.Service.SendAsync(request)).IsError(400, "bad_request", description);

        Assert.True(await _oauth.IsActiveAsync(tokens["access_token"]));
    }

    private static HttpRequestMessage NewRequest(HttpMethod method, string query, string? authorization)
    {
        var request = new HttpRequestMessage(method, Path + query);
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        return request;
    }

    private Task<ServiceResponse> SendAsync(
        HttpMethod method, string query, object? body = null, string? authorization = Administrator)
    {
        var request = NewRequest(method, query, authorization);
        request.Content = body is null || method == HttpMethod.Get ? null : JsonContent.Create(body);
        return _oauth.Service.SendAsync(request);
    }
}
