namespace DeviceCode.Functions.Tests.Devices;

using DeviceCode.Core.Devices;
using DeviceCode.Testing;
using Microsoft.Extensions.DependencyInjection;

/// <summary><c>POST /auth/device/authorize</c> and <c>POST /auth/device/inspect</c>.</summary>
public sealed class AuthorizeTests : IDisposable
{
    private const string Invalid =
        "Invalid user_code. Compare it with the code on your device, or request a new code there.";

    private readonly TestService _service = new(new() { ["DeviceCode:TrustedProxies"] = "1" });

    public void Dispose() => _service.Dispose();

    [Fact]
    public async Task Without_an_action_the_login_is_approved()
    {
        var (deviceCode, userCode) = await _service.IssueAsync();
        var response = (await _service.AuthorizeAsync(userCode)).IsWellFormed();
        Assert.Equal((200, """{"status":"authorized"}"""), (response.Status, response.Text));
        Assert.Equal("complete", (await _service.PollAsync(deviceCode))["status"]);
    }

    [Theory]
    [InlineData("approve", "authorized", "complete")]
    [InlineData("deny", "denied", "denied")]
    public async Task The_action_decides_the_login(string action, string status, string polled)
    {
        var (deviceCode, userCode) = await _service.IssueAsync();
        Assert.Equal(status, (await _service.AuthorizeAsync(userCode, action)).IsWellFormed()["status"]);
        Assert.Equal(polled, (await _service.PollAsync(deviceCode))["status"]);
    }

    [Theory]
    [InlineData("Approve")]
    [InlineData("yes")]
    [InlineData("")]
    public async Task An_unknown_action_is_rejected_and_does_not_count_as_a_guess(string action)
    {
        var (_, userCode) = await _service.IssueAsync();
        for (var i = 0; i < 6; i++)
        {
            (await _service.AuthorizeAsync(userCode, action)).IsError(400, "bad_request", "The member action must be approve or deny.");
        }

        Assert.Equal(200, (await _service.AuthorizeAsync(userCode)).Status);
    }

    [Theory]
    [InlineData("inspect")]
    [InlineData("authorize")]
    public async Task A_user_code_is_accepted_as_people_type_it(string endpoint)
    {
        var store = _service.Services.GetRequiredService<IDeviceAuthorizationStore>();
        foreach (var typed in TypedCode.All.Where(typed => typed.Code is not null))
        {
            Assert.True(UserCode.TryParse(typed.Code, out var userCode));
            var authorization = Some.Authorization(DeviceCode.Generate(userCode), _service.Time.GetUtcNow());
            Assert.True(await store.TryAddAsync(authorization, CancellationToken.None));

            var response = await _service.PostAsync($"/auth/device/{endpoint}", new { user_code = typed.Text }, TestService.Alice);
            Assert.Equal((typed.Form, 200), (typed.Form, response.Status));

            // The next row has the same code.
            _service.Time.Advance(TimeSpan.FromHours(2));
            await store.PurgeAsync(_service.Time.GetUtcNow(), CancellationToken.None);
        }
    }

    [Theory]
    [InlineData("inspect")]
    [InlineData("authorize")]
    public async Task A_malformed_user_code_does_not_count_as_a_guess(string endpoint)
    {
        var (_, userCode) = await _service.IssueAsync();
        foreach (var typed in TypedCode.All.Where(typed => typed.Code is null))
        {
            var response = await _service.PostAsync($"/auth/device/{endpoint}", new { user_code = typed.Text }, TestService.Alice);
            Assert.Equal((typed.Form, 400), (typed.Form, response.Status));
            response.IsError(400, "bad_request", Invalid);
        }

        var halfOfAPair = """{"user_code": "BDWP-HQPK\ud835"}"""u8.ToArray();
        (await _service.PostBytesAsync($"/auth/device/{endpoint}", halfOfAPair, authorization: TestService.Alice)).IsError(
            400, "bad_request", "The member user_code is not valid Unicode text.");
        Assert.Equal(200, (await _service.AuthorizeAsync(userCode)).Status);
    }

    [Fact]
    public async Task The_approver_sees_the_client_and_its_address()
    {
        var (_, userCode) = await _service.IssueAsync(("X-Forwarded-For", "203.0.113.5"), ("User-Agent", "some-cli/2.1 (linux) <script>"));
        _service.Time.Advance(TimeSpan.FromSeconds(42.5));

        var response = await _service.InspectAsync(
            userCode.ToLowerInvariant(), TestService.Alice, ("X-Forwarded-For", "203.0.113.6"));

        response.IsWellFormed();
        Assert.Equal(200, response.Status);
        Assert.Equal(
            ["user_code", "client_name", "scope", "requested_at", "expires_in", "requested_from", "same_network"],
            response.Json.EnumerateObject().Select(member => member.Name));
        Assert.Equal(userCode, response["user_code"]);
        Assert.Equal("A command line", response["client_name"]);
        Assert.Equal("", response["scope"]);
        Assert.Equal("2026-11-21T12:00:00Z", response["requested_at"]);
        Assert.Equal("857", response["expires_in"]);
        Assert.Equal("203.0.113.5", response.Json.GetProperty("requested_from").GetProperty("ip").GetString());
        Assert.Equal("some-cli/2.1 (linux) <script>", response.Json.GetProperty("requested_from").GetProperty("user_agent").GetString());
        Assert.False(response.Json.GetProperty("same_network").GetBoolean());
    }

