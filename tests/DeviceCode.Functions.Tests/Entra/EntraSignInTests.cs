namespace DeviceCode.Functions.Tests.Entra;

using DeviceCode.Functions.Entra;
using DeviceCode.Functions.SignIn;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Identity.Web;
using Microsoft.IdentityModel.Tokens;

/// <summary>The sign-in with Entra ID through Microsoft.Identity.Web, in a fake tenant.</summary>
public sealed class EntraSignInTests : IDisposable
{
    private const string UnknownCode = "BBBB-BBBB";

    private readonly EntraTenant _tenant = new();
    private readonly TestService _service;

    public EntraSignInTests() => _service = Service(_tenant.Id);

    public void Dispose()
    {
        _service.Dispose();
        _tenant.Dispose();
    }

    [Fact]
    public async Task A_persons_token_approves_and_the_poll_returns_the_person()
    {
        var (deviceCode, userCode) = await _service.IssueAsync();
        var token = Token();

        Assert.Equal(200, (await _service.InspectAsync(userCode, token)).Status);
        Assert.Equal("authorized", (await _service.AuthorizeAsync(userCode, authorization: token)).IsWellFormed()["status"]);

        var user = (await _service.PollAsync(deviceCode)).Json.GetProperty("user");
        Assert.Equal("alice@wonderland.example", user.GetProperty("email").GetString());
        Assert.Equal("Alice Liddell", user.GetProperty("display_name").GetString());
    }

    [Fact]
    public async Task The_configuration_of_the_page_names_the_tenant()
    {
        var response = await _service.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/device/config.json"));
        Assert.Equal($"{EntraTenant.PublicCloud}{_tenant.Id}", response.Json.GetProperty("sign_in").GetProperty("authority").GetString());
    }

    [Fact]
    public async Task Another_applications_token_is_rejected() =>
        await IsRejectedAsync(Token(audience: "77777777-7777-8888-9999-aaaaaaaaaaaa"));

    [Fact]
    public async Task Another_tenants_token_is_rejected()
    {
        const string Other = "22222222-2222-3333-4444-555555555555";
        await IsRejectedAsync(Token(new() { ["tid"] = Other }, issuer: _tenant.IssuerOf(Other)));
        await IsRejectedAsync(Token(issuer: _tenant.IssuerOf(Other)));
        await IsRejectedAsync(Token(issuer: "https://evil.example/v2.0"));
        await IsRejectedAsync(Token(issuer: "https://evil.example/"));
        await IsRejectedAsync(Token(issuer: $"https://sts.windows.net/{_tenant.Id}/", key: EntraTenant.NewKey()));
    }

    [Fact]
    public async Task A_forged_token_is_rejected()
    {
        await IsRejectedAsync(Token(key: EntraTenant.NewKey()));

        // The same claims with the algorithm "none"; then with a damaged signature.
        var parts = Token().Split('.');
        await IsRejectedAsync($"Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{parts[1]}.");
        await IsRejectedAsync($"{parts[0]}.{parts[1]}.{parts[2][1..]}");
    }

    [Fact]
    public async Task An_expired_or_future_token_is_rejected()
    {
        await IsRejectedAsync(Token(age: TimeSpan.FromHours(3)));
        await IsRejectedAsync(Token(age: TimeSpan.FromHours(-3)));
    }

    [Fact]
    public async Task An_applications_own_token_is_rejected()
    {
        await IsRejectedAsync(Token(new() { ["scp"] = null, ["roles"] = new[] { "Everything.Do" } }));
        await IsRejectedAsync(Token(new() { ["idtyp"] = "app" }));
    }

