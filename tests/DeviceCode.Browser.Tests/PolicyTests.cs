namespace DeviceCode.Browser.Tests;

using Microsoft.Playwright;

/// <summary>The page's limits: it shows external input only as text, has few permissions, is small and renders without scripts.</summary>
public sealed class PolicyTests(Chromium chromium)
{
    private const string Hostile =
        "\"><img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>{{Title}}{user}";

    [Fact]
    public async Task A_hostile_client_name_scope_and_user_agent_are_text()
    {
        // A scope cannot contain quotes or spaces.
        const string Scope = "<img/src=x/onerror=document.title='owned'>";
        using var service = new TestService(new()
        {
            ["OAuth:Clients:0:Name"] = Hostile,
            ["OAuth:Clients:0:Scopes"] = $"{Scope} described",
            ["OAuth:ScopeDescriptions:0:Scope"] = "described",
            ["OAuth:ScopeDescriptions:0:Description"] = Hostile,
        });
        var response = await service.PostAsync("/oauth/device/code", new { client_id = "cli" }, headers: ("User-Agent", Hostile));
        await using var page = await chromium.OpenAsync(service.Client.BaseAddress!, now: service.Time.GetUtcNow());

        await page.ReviewAsync(response["user_code"]!, Hostile);

        await Assertions.Expect(page.Page.Locator("[data-view=review] [data-slot=program]")).ToHaveTextAsync(Hostile);
        Assert.Equal([$"Access “{Scope}”", Hostile], await page.Page.Locator("[data-list=scopes] li").AllTextContentsAsync());
        Assert.Equal(0, await page.Page.Locator("main img, main script").CountAsync());
        await page.PressAsync("Approve");
        await page.SeesAsync("✓ Approved");
        await Assertions.Expect(page.Page).ToHaveTitleAsync("✓ Approved · Device sign-in");
        Assert.Equal(0, await page.Page.Locator("main img, main script").CountAsync());
    }

    [Theory]
    [InlineData("<script>document.title='owned'</script>")]
    [InlineData("\"><img src=x onerror=alert(1)>")]
    [InlineData("javascript:alert(1)")]
    [InlineData("BDWP-HQPK<i>")]
    public async Task A_hostile_user_code_in_the_address_is_rejected(string userCode)
    {
        using var service = new TestService();
        await using var page = await chromium.OpenAsync(service.Client.BaseAddress!, now: service.Time.GetUtcNow());

        await page.GoAsync(userCode);
        await page.SignInAsync();

        await page.SeesAsync("Enter the code from your device");
        await page.AlertsAsync("This is not a valid code. Codes contain only letters, and never A, E, I, O, U or Y.");
        await Assertions.Expect(page.Page).ToHaveTitleAsync("Enter the code from your device · Device sign-in");
        Assert.Equal(0, await page.Page.Locator("main img, main script, main i").CountAsync());
    }

    [Fact]
    public async Task Inserted_markup_is_blocked_and_reported()
    {
        using var service = new TestService();
        await using var page = await chromium.OpenAsync(service.Client.BaseAddress!);
        await page.GoAsync();
        await page.SeesAsync("Sign in to continue");

        var exception = await Assert.ThrowsAsync<PlaywrightException>(() =>
            page.Page.EvaluateAsync("document.querySelector('h1').innerHTML = '<img src=x onerror=alert(1)>'"));

        Assert.Contains("TrustedHTML", exception.Message, StringComparison.Ordinal);
        await page.ReportsAsync("require-trusted-types-for");
    }

    [Fact]
    public async Task The_page_cannot_be_framed()
    {
        using var service = new TestService();
        await using var page = await chromium.OpenAsync(service.Client.BaseAddress!);
        await page.Page.RouteAsync(
            "**/frame",
            route => route.FulfillAsync(new() { ContentType = "text/html", Body = "<!doctype html><iframe src=/device></iframe>" }));

        await page.Page.GotoAsync("/frame");

        Assert.Equal(0, await page.Page.FrameLocator("iframe").Locator("main").CountAsync());
        await page.ReportsAsync("frame-ancestors 'none'");
    }