    [Fact]
    public async Task The_same_network_is_recognised_and_a_missing_user_agent_is_null()
    {
        var (_, userCode) = await _service.IssueAsync(("X-Forwarded-For", "2001:db8:1:2::5"));
        var response = await _service.InspectAsync(userCode, TestService.Alice, ("X-Forwarded-For", "[2001:db8:1:2::6]:4711"));
        Assert.True(response.Json.GetProperty("same_network").GetBoolean());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, response.Json.GetProperty("requested_from").GetProperty("user_agent").ValueKind);
    }

    [Fact]
    public async Task Inspecting_a_code_does_not_change_it()
    {
        var (deviceCode, userCode) = await _service.IssueAsync();
        for (var i = 0; i < 30; i++)
        {
            Assert.Equal(200, (await _service.InspectAsync(userCode)).Status);
        }

        Assert.Equal("authorization_pending", (await _service.PollAsync(deviceCode))["error"]);
    }

    [Theory]
    [InlineData("authorize")]
    [InlineData("inspect")]
    public async Task Malformed_unknown_expired_and_decided_codes_are_indistinguishable(string endpoint)
    {
        var (_, expired) = await _service.IssueAsync();
        _service.Time.Advance(TimeSpan.FromMinutes(18));
        var (_, approved) = await _service.IssueAsync();
        var (_, denied) = await _service.IssueAsync();
        await _service.AuthorizeAsync(approved);
        await _service.AuthorizeAsync(denied, "deny");

        var responses = new List<ServiceResponse>();
        foreach (var userCode in new[] { "no code", "BBBB-BBBB", expired, approved, denied })
        {
            var response = await _service.PostAsync($"/auth/device/{endpoint}", new { user_code = userCode }, TestService.Bob);
            responses.Add(response.IsError(400, "bad_request", Invalid));
        }

        Assert.Single(responses.Select(response => response.Text).Distinct());
        Assert.Single(responses.Select(HeadersOf).Distinct());

        static string HeadersOf(ServiceResponse response) => string.Join('\n', response.Headers.Concat(response.ContentHeaders)
            .Where(header => header.Key != "Date").Select(header => $"{header.Key}: {string.Join(',', header.Value)}").Order());
    }

    [Theory]
    [InlineData("authorize")]
    [InlineData("inspect")]
    public async Task After_too_many_wrong_codes_the_right_one_is_refused_too(string endpoint)
    {
        var (_, userCode) = await _service.IssueAsync();
        for (var i = 0; i < 5; i++)
        {
            var response = await _service.PostAsync(
                $"/auth/device/{endpoint}", new { user_code = "BBBB-BBBB" }, TestService.Bob, ("X-Forwarded-For", $"203.0.113.{i}"));
            response.IsError(400, "bad_request", Invalid);
        }

        foreach (var code in new[] { "BBBB-BBBB", userCode, "no code" })
        {
            var response = (await _service.PostAsync($"/auth/device/{endpoint}", new { user_code = code }, TestService.Bob)).IsError(
                429, "too_many_requests", "Too many wrong codes. Try again after the number of seconds in the header Retry-After.");
            Assert.Equal(TimeSpan.FromMinutes(15), response.Headers.RetryAfter?.Delta);
        }

        Assert.Equal(200, (await _service.InspectAsync(userCode, TestService.Alice)).Status);
    }

    [Theory]
    [InlineData("approve", "deny", "authorized")]
    [InlineData("deny", "approve", "denied")]
    public async Task The_same_user_may_repeat_a_decision_and_no_request_for_a_decided_code_is_a_guess(
        string action, string other, string status)
    {
        var (_, userCode) = await _service.IssueAsync();
        for (var i = 0; i < 10; i++)
        {
            var response = (await _service.AuthorizeAsync(userCode, action)).IsWellFormed();
            Assert.Equal((200, $"{{\"status\":\"{status}\"}}"), (response.Status, response.Text));
            (await _service.AuthorizeAsync(userCode, other)).IsError(400, "bad_request", Invalid);
            (await _service.InspectAsync(userCode)).IsError(400, "bad_request", Invalid);
            (await _service.AuthorizeAsync(userCode, action, TestService.Bob)).IsError(400, "bad_request", Invalid);
            (await _service.InspectAsync(userCode, TestService.Bob)).IsError(400, "bad_request", Invalid);
        }

        Assert.Single(_service.Logged, line => line.Contains(" by 03fa7d87-", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("authorize", null)]
    [InlineData("authorize", "Bearer something")]
    [InlineData("authorize", "Basic YWxpY2U6")]
    [InlineData("authorize", "Bearer dev:")]
    [InlineData("authorize", "Bearer dev:nobody")]
    [InlineData("inspect", null)]
    [InlineData("inspect", "Bearer something")]
    public async Task Without_a_valid_token_the_response_is_a_401(string endpoint, string? authorization)
    {
        var (_, userCode) = await _service.IssueAsync();

        // The response does not depend on the body.
        foreach (var body in new object?[] { new { user_code = userCode }, new { user_code = 1 }, null })
        {
            var response = (await _service.PostAsync($"/auth/device/{endpoint}", body, authorization)).IsError(
                401,
                "unauthorized",
                "The request has no valid access token. Sign in, and send the token in the header Authorization: Bearer TOKEN.");
            var tokenIsSent = authorization?.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) is true;
            Assert.Equal(
                tokenIsSent ? "Bearer realm=\"DeviceCode\", error=\"invalid_token\"" : "Bearer realm=\"DeviceCode\"",
                response.Headers.WwwAuthenticate.ToString());
        }
    }
}
