namespace DeviceCode.Browser.Tests;

using Microsoft.Playwright;

/// <summary>All states of the page, each with the steps that lead to it.</summary>
internal static class PageState
{
    private const string Unknown = "BBBB-BBBB";
    private const string Elsewhere = "203.0.113.7";

    private static readonly Dictionary<string, Func<TestService, DevicePage, Task>> All = new()
    {
        ["start"] = async (_, page) =>
        {
            // The page stays in this state until it has its configuration. Here, the response never arrives.
            await page.Page.RouteAsync("**/device/config.json", _ => Task.CompletedTask);
            await page.GoAsync();
            await page.SeesAsync("Connect a device");
        },
        ["unreachable"] = async (_, page) =>
        {
            await page.Page.RouteAsync("**/device/config.json", route => route.AbortAsync());
            await page.GoAsync();
            await page.SeesAsync("The service is not responding");
        },
        ["sign-in"] = async (_, page) =>
        {
            await page.GoAsync();
            await page.SeesAsync("Sign in to continue");
        },
        ["sign-in-again"] = async (service, page) =>
        {
            await ReviewAsync(service, page);
            await page.Page.RouteAsync("**/auth/device/authorize", route => route.FulfillAsync(new() { Status = 401, Body = "{}" }));
            await page.PressAsync("Approve");
            await page.SeesAsync("Sign in to continue");
        },
        ["blocked"] = async (_, page) =>
        {
            await page.Page.AddInitScriptAsync(
                "Object.defineProperty("
                + "window, 'sessionStorage', { get() { throw new DOMException('blocked', 'SecurityError') } })");
            await page.GoAsync();
            await page.SeesAsync("This browser is blocking storage");
        },
        ["sign-in-not-accepted"] = async (_, page) =>
        {
            await page.Page.RouteAsync("**/auth/device/inspect", route => route.FulfillAsync(new() { Status = 401, Body = "{}" }));
            await page.GoAsync();
            await page.SignInAsync();
            await page.EnterAsync(Unknown);
            await Assertions.Expect(page.Alert).ToContainTextAsync("cannot be used here");
        },
        ["enter"] = SignInAsync,
        ["enter-malformed"] = async (_, page) =>
        {
            await page.GoAsync("ABCD-1234");
            await page.SignInAsync();
            await Assertions.Expect(page.Alert).ToContainTextAsync("not a valid code");
        },
        ["enter-waiting"] = async (service, page) =>
        {
            await SignInAsync(service, page);
            await page.Page.RouteAsync("**/auth/device/inspect", _ => Task.CompletedTask);
            await page.EnterAsync(Unknown);
            await Assertions.Expect(page.Page.GetByText("One moment…").Filter(new() { Visible = true })).ToBeVisibleAsync();
        },
        ["enter-wrong"] = async (service, page) =>
        {
            await SignInAsync(service, page);
            await page.EnterAsync(Unknown);
            await Assertions.Expect(page.Alert).ToContainTextAsync("does not work");
        },
        ["enter-limited"] = async (service, page) =>
        {
            await SignInAsync(service, page);
            await page.Page.RouteAsync("**/auth/device/inspect", route => route.FulfillAsync(
                new() { Status = 429, Headers = [new("Retry-After", "840")], Body = "{}" }));
            await page.EnterAsync(Unknown);
            await Assertions.Expect(page.Alert).ToContainTextAsync("14 minutes");
        },
        ["confirm"] = async (service, page) =>
        {
            await page.GoAsync((await service.IssueAsync()).UserCode);
            await page.SignInAsync();
            await page.SeesAsync("Does your device show this code?");
        },
        ["confirm-unavailable"] = async (service, page) =>
        {
            await page.GoAsync((await service.IssueAsync()).UserCode);
            await page.SignInAsync();
            await page.Page.RouteAsync("**/auth/device/inspect", route => route.AbortAsync());
            await page.PressAsync("Yes, same code");
            await Assertions.Expect(page.Alert).ToContainTextAsync("is not responding");
        },
        ["confirm-refused"] = async (service, page) =>
        {
            await page.GoAsync((await service.IssueAsync()).UserCode);
            await page.SignInAsync();
            await page.PressAsync("No, different code");
            await page.SeesAsync("Enter the code from your device");
        },
        ["review"] = ReviewAsync,
        ["review-scopes"] = async (service, page) =>
        {
            var response = await service.PostAsync("/oauth/device/code", new { client_id = "cli", scope = "profile email offline_access" });
            await page.ReviewAsync(response["user_code"]!, "The example command line");
        },
        ["review-elsewhere"] = ReviewElsewhereAsync,
        ["review-not-confirmed"] = async (service, page) =>
        {
            await ReviewElsewhereAsync(service, page);
            await page.PressAsync("Approve");
            await Assertions.Expect(page.Alert).ToContainTextAsync("Confirm");
        },
        ["review-without-response"] = async (service, page) =>
        {
            await ReviewAsync(service, page);
            await page.Page.RouteAsync("**/auth/device/authorize", route => route.AbortAsync());
            await page.PressAsync("Approve");
            await Assertions.Expect(page.Alert).ToContainTextAsync("may or may not");
        },
        ["approved"] = async (service, page) =>
        {
            await ReviewAsync(service, page);
            await page.PressAsync("Approve");
            await page.SeesAsync("✓ Approved");
        },
        ["denied"] = async (service, page) =>
        {
            await ReviewAsync(service, page);
            await page.PressAsync("Deny");
            await page.SeesAsync("✕ Denied");
        },
        ["reported"] = async (service, page) =>
        {
            await ReviewElsewhereAsync(service, page);
            await page.PressAsync("I did not start this");
            await page.SeesAsync("✕ Denied. Thank you for checking");
        },
        ["expired"] = async (service, page) =>
        {
            await ReviewAsync(service, page);
            await page.Page.Clock.FastForwardAsync("15:00");
            await page.SeesAsync("The code has expired");
        },
        ["gone-perhaps-decided"] = async (service, page) =>
        {
            await ReviewAsync(service, page);
            await page.Page.RouteAsync("**/auth/device/authorize", route => route.AbortAsync());
            await page.PressAsync("Approve");
            await Assertions.Expect(page.Alert).ToContainTextAsync("may or may not");
            await page.Page.Clock.FastForwardAsync("15:00");
            await page.SeesAsync("This code can no longer be used");
        },
        ["gone-already-approved"] = async (service, page) =>
        {
            var (_, userCode) = await service.IssueAsync();
            await page.ReviewAsync(userCode);
            await page.PressAsync("Approve");
            await page.SeesAsync("✓ Approved");
            await page.GoAsync();
            await page.EnterAsync(userCode);
            await page.SeesAsync("This code can no longer be used");
        },
        ["gone"] = async (service, page) =>
        {
            await ReviewAsync(service, page);
            service.Time.Advance(TimeSpan.FromMinutes(15));
            await page.PressAsync("Approve");
            await page.SeesAsync("This code can no longer be used");
        },
        ["logins-start"] = async (_, page) =>
        {
            await page.Page.RouteAsync("**/device/config.json", _ => Task.CompletedTask);
            await page.GoAsync("logins", signIn: false);
            await page.SeesAsync("Your command lines");
        },
        ["logins-unreachable"] = async (service, page) =>
        {
            await page.Page.RouteAsync("**/auth/device/logins", route => route.AbortAsync());
            await page.GoAsync("logins", signIn: true);
            await page.SeesAsync("The service is not responding");
        },
        ["logins-sign-in"] = async (_, page) =>
        {
            await page.GoAsync("logins", signIn: false);
            await page.SeesAsync("Sign in to continue");
        },
        ["logins-none"] = async (_, page) =>
        {
            await page.GoAsync("logins", signIn: true);
            await page.SeesAsync("No command line is signed in as you");
        },
        ["logins-list"] = ListLoginsAsync,
        ["logins-confirm-one"] = ConfirmEndAsync,
        ["logins-ended-one"] = async (service, page) =>
        {
            await ConfirmEndAsync(service, page);
            await page.PressAsync("Sign out");
            await page.AlertsAsync("“The example command line” is signed out.");
        },
        ["logins-confirm-unavailable"] = async (service, page) =>
        {
            await ConfirmEndAsync(service, page);
            await page.Page.RouteAsync("**/auth/device/logins/*", route => route.AbortAsync());
            await page.PressAsync("Sign out");
            await page.AlertsAsync("The service is not responding. Try again in a moment.");
        },
        ["logins-reported"] = async (service, page) =>
        {
            await ListLoginsAsync(service, page);
            await page.PressAsync("I do not recognise this: The example command line");
            await page.SeesAsync("✓ “The example command line” is signed out");
        },
        ["logins-confirm-all"] = async (service, page) =>
        {
            await ListLoginsAsync(service, page);
            await page.PressAsync("Sign all out");
            await page.SeesAsync("Sign all command lines out?");
        },
        ["logins-ended-all"] = async (service, page) =>
        {
            await ListLoginsAsync(service, page);
            await page.PressAsync("Sign all out");
            await page.PressAsync("Sign all out");
            await page.SeesAsync("✓ All are signed out");
        },
        ["logins-signed-out"] = async (service, page) =>
        {
            await ConfirmEndAsync(service, page);
            await page.Page.RouteAsync("**/auth/device/logins/*", route => route.FulfillAsync(new() { Status = 401, Body = "{}" }));
            await page.PressAsync("Sign out");
            await page.SeesAsync("Sign in to continue");
        },
    };

