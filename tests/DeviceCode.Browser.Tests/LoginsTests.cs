namespace DeviceCode.Browser.Tests;

using Microsoft.Playwright;

/// <summary>The page on which people see and end their logins.</summary>
public sealed class LoginsTests(Chromium chromium)
{
    [Fact]
    public async Task The_list_shows_what_is_signed_in_from_where_and_since_when()
    {
        using var service = PageState.Service();
        await using var page = await OpenAsync(service, "logins-list");

        var entries = page.Page.Locator("[data-login]");
        await Assertions.Expect(entries).ToHaveCountAsync(2);
        await Assertions.Expect(entries.Nth(0)).ToContainTextAsync("The example command line");
        await Assertions.Expect(entries.Nth(0)).ToContainTextAsync("203.0.113.7");
        await Assertions.Expect(entries.Nth(0)).ToContainTextAsync("curl/8.11.0");
        await Assertions.Expect(entries.Nth(1)).ToContainTextAsync("Example tools with credentials");
        await Assertions.Expect(entries.Nth(1)).ToContainTextAsync("See your signed-in command lines, and sign them out");
    }

    [Fact]
    public async Task One_login_ends_and_the_other_stays()
    {
        using var service = PageState.Service();
        await using var page = await OpenAsync(service, "logins-list");
        var kept = await service.SignInDeviceAsync("tools");

        await page.PressAsync("Sign out: The example command line");
        await page.SeesAsync("Sign “The example command line” out?");
        await page.PressAsync("Sign out");

        await page.SeesAsync("Your command lines");
        await page.AlertsAsync("“The example command line” is signed out.");
        await Assertions.Expect(page.Page.Locator("[data-login]")).ToHaveCountAsync(1);
        Assert.Equal(2, await CountAsync(service, kept));
    }

    [Fact]
    public async Task Back_and_Keep_end_nothing()
    {
        using var service = PageState.Service();
        await using var page = await OpenAsync(service, "logins-confirm-one");

        await page.Page.GoBackAsync();
        await page.SeesAsync("Your command lines");
        await page.PressAsync("Sign all out");
        await page.PressAsync("Keep them");
        await page.SeesAsync("Your command lines");
        await page.PressAsync("Sign out: Example tools with credentials");
        await page.PressAsync("Keep it");

        await Assertions.Expect(page.Page.Locator("[data-login]")).ToHaveCountAsync(2);
        Assert.Equal(3, await CountAsync(service, await service.SignInDeviceAsync("tools")));
    }

    [Fact]
    public async Task All_logins_end()
    {
        using var service = PageState.Service();
        await using var page = await OpenAsync(service, "logins-ended-all");

        await page.GoAsync("logins", signIn: false);
        await page.SeesAsync("No command line is signed in as you");
        Assert.Equal(1, await CountAsync(service, await service.SignInDeviceAsync("tools")));
    }