    [Fact]
    public async Task Without_JavaScript_the_page_explains_that_it_needs_it()
    {
        using var service = new TestService();
        await using var page = await chromium.OpenAsync(
            service.Client.BaseAddress!, new() { JavaScriptEnabled = false, ViewportSize = Screens.Phone });
        var requested = new List<string>();
        page.Page.Request += (_, request) => requested.Add(new Uri(request.Url).AbsolutePath.Split('/')[^1]);

        await page.GoAsync("BDWP-HQPK");

        await page.SeesAsync("Connect a device");
        var warning = page.Page.GetByText("Only continue if you started this yourself.").Filter(new() { Visible = true });
        await Assertions.Expect(warning).ToBeVisibleAsync();
        await Assertions.Expect(page.Page.Locator("noscript p")).ToBeVisibleAsync();
        await Assertions.Expect(page.Page.Locator("noscript p")).ToContainTextAsync("To connect a device, this page needs JavaScript.");
        await Assertions.Expect(page.Page.GetByText("One moment…")).ToBeHiddenAsync();
        Assert.DoesNotContain("config.json", requested);
        await page.Page.ScreenshotAsync(new() { Path = Path.Combine(Screens.Folder, "no-script-360x740-light.png") });
    }

    [Fact]
    public async Task The_first_rendering_does_not_wait_for_a_script()
    {
        using var service = new TestService();
        await using var page = await chromium.OpenAsync(service.Client.BaseAddress!);
        await page.Page.RouteAsync("**/*.js", _ => Task.CompletedTask);

        await page.Page.GotoAsync("/device", new() { WaitUntil = WaitUntilState.Commit });

        await page.SeesAsync("Connect a device");
        await Assertions.Expect(page.Page.GetByText("One moment…")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Without_its_script_the_page_suggests_a_reload()
    {
        using var service = new TestService();
        await using var page = await chromium.OpenAsync(service.Client.BaseAddress!);
        await page.Page.RouteAsync("**/device.js", route => route.FulfillAsync(new() { Status = 503, Body = "" }));

        await page.GoAsync();

        // It appears after a delay of 15 seconds, which finish() skips.
        var stuck = page.Page.GetByText("Still loading? Reload the page. If that does not help, use another browser.");
        await Assertions.Expect(stuck).ToBeHiddenAsync();
        await page.Page.EvaluateAsync("document.querySelector('.stuck').getAnimations().forEach(animation => animation.finish())");
        await Assertions.Expect(stuck).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_whole_login_transfers_less_than_40_KB()
    {
        using var service = new TestService();
        var (_, userCode) = await service.IssueAsync();
        await using var page = await chromium.OpenAsync(service.Client.BaseAddress!, now: service.Time.GetUtcNow());
        var requests = new List<IRequest>();
        page.Page.RequestFinished += (_, request) => requests.Add(request);

        await page.ReviewAsync(userCode);
        await page.PressAsync("Approve");
        await page.SeesAsync("✓ Approved");

        Assert.Contains(requests, request => request.Url.EndsWith("/device.js", StringComparison.Ordinal));
        var sizes = await Task.WhenAll(requests.Select(request => request.SizesAsync()));
        Assert.InRange(sizes.Sum(size => size.ResponseBodySize + size.ResponseHeadersSize), 1, 40_000);
    }

    [Fact]
    public async Task With_reduced_motion_nothing_is_animated()
    {
        using var service = new TestService();
        foreach (var (motion, animation) in new[] { (ReducedMotion.NoPreference, "arrive"), (ReducedMotion.Reduce, "none") })
        {
            await using var page = await chromium.OpenAsync(service.Client.BaseAddress!, new() { ReducedMotion = motion });
            await page.GoAsync();
            await page.SeesAsync("Sign in to continue");
            var name = await page.Page.EvaluateAsync<string>(
                "getComputedStyle(document.querySelector('section:not([hidden])')).animationName");
            Assert.Equal(animation, name);
        }
    }
}
