namespace DeviceCode.Browser.Tests;

using System.Text.RegularExpressions;
using DeviceCode.Functions.SignIn;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

/// <summary>The page's sign-in with MSAL, as in Azure, in a real browser and with a local OpenID provider.</summary>
public sealed class MsalTests(Chromium chromium)
{
    [Fact]
    public async Task A_person_signs_in_at_the_provider_and_approves()
    {
        await using var world = await World.StartAsync(chromium);
        var (deviceCode, userCode) = await world.Service.IssueAsync();

        // The code survives the redirect, and is not sent to the provider.
        await world.Page.GoAsync(userCode);
        await world.SignInAsync();
        await world.Page.SeesAsync("Does your device show this code?");
        await Assertions.Expect(world.Page.Page.Locator("[data-view=confirm] .account"))
            .ToContainTextAsync("Signed in as alice@wonderland.example.");
        await world.Page.PressAsync("Yes, same code");
        await world.Page.PressAsync("Approve");
        await world.Page.SeesAsync("✓ Approved");

        var poll = await world.Service.PollAsync(deviceCode);
        Assert.Equal("complete", poll["status"]);
        Assert.Contains("alice@wonderland.example", poll["user"], StringComparison.Ordinal);
        Assert.Equal("alice", Assert.Single(world.Provider.SignIn.Presented).Value?.Subject);
        Assert.NotEmpty(world.SentToProvider);
        Assert.All(world.SentToProvider, sent => Assert.DoesNotContain(userCode, sent, StringComparison.OrdinalIgnoreCase));
        Assert.Equal(new Uri(world.Service.Client.BaseAddress!, "/device").AbsoluteUri, world.Page.Page.Url);

        // The session belongs to this tab, and survives a reload.
        await world.Page.Page.ReloadAsync();
        await world.Page.SeesAsync("Enter the code from your device");
    }

    [Fact]
    public async Task The_provider_returns_a_person_to_a_page_below_a_path()
    {
        await using var proxy = await PathProxy.StartAsync("/login");
        await using var world = await World.StartAsync(chromium, proxy: proxy);
        var (deviceCode, userCode) = await world.Service.IssueAsync();

        await world.Page.GoAsync(userCode);
        await world.SignInAsync();
        await world.Page.PressAsync("Yes, same code");
        await world.Page.PressAsync("Approve");
        await world.Page.SeesAsync("✓ Approved");

        Assert.Equal("complete", (await world.Service.PollAsync(deviceCode))["status"]);
        Assert.Equal(new Uri(proxy.PublicUrl, "/login/device").AbsoluteUri, world.Page.Page.Url);
    }

    [Fact]
    public async Task A_cancelled_sign_in_can_be_tried_again()
    {
        await using var world = await World.StartAsync(chromium);
        await world.Page.GoAsync();
        await world.Page.SeesAsync("Sign in to continue");
        await world.Page.PressAsync("Sign in");

        await world.Page.PressAsync("Cancel");

        await world.Page.SeesAsync("Sign in to continue");
        await world.Page.AlertsAsync("Sign-in was not completed. Try again.");
        await world.SignInAsync();
        await world.Page.SeesAsync("Enter the code from your device");
    }

    [Fact]
    public async Task After_Back_from_the_provider_the_next_sign_in_keeps_the_code()
    {
        await using var world = await World.StartAsync(chromium);
        var (_, userCode) = await world.Service.IssueAsync();
        await world.Page.GoAsync(userCode);
        await world.Page.PressAsync("Sign in");
        await Assertions.Expect(world.Page.Page.GetByLabel("Login")).ToBeVisibleAsync();

        await world.Page.Page.GoBackAsync();

        await world.SignInAsync();
        await Assertions.Expect(world.Page.Page.Locator("[data-view=confirm] .code")).ToHaveTextAsync(userCode);
    }

    [Fact]
    public async Task An_expired_token_is_renewed_silently()
    {
        await using var world = await World.StartAsync(chromium, DateTimeOffset.UtcNow);
        await world.Page.GoAsync();
        await world.SignInAsync();
        await world.Page.EnterAsync("BBBB-BBBB");
        await Assertions.Expect(world.Page.Alert).ToContainTextAsync("does not work");

        await world.Page.Page.Clock.FastForwardAsync("02:00:00");
        await world.Page.EnterAsync("CCCC-CCCC");
        await Assertions.Expect(world.Page.Alert).ToContainTextAsync("does not work");

        Assert.Equal(2, world.Provider.SignIn.Presented.Count);
        Assert.All(world.Provider.SignIn.Presented.Values, user => Assert.Equal("alice", user?.Subject));
    }