    public static IEnumerable<string> Names => All.Keys;

    /// <summary>A service whose clients can have other addresses.</summary>
    public static TestService Service() => new(new() { ["DeviceCode:TrustedProxies"] = "1" });

    /// <summary>Brings a page into a state.</summary>
    public static Task EnterAsync(string state, TestService service, DevicePage page) => All[state](service, page);

    private static async Task SignInAsync(TestService service, DevicePage page)
    {
        await page.GoAsync();
        await page.SignInAsync();
        await page.SeesAsync("Enter the code from your device");
    }

    private static async Task ReviewAsync(TestService service, DevicePage page) =>
        await page.ReviewAsync((await service.IssueAsync(("User-Agent", "devicecode/0.1 (Linux; x64)"))).UserCode);

    private static async Task ListLoginsAsync(TestService service, DevicePage page)
    {
        await service.SignInDeviceAsync("tools", ("User-Agent", "devicecode/0.1 (Linux; x64)"));
        service.Time.Advance(TimeSpan.FromDays(3));
        await service.SignInDeviceAsync("cli", ("X-Forwarded-For", Elsewhere), ("User-Agent", "curl/8.11.0"));
        await page.GoAsync("logins", signIn: true);

        // The first view has the same heading.
        await Assertions.Expect(page.Page.Locator("[data-login]")).ToHaveCountAsync(2);
    }

    private static async Task ConfirmEndAsync(TestService service, DevicePage page)
    {
        await ListLoginsAsync(service, page);
        await page.PressAsync("Sign out: The example command line");
        await page.SeesAsync("Sign “The example command line” out?");
    }

    private static async Task ReviewElsewhereAsync(TestService service, DevicePage page)
    {
        var (_, userCode) = await service.IssueAsync(("X-Forwarded-For", Elsewhere), ("User-Agent", "curl/8.11.0"));
        service.Time.Advance(TimeSpan.FromMinutes(3));
        await page.Page.Clock.FastForwardAsync("03:00");
        await page.ReviewAsync(userCode);
    }
}
