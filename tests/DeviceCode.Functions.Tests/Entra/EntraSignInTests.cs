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
    public async Task A_persons_token_approves_and_the_device_is_told_who_it_is()
    {
        var (deviceCode, userCode) = await _service.IssueAsync();
        var token = Token();

        Assert.Equal(200, (await _service.InspectAsync(userCode, token)).Status);
        Assert.Equal("authorized", (await _service.AuthorizeAsync(userCode, authorization: token)).IsWellFormed()["status"]);

        var user = (await _service.PollAsync(deviceCode)).Json.GetProperty("user");
        Assert.Equal(("alice@wonderland.example", "Alice Liddell"), (user.GetProperty("email").GetString(), user.GetProperty("display_name").GetString()));
    }

    [Fact]
    public async Task The_page_is_told_to_sign_in_at_the_tenant()
    {
        var response = await _service.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/device/config.json"));
        Assert.Equal($"{EntraTenant.PublicCloud}{_tenant.Id}", response.Json.GetProperty("sign_in").GetProperty("authority").GetString());
    }

    [Fact]
    public async Task Another_applications_token_is_refused() => await IsRefusedAsync(Token(audience: "77777777-7777-8888-9999-aaaaaaaaaaaa"));

    [Fact]
    public async Task Another_tenants_token_is_refused()
    {
        const string Other = "22222222-2222-3333-4444-555555555555";
        await IsRefusedAsync(Token(new() { ["tid"] = Other }, issuer: _tenant.IssuerOf(Other)));
        await IsRefusedAsync(Token(issuer: _tenant.IssuerOf(Other)));
        await IsRefusedAsync(Token(issuer: "https://evil.example/v2.0"));
        await IsRefusedAsync(Token(issuer: "https://evil.example/"));
        await IsRefusedAsync(Token(issuer: $"https://sts.windows.net/{_tenant.Id}/", key: EntraTenant.NewKey()));
    }

    [Fact]
    public async Task A_forged_token_is_refused()
    {
        await IsRefusedAsync(Token(key: EntraTenant.NewKey()));

        // The same claims with the algorithm "none"; then with a damaged signature.
        var parts = Token().Split('.');
        await IsRefusedAsync($"Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{parts[1]}.");
        await IsRefusedAsync($"{parts[0]}.{parts[1]}.{parts[2][1..]}");
    }

    [Fact]
    public async Task A_token_of_another_time_is_refused()
    {
        await IsRefusedAsync(Token(age: TimeSpan.FromHours(3)));
        await IsRefusedAsync(Token(age: TimeSpan.FromHours(-3)));
    }

    [Fact]
    public async Task An_applications_own_token_is_refused()
    {
        await IsRefusedAsync(Token(new() { ["scp"] = null, ["roles"] = new[] { "Everything.Do" } }));
        await IsRefusedAsync(Token(new() { ["idtyp"] = "app" }));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer x")]
    [InlineData("Bearer ..")]
    [InlineData("Basic YWxpY2U6cGFzc3dvcmQ=")]
    [InlineData(TestService.Alice)]
    public async Task What_is_no_token_is_refused(string? authorization) => await IsRefusedAsync(authorization);

    [Theory]
    [InlineData("/openid-configuration")]
    [InlineData("/keys")]
    public async Task While_the_keys_cannot_be_read_nobody_is_told_to_sign_in_again(string unreachable)
    {
        _tenant.Unreachable = [unreachable];
        var response = (await _service.InspectAsync(UnknownCode, Token())).IsWellFormed();
        Assert.Equal((503, "temporarily_unavailable"), (response.Status, response["error"]));
        Assert.Contains(_service.Logged, line => line.Contains("cannot be read: The connection was refused.", StringComparison.Ordinal));

        // A request without a token still gets a 401.
        await IsRefusedAsync(null);

        _tenant.Unreachable = [];
        await IsTakenAsync(_service, Token());

        // Keys that were read before are enough.
        _tenant.Unreachable = [unreachable];
        await IsTakenAsync(_service, Token());
        await IsRefusedAsync(Token(key: EntraTenant.NewKey()));
    }

    [Fact]
    public async Task While_Entra_hangs_nobody_waits_for_long()
    {
        _tenant.HangsUntil = new();
        var first = _service.InspectAsync(UnknownCode, Token());
        await _tenant.Asked;
        _service.Time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(first.IsCompleted);
        _service.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(503, (await first).Status);
        Assert.Contains(_service.Logged, line => line.Contains("cannot be read: No response in 10 seconds.", StringComparison.Ordinal));

        // The fetch continues. A second caller can leave early, and later callers get its result.
        using var impatient = new CancellationTokenSource();
        var second = _service.Client.SendAsync(new(HttpMethod.Post, "/auth/device/inspect") { Headers = { { "Authorization", Token() } } }, impatient.Token);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        _tenant.HangsUntil.SetResult();
        await IsTakenAsync(_service, Token());
    }

    [Fact]
    public void Each_reading_of_the_metadata_ends_by_itself()
    {
        var bearer = _service.Services.GetRequiredService<IOptionsMonitor<JwtBearerOptions>>().Get(JwtBearerDefaults.AuthenticationScheme);
        Assert.Equal(TimeSpan.FromSeconds(5), bearer.Backchannel.Timeout);

        var issuers = _service.Services.GetRequiredService<IOptions<AadIssuerValidatorOptions>>().Value;
        using var client = _service.Services.GetRequiredService<IHttpClientFactory>().CreateClient(issuers.HttpClientName!);
        Assert.Equal(TimeSpan.FromSeconds(5), client.Timeout);
    }

    [Fact]
    public async Task Where_all_organizations_may_sign_in_a_token_is_of_the_tenant_that_it_says()
    {
        using var service = Service("organizations");
        const string Other = "22222222-2222-3333-4444-555555555555";
        await IsTakenAsync(service, Token());
        await IsTakenAsync(service, Token(new() { ["tid"] = Other }, issuer: _tenant.IssuerOf(Other)));
        await IsRefusedAsync(service, Token(new() { ["tid"] = Other }));
        await IsRefusedAsync(service, Token(issuer: _tenant.IssuerOf(Other)));
    }

    // Registered as in Program.cs, but in the tests' host, with the settings that infra/app/settings.bicep writes.
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
            builder.Services.AddSingleton(TimeProvider.System); // as AddDeviceCode does before
            var before = builder.Services.Count;
            builder.AddEntraSignIn();
            services.RemoveAll<IUserSignIn>();
            services.Add(builder.Services.Skip(before));
            services.Configure<AuthenticationOptions>(options =>
            {
                options.AddScheme<Nobody>(nameof(Nobody), null);
                options.DefaultAuthenticateScheme = nameof(Nobody);
            });

            // The library fetches the metadata twice: for the keys and for the issuers.
            services.Configure<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme, options => options.BackchannelHttpHandler = _tenant);
            services.AddHttpClient(EntraServices.HttpClientName).ConfigurePrimaryHttpMessageHandler(() => _tenant);
        });
    }

    private static async Task IsTakenAsync(TestService service, string authorization) =>
        Assert.Equal(400, (await service.InspectAsync(UnknownCode, authorization)).Status);

    private Task IsRefusedAsync(string? authorization) => IsRefusedAsync(_service, authorization);

    private static async Task IsRefusedAsync(TestService service, string? authorization)
    {
        var response = (await service.InspectAsync(UnknownCode, authorization)).IsWellFormed();
        Assert.Equal((401, "unauthorized"), (response.Status, response["error"]));
        Assert.Equal("Bearer", Assert.Single(response.Headers.WwwAuthenticate).ToString());
        Assert.DoesNotContain("IDX", response.Text, StringComparison.Ordinal);
    }

    // The library validates tokens by the system clock.
    private string Token(
        Dictionary<string, object?>? differing = null, string? issuer = null, string audience = EntraTenant.ApiClientId,
        RsaSecurityKey? key = null, TimeSpan? age = null)
    {
        var token = _tenant.Token(DateTimeOffset.UtcNow, differing, issuer, audience, key, age);
        _service.Watch(token.Split('.')[1]);
        return $"Bearer {token}";
    }
}