    [Fact]
    public async Task A_login_that_the_person_does_not_recognise_ends_at_once_with_advice()
    {
        using var service = PageState.Service();
        await using var page = await OpenAsync(service, "logins-reported");

        await Assertions.Expect(page.Page.Locator("[data-view=reported]")).ToContainTextAsync("Tell your administrator");
        await page.PressAsync("Back to the list");
        await Assertions.Expect(page.Page.Locator("[data-login]")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task After_a_report_all_others_can_end_too()
    {
        using var service = PageState.Service();
        await using var page = await OpenAsync(service, "logins-reported");

        await page.PressAsync("Sign all out");
        await page.SeesAsync("Sign all command lines out?");
        await page.PressAsync("Sign all out");
        await page.SeesAsync("✓ All are signed out");
    }

    [Fact]
    public async Task The_end_of_the_last_login_leaves_an_empty_list()
    {
        using var service = PageState.Service();
        await service.SignInDeviceAsync("cli");
        await using var page = await chromium.OpenAsync(service.Client.BaseAddress!);
        await page.GoAsync("logins", signIn: true);

        await page.PressAsync("Sign out: The example command line");
        await page.PressAsync("Sign out");

        await page.SeesAsync("No command line is signed in as you");
        await page.AlertsAsync("“The example command line” is signed out.");
    }

    [Fact]
    public async Task More_than_a_hundred_logins_are_shown_page_by_page()
    {
        using var service = PageState.Service();
        for (var i = 0; i < 101; i++)
        {
            await service.SignInDeviceAsync("cli");
        }

        await using var page = await chromium.OpenAsync(service.Client.BaseAddress!);
        await page.GoAsync("logins", signIn: true);
        await Assertions.Expect(page.Page.Locator("[data-login]")).ToHaveCountAsync(100);

        await page.PressAsync("Show more");

        await Assertions.Expect(page.Page.Locator("[data-login]")).ToHaveCountAsync(101);
        await Assertions.Expect(page.Page.Locator("[data-login]").Nth(100).GetByRole(AriaRole.Button).First).ToBeFocusedAsync();
        await Assertions.Expect(page.Page.GetByRole(AriaRole.Button, new() { Name = "Show more" })).ToBeHiddenAsync();
    }

    [Fact]
    public async Task The_keyboard_is_enough()
    {
        using var service = PageState.Service();
        await using var page = await OpenAsync(service, "logins-list");

        // The focus is on the heading.
        await page.Page.Keyboard.PressAsync("Tab");
        var button = page.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out: The example command line" });
        await Assertions.Expect(button).ToBeFocusedAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await page.SeesAsync("Sign “The example command line” out?");
        await page.Page.Keyboard.PressAsync("Tab");
        await page.Page.Keyboard.PressAsync("Enter");

        await page.AlertsAsync("“The example command line” is signed out.");
    }

    [Fact]
    public async Task A_double_click_ends_one_login_once()
    {
        using var service = PageState.Service();
        await using var page = await OpenAsync(service, "logins-confirm-one");
        var requests = 0;
        await page.Page.RouteAsync("**/auth/device/logins/*", route =>
        {
            requests++;
            return route.ContinueAsync();
        });

        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out", Exact = true }).DblClickAsync();

        await page.AlertsAsync("“The example command line” is signed out.");
        Assert.Equal(1, requests);
    }

    [Fact]
    public async Task The_page_of_an_approval_links_to_the_list()
    {
        using var service = PageState.Service();
        await using var page = await OpenAsync(service, "approved");

        await page.Page.GetByRole(AriaRole.Link, new() { Name = "See everything that is signed in as you" }).ClickAsync();

        // That login has no tokens, so nothing could be ended.
        await page.SeesAsync("No command line is signed in as you");
    }

    [Fact]
    public async Task Another_account_has_its_own_list()
    {
        using var service = PageState.Service();
        await using var page = await OpenAsync(service, "logins-list");

        await page.PressAsync("Use another account");
        await page.Page.GetByLabel("Who are you?").FillAsync("Bob <bob@builders.example>");
        await page.PressAsync("Sign in");

        await page.SeesAsync("No command line is signed in as you");
        await Assertions.Expect(page.Page.Locator("[data-view=none] .account")).ToContainTextAsync("Bob");
    }

    // The sign-in returns by way of the other page, which must pass on its outcome.
    [Fact]
    public async Task An_account_that_is_not_accepted_can_be_changed()
    {
        var signIn = new EndingSignIn { HasEnded = true };
        using var service = new TestService(configure: signIn.Replace);
        await using var page = await chromium.OpenAsync(service.Client.BaseAddress!);
        await page.GoAsync("logins", signIn: true);
        await page.AlertsAsync("This account cannot be used here. Sign in with another one.");

        signIn.HasEnded = false;
        await page.PressAsync("Sign in");
        await page.Page.GetByLabel("Who are you?").FillAsync("bob@wonderland.example");
        await page.PressAsync("Sign in");

        await page.SeesAsync("No command line is signed in as you");
    }

    private static async Task<int> CountAsync(TestService service, ServiceResponse tokens)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/auth/device/logins")
        {
            Headers = { { "Authorization", $"Bearer {tokens["access_token"]}" } },
        };
        return (await service.SendAsync(request)).Json.GetProperty("logins").GetArrayLength();
    }

    private async Task<DevicePage> OpenAsync(TestService service, string state)
    {
        var page = await chromium.OpenAsync(service.Client.BaseAddress!, now: service.Time.GetUtcNow());
        await PageState.EnterAsync(state, service, page);
        return page;
    }
}
