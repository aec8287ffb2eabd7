namespace DeviceCode.Functions.Tests.OAuth;

using DeviceCode.Core.Devices;
using DeviceCode.Core.OAuth;
using Microsoft.Extensions.DependencyInjection;

/// <summary>
/// The service restarts with another registration of a client, while its codes and tokens are valid. <c>PolicySuite</c> tests the rules
/// themselves, on both stores.
/// </summary>
public sealed class ChangedRegistrationTests : IDisposable
{
    private readonly InMemoryDeviceAuthorizationStore _devices = new();
    private readonly InMemoryGrantStore _grants = new();
    private TestService _service;

    public ChangedRegistrationTests() => _service = Start([]);

    public void Dispose() => _service.Dispose();

    [Fact]
    public async Task Tokens_have_only_the_scopes_that_are_left_and_responses_name_them()
    {
        var pending = await CodesAsync();
        var tokens = await RedeemAsync(await ApprovedAsync());
        Restart(new() { ["OAuth:Clients:0:Scopes"] = "email offline_access" });

        Assert.Equal("email offline_access", (await IntrospectAsync(tokens["access_token"]!))["scope"]);
        Assert.Equal("email offline_access", (await IntrospectAsync(tokens["refresh_token"]!))["scope"]);
        Assert.Equal(["sub", "email"], (await UserInfoAsync(tokens["access_token"]!)).Members());
        var refreshed = await RefreshAsync(tokens["refresh_token"]!);
        Assert.Equal((200, "email offline_access"), (refreshed.Status, refreshed["scope"]));

        Assert.Equal("email offline_access", (await _service.InspectAsync(pending["user_code"]!))["scope"]);
        await _service.AuthorizeAsync(pending["user_code"]!);
        Assert.Equal("email offline_access", (await RedeemAsync(pending["device_code"]!))["scope"]);
    }

    [Fact]
    public async Task When_no_scope_is_left_tokens_are_not_active_and_logins_end()
    {
        var approved = await ApprovedAsync();
        var tokens = await RedeemAsync(await ApprovedAsync());
        Restart(new() { ["OAuth:Clients:0:Scopes"] = "another" });

        Assert.Equal("False", (await IntrospectAsync(tokens["access_token"]!))["active"]);
        Assert.Equal("False", (await IntrospectAsync(tokens["refresh_token"]!))["active"]);
        (await RefreshAsync(tokens["refresh_token"]!)).IsOAuthError("invalid_grant");
        (await RedeemAsync(approved)).IsOAuthError("invalid_grant");
        Assert.Equal(401, (await UserInfoAsync(tokens["access_token"]!)).Status);
    }

    [Fact]
    public async Task Without_the_grant_refresh_token_a_refresh_is_unauthorized_and_the_token_not_active()
    {
        var tokens = await RedeemAsync(await ApprovedAsync());
        Restart(new() { ["OAuth:Clients:0:Grants"] = "device_code" });

        (await RefreshAsync(tokens["refresh_token"]!)).IsOAuthError("unauthorized_client");
        Assert.Equal("False", (await IntrospectAsync(tokens["refresh_token"]!))["active"]);
        Assert.Equal("True", (await IntrospectAsync(tokens["access_token"]!))["active"]);
    }

    [Theory]
    [InlineData("OAuth:Clients:0:Enabled", "false", "invalid_client", 401)]
    [InlineData("OAuth:Clients:0:Id", "another", "invalid_client", 401)]
    [InlineData("OAuth:Clients:0:Grants", "refresh_token", "unauthorized_client", 400)]
    public async Task A_pending_login_that_cannot_complete_is_like_an_unknown_code_but_not_a_guess(
        string setting, string value, string error, int status)
    {
        var pending = await CodesAsync();
        Restart(new() { [setting] = value });

        var unknown = await _service.InspectAsync("BBBB-BBBB");
        for (var i = 0; i < 6; i++)
        {
            foreach (var action in new[] { "approve", "deny" })
            {
                var response = (await _service.AuthorizeAsync(pending["user_code"]!, action)).IsError(400, "bad_request");
                Assert.Equal(unknown.Text, response.Text);
            }

            Assert.Equal(unknown.Text, (await _service.InspectAsync(pending["user_code"]!)).Text);
        }

        (await RedeemAsync(pending["device_code"]!)).IsOAuthError(error, status);
    }

    private TestService Start(Dictionary<string, string> settings) => new(settings, services => services
        .AddSingleton<IDeviceAuthorizationStore>(_devices).AddSingleton<IGrantStore>(_grants));

    private void Restart(Dictionary<string, string> settings)
    {
        _service.Dispose();
        _service = Start(settings);
    }

    private async Task<ServiceResponse> CodesAsync()
    {
        var codes = await _service.PostAsync("/oauth/device/code", new { client_id = "cli" });
        Assert.Equal(200, codes.Status);
        return codes;
    }

    private async Task<string> ApprovedAsync()
    {
        var codes = await CodesAsync();
        Assert.Equal(200, (await _service.AuthorizeAsync(codes["user_code"]!)).Status);
        return codes["device_code"]!;
    }

    private Task<ServiceResponse> RedeemAsync(string deviceCode) => _service.PostAsync(
        "/oauth/token", new { grant_type = OAuthService.DeviceGrant, client_id = "cli", device_code = deviceCode });

    private Task<ServiceResponse> RefreshAsync(string refreshToken) => _service.PostAsync(
        "/oauth/token", new { grant_type = "refresh_token", client_id = "cli", refresh_token = refreshToken });

    private Task<ServiceResponse> IntrospectAsync(string token) => _service.PostAsync(
        "/oauth/introspect", new { client_id = "api", client_secret = "development-secret", token });

    private Task<ServiceResponse> UserInfoAsync(string token) => _service.SendAsync(
        new HttpRequestMessage(HttpMethod.Get, "/oauth/userinfo") { Headers = { { "Authorization", $"Bearer {token}" } } });
}