    [Theory]
    [InlineData(null, "The service is not responding. Try again in a moment.", "Enter the code from your device")]
    [InlineData(
        """{"error":"invalid_grant"}""",
        "Your session has ended. Sign in again to continue. Your code is kept.",
        "Sign in to continue")]
    public async Task A_failed_renewal_ends_the_session_only_if_the_provider_rejects_the_token(
        string? error, string message, string heading)
    {
        await using var world = await World.StartAsync(chromium, DateTimeOffset.UtcNow);
        await world.Page.GoAsync();
        await world.SignInAsync();
        await world.Page.EnterAsync("BBBB-BBBB");
        await Assertions.Expect(world.Page.Alert).ToContainTextAsync("does not work");
        await world.Page.Page.RouteAsync(new Regex("/token"), route => error is null
            ? route.AbortAsync()
            : route.FulfillAsync(new()
            {
                Status = 400,
                ContentType = "application/json",
                Body = error,
                Headers = [new("Access-Control-Allow-Origin", "*"), new("Content-Type", "application/json")],
            }));

        await world.Page.Page.Clock.FastForwardAsync("02:00:00");
        await world.Page.EnterAsync("CCCC-CCCC");

        await world.Page.AlertsAsync(message);
        await world.Page.SeesAsync(heading);
    }

    [Fact]
    public async Task The_policy_allows_connections_only_to_the_service_and_the_provider()
    {
        await using var world = await World.StartAsync(chromium);
        var response = await world.Page.Page.GotoAsync("/device");

        var provider = world.Provider.Issuer.GetLeftPart(UriPartial.Authority);
        Assert.Contains($"connect-src 'self' {provider};", response!.Headers["content-security-policy"], StringComparison.Ordinal);
        await world.Page.SeesAsync("Sign in to continue");
    }

    private sealed class World : IAsyncDisposable
    {
        private IUserSignIn? _signIn;

        public TestService Service { get; private set; } = null!;

        public OpenIdProvider Provider { get; private set; } = null!;

        public DevicePage Page { get; private set; } = null!;

        public List<string> SentToProvider { get; } = [];

        public static async Task<World> StartAsync(Chromium chromium, DateTimeOffset? now = null, PathProxy? proxy = null)
        {
            // The provider needs the page's address, and the page needs the provider's.
            var world = new World();
            Dictionary<string, string>? settings = proxy is null ? null : new() { ["DeviceCode:PublicUrl"] = proxy.PublicUrl.AbsoluteUri };
            world.Service = new TestService(settings, services => services.AddTransient(_ => world._signIn!));
            var address = world.Service.Client.BaseAddress!;
            if (proxy is not null)
            {
                proxy.Service = address;
                address = proxy.PublicUrl;
            }

            world.Provider = await OpenIdProvider.StartAsync(new Uri($"{address.AbsoluteUri.TrimEnd('/')}/device"));
            world._signIn = world.Provider.SignIn;
            world.Page = await chromium.OpenAsync(address, new() { IgnoreHTTPSErrors = true }, now);
            world.Page.Allow(world.Provider.Issuer);
            world.Page.Page.Request += (_, request) =>
            {
                if (request.Url.StartsWith(world.Provider.Issuer.AbsoluteUri, StringComparison.Ordinal))
                {
                    world.SentToProvider.Add($"{request.Url} {request.PostData} {string.Join(' ', request.Headers.Values)}");
                }
            };
            return world;
        }

        public async Task SignInAsync()
        {
            await Page.SeesAsync("Sign in to continue");
            await Page.PressAsync("Sign in");
            await Page.Page.GetByLabel("Login").FillAsync("alice");
            await Page.PressAsync("Log in");
        }

        public async ValueTask DisposeAsync()
        {
            await Page.DisposeAsync();
            await Provider.DisposeAsync();
            Service.Dispose();
        }
    }
}