    [Fact]
    public async Task Only_a_person_lists_logins_and_only_the_role_manages_those_of_others()
    {
        var person = Token();
        var application = Token(new() { ["scp"] = null, ["roles"] = new[] { "Logins.Manage" } });
        var otherRole = Token(new() { ["scp"] = null, ["roles"] = new[] { "Everything.Do" } });
        var administrator = Token(new() { ["roles"] = new[] { "Something.Else", "Logins.Manage" } });

        Assert.Equal(
            (200, 401, 401, 200),
            (await OwnAsync(person), await OwnAsync(application), await OwnAsync(otherRole), await OwnAsync(administrator)));
        Assert.Equal(
            (403, 200, 403, 200),
            (await OthersAsync(person), await OthersAsync(application), await OthersAsync(otherRole), await OthersAsync(administrator)));
        Assert.Equal(401, await OthersAsync(Token(new() { ["roles"] = new[] { "Logins.Manage" } }, key: EntraTenant.NewKey())));

        Task<int> OwnAsync(string token) => GetAsync("/auth/device/logins", token);

        Task<int> OthersAsync(string token) => GetAsync("/management/logins?user=alice@wonderland.example", token);

        async Task<int> GetAsync(string path, string token) => (await _service.SendAsync(
            new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Authorization", token } } })).Status;
    }

    [Fact]
    public async Task An_administrator_reaches_only_the_logins_of_the_own_tenant()
    {
        using var service = Service("organizations");
        const string Other = "22222222-2222-3333-4444-555555555555";
        var codes = await service.PostAsync("/oauth/device/code", new { client_id = "cli" });
        await service.AuthorizeAsync(codes["user_code"]!, authorization: Token());
        await service.PostAsync(
            "/oauth/token",
            new { grant_type = "urn:ietf:params:oauth:grant-type:device_code", client_id = "cli", device_code = codes["device_code"] });
        var roles = new[] { "Logins.Manage" };
        var own = Token(new() { ["roles"] = roles });
        var others = Token(new() { ["roles"] = roles, ["tid"] = Other }, issuer: _tenant.IssuerOf(Other));

        foreach (var target in new[] { $"user={EntraTenant.Alice}", "user=alice@wonderland.example", "client=cli" })
        {
            Assert.Equal((1, 0), (await CountAsync(target, own), await CountAsync(target, others)));
        }

        async Task<int> CountAsync(string target, string token) => (await service.SendAsync(
            new HttpRequestMessage(HttpMethod.Get, $"/management/logins?{target}") { Headers = { { "Authorization", token } } }))
            .Json.GetProperty("logins").GetArrayLength();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer x")]
    [InlineData("Bearer ..")]
    [InlineData("Basic YWxpY2U6cGFzc3dvcmQ=")]
    [InlineData(TestService.Alice)]
    public async Task Anything_else_is_rejected(string? authorization) => await IsRejectedAsync(authorization);

    [Theory]
    [InlineData("/openid-configuration")]
    [InlineData("/keys")]
    public async Task While_the_keys_cannot_be_read_the_response_is_a_503(string unreachable)
    {
        _tenant.Unreachable = [unreachable];
        var response = (await _service.InspectAsync(UnknownCode, Token())).IsWellFormed();
        Assert.Equal((503, "temporarily_unavailable"), (response.Status, response["error"]));
        Assert.Contains(_service.Logged, line => line.Contains("cannot be read: The connection was refused.", StringComparison.Ordinal));

        // A request without a token still gets a 401.
        await IsRejectedAsync(null);

        _tenant.Unreachable = [];
        await IsAcceptedAsync(_service, Token());

        // Keys that were read before are enough.
        _tenant.Unreachable = [unreachable];
        await IsAcceptedAsync(_service, Token());
        await IsRejectedAsync(Token(key: EntraTenant.NewKey()));
    }

    [Fact]
    public async Task While_Entra_hangs_a_request_waits_at_most_10_seconds()
    {
        _tenant.HangsUntil = new();
        var first = _service.InspectAsync(UnknownCode, Token());
        await _tenant.FirstRequest;
        _service.Time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(first.IsCompleted);
        _service.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(503, (await first).Status);
        Assert.Contains(_service.Logged, line => line.Contains("cannot be read: No response within 10 seconds.", StringComparison.Ordinal));

        // The fetch continues although the second request is cancelled, and later requests use its result.
        using var cancellation = new CancellationTokenSource();
        var request = new HttpRequestMessage(HttpMethod.Post, "/auth/device/inspect") { Headers = { { "Authorization", Token() } } };
        var second = _service.Client.SendAsync(request, cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        _tenant.HangsUntil.SetResult();
        await IsAcceptedAsync(_service, Token());
    }

    [Fact]
    public void Each_fetch_of_the_metadata_times_out()
    {
        var bearer = _service.Services.GetRequiredService<IOptionsMonitor<JwtBearerOptions>>().Get(JwtBearerDefaults.AuthenticationScheme);
        Assert.Equal(TimeSpan.FromSeconds(5), bearer.Backchannel.Timeout);

        var issuers = _service.Services.GetRequiredService<IOptions<AadIssuerValidatorOptions>>().Value;
        using var client = _service.Services.GetRequiredService<IHttpClientFactory>().CreateClient(issuers.HttpClientName!);
        Assert.Equal(TimeSpan.FromSeconds(5), client.Timeout);
    }

    [Fact]
    public async Task For_all_organizations_the_issuer_must_match_the_tenant_of_the_token()
    {
        using var service = Service("organizations");
        const string Other = "22222222-2222-3333-4444-555555555555";
        await IsAcceptedAsync(service, Token());
        await IsAcceptedAsync(service, Token(new() { ["tid"] = Other }, issuer: _tenant.IssuerOf(Other)));
        await IsRejectedAsync(service, Token(new() { ["tid"] = Other }));
        await IsRejectedAsync(service, Token(issuer: _tenant.IssuerOf(Other)));
    }

    // Registers the sign-in as Program.cs does, but in the tests' host, with the settings that infra/app/settings.bicep writes.
    private TestService Service(string tenantId)
    {
        var settings = new Dictionary<string, string>
        {
            ["AzureAd:Instance"] = EntraTenant.PublicCloud,
            ["AzureAd:TenantId"] = tenantId,
            ["AzureAd:ClientId"] = EntraTenant.ApiClientId,
        };
        return new(settings, services =>
        {
            var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
            builder.Configuration.AddInMemoryCollection(settings!);
            builder.Services.AddSingleton(TimeProvider.System); // AddDeviceCode has registered it by then
            var before = builder.Services.Count;
            builder.AddEntraSignIn();
            services.RemoveAll<IUserSignIn>();
            services.Add(builder.Services.Skip(before));
            services.Configure<AuthenticationOptions>(options =>
            {
                options.AddScheme<NullAuthenticationHandler>(nameof(NullAuthenticationHandler), null);
                options.DefaultAuthenticateScheme = nameof(NullAuthenticationHandler);
            });

            // The library fetches the metadata twice: for the keys and for the issuers.
            services.Configure<JwtBearerOptions>(
                JwtBearerDefaults.AuthenticationScheme, options => options.BackchannelHttpHandler = _tenant);
            services.AddHttpClient(EntraServices.HttpClientName).ConfigurePrimaryHttpMessageHandler(() => _tenant);
        });
    }

    private static async Task IsAcceptedAsync(TestService service, string authorization) =>
        Assert.Equal(400, (await service.InspectAsync(UnknownCode, authorization)).Status);

    private Task IsRejectedAsync(string? authorization) => IsRejectedAsync(_service, authorization);

    private static async Task IsRejectedAsync(TestService service, string? authorization)
    {
        var response = (await service.InspectAsync(UnknownCode, authorization)).IsWellFormed();
        Assert.Equal((401, "unauthorized"), (response.Status, response["error"]));
        var error = authorization?.StartsWith("Bearer ", StringComparison.Ordinal) is true ? ", error=\"invalid_token\"" : "";
        Assert.Equal($"Bearer realm=\"DeviceCode\"{error}", response.Headers.WwwAuthenticate.ToString());
        Assert.DoesNotContain("IDX", response.Text, StringComparison.Ordinal);
    }

    // The library validates tokens by the system clock.
    private string Token(
        Dictionary<string, object?>? changedClaims = null, string? issuer = null, string audience = EntraTenant.ApiClientId,
        RsaSecurityKey? key = null, TimeSpan? age = null)
    {
        var token = _tenant.Token(DateTimeOffset.UtcNow, changedClaims, issuer, audience, key, age);
        _service.Watch(token.Split('.')[1]);
        return $"Bearer {token}";
    }
}
