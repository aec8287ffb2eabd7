[assembly: Xunit.AssemblyFixture(typeof(DeviceCode.Testing.Browser.Chromium))]
[assembly: Xunit.AssemblyFixture(typeof(DeviceCode.Testing.Azurite))]

namespace DeviceCode.Browser.Tests;

using System.Net;
using Microsoft.Playwright;

/// <summary>Whole logins in a browser. Each one ends with a message that agrees with the response to the device's poll.</summary>
public sealed class DecisionTests(Chromium chromium, Azurite azurite)
{
    private const string Unknown = "BBBB-BBBB";
    private const string AlreadyApproved = "You have already approved this request.";

    [Fact]
    public async Task Approve()
    {
        using var service = new TestService();
        var (deviceCode, userCode) = await service.IssueAsync();
        await using var page = await OpenAsync(service);

        await page.GoAsync();
        await page.SignInAsync();
        await page.EnterAsync(userCode);
        await page.SeesAsync("Connect “A command line” to your account?");
        await page.PressAsync("Approve");

        await page.SeesAsync("✓ Approved");
        var connecting = page.Page.GetByText("“A command line” is being connected. This takes a few seconds.");
        await Assertions.Expect(connecting).ToBeVisibleAsync();
        await Assertions.Expect(page.Page.GetByText("You can close this window.").Filter(new() { Visible = true })).ToBeVisibleAsync();
        var poll = await service.PollAsync(deviceCode);
        Assert.Equal("complete", poll["status"]);
        Assert.Contains("alice@wonderland.example", poll["user"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deny()
    {
        using var service = new TestService();
        var (deviceCode, userCode) = await service.IssueAsync();
        await using var page = await OpenAsync(service);

        await page.ReviewAsync(userCode);
        await page.PressAsync("Deny");

        await page.SeesAsync("✕ Denied");
        Assert.Equal("denied", (await service.PollAsync(deviceCode))["status"]);
    }

    [Fact]
    public async Task I_did_not_start_this_denies_and_says_what_to_do()
    {
        using var service = new TestService();
        var (deviceCode, userCode) = await service.IssueAsync();
        await using var page = await OpenAsync(service);

        await page.ReviewAsync(userCode);
        await page.PressAsync("I did not start this");

        await page.SeesAsync("✕ Denied. Thank you for checking");
        await Assertions.Expect(page.Page.GetByText("report it to your security team")).ToBeVisibleAsync();
        Assert.Equal("denied", (await service.PollAsync(deviceCode))["status"]);
    }

    [Fact]
    public async Task Looking_at_a_login_does_not_decide_it()
    {
        using var service = new TestService();
        var (deviceCode, userCode) = await service.IssueAsync();
        await using var page = await OpenAsync(service);

        await page.GoAsync(userCode);
        await page.SignInAsync();
        await page.SeesAsync("Does your device show this code?");
        await page.PressAsync("Yes, same code");
        await page.SeesAsync("Connect “A command line” to your account?");
        await page.Page.ReloadAsync();
        await page.SeesAsync("Does your device show this code?");

        Assert.Equal("pending", (await service.PollAsync(deviceCode))["status"]);
    }

    [Fact]
    public async Task The_client_is_shown_before_the_decision()
    {
        using var service = new TestService();
        var (_, userCode) = await service.IssueAsync(("User-Agent", "devicecode/0.1 (Linux)"));
        service.Time.Advance(TimeSpan.FromMinutes(2));
        await using var page = await OpenAsync(service);

        await page.ReviewAsync(userCode);

        var rows = await page.Page.Locator("[data-view=review] dl > div").AllInnerTextsAsync();
        Assert.Equal(
            [
                $"Code {userCode}",
                "Program devicecode/0.1 (Linux)",
                "Address 127.0.0.1 Your network",
                "Requested 12:00, 2 minutes ago",
                "Expires in 13 minutes",
                "Account alice@wonderland.example Use another account",
                "It will See your name and e-mail address",
            ],
            rows.Select(row => string.Join(' ', row.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)))
                .Select(row => row.Replace(DevicePage.Alice, "alice@wonderland.example", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_prefilled_code_must_be_compared_with_the_device_first()
    {
        using var service = new TestService();
        var (deviceCode, userCode) = await service.IssueAsync();
        await using var page = await OpenAsync(service);

        await page.GoAsync(userCode);
        Assert.DoesNotContain("user_code", page.Page.Url, StringComparison.Ordinal);
        await page.SignInAsync();
        await page.SeesAsync("Does your device show this code?");
        await Assertions.Expect(page.Page.Locator("[data-view=confirm] .code")).ToHaveTextAsync(userCode);
        await page.PressAsync("Yes, same code");
        await page.PressAsync("Approve");

        await page.SeesAsync("✓ Approved");
        Assert.Equal("complete", (await service.PollAsync(deviceCode))["status"]);
    }

    [Fact]
    public async Task A_prefilled_code_that_the_device_does_not_show_is_discarded()
    {
        using var service = new TestService();
        var (deviceCode, userCode) = await service.IssueAsync();
        await using var page = await OpenAsync(service);

        await page.GoAsync(userCode);
        await page.SignInAsync();
        await page.PressAsync("No, different code");

        await page.SeesAsync("Enter the code from your device");
        await page.AlertsAsync(
            "Do not use that link. If another person sent it to you, it may be a trick. "
            + "If your own device shows a code, enter that one.");
        await Assertions.Expect(page.Field).ToHaveValueAsync("");
        await page.Page.ReloadAsync();
        await page.SeesAsync("Enter the code from your device");
        Assert.Equal("pending", (await service.PollAsync(deviceCode))["status"]);
    }

    [Fact]
    public async Task A_wrong_code_is_reported_at_the_field_and_the_right_one_still_works()
    {
        using var service = new TestService();
        var (deviceCode, userCode) = await service.IssueAsync();
        await using var page = await OpenAsync(service);
        await page.GoAsync();
        await page.SignInAsync();

        await page.EnterAsync(Unknown);
        await page.AlertsAsync("This code does not work. Compare it with your device. If it is the same, request a new code there.");
        await Assertions.Expect(page.Field).ToBeFocusedAsync();
        await Assertions.Expect(page.Field).ToHaveAttributeAsync("aria-invalid", "true");
        Assert.Equal("pending", (await service.PollAsync(deviceCode))["status"]);

        await page.EnterAsync("nonsense");
        await page.AlertsAsync("This is not a valid code. Codes contain only letters, and never A, E, I, O, U or Y.");
        await page.EnterAsync(" ");
        await page.AlertsAsync("Enter the code that your device shows.");

        await page.EnterAsync(userCode.ToLowerInvariant());
        await page.PressAsync("Approve");
        await page.SeesAsync("✓ Approved");
        Assert.Equal("complete", (await service.PollAsync(deviceCode))["status"]);
    }

    [Fact]
    public async Task A_wrong_prefilled_code_is_reported_at_the_field()
    {
        using var service = new TestService();
        await using var page = await OpenAsync(service);

        await page.GoAsync(Unknown);
        await page.SignInAsync();
        await page.PressAsync("Yes, same code");

        await page.SeesAsync("Enter the code from your device");
        await page.AlertsAsync("This code does not work. Compare it with your device. If it is the same, request a new code there.");
        await Assertions.Expect(page.Field).ToHaveValueAsync(Unknown);
    }

    [Fact]
    public async Task The_page_reports_a_code_that_expires_while_it_is_open()
    {
        using var service = new TestService();
        var (deviceCode, userCode) = await service.IssueAsync();
        await using var page = await OpenAsync(service);
        await page.ReviewAsync(userCode);

        service.Time.Advance(TimeSpan.FromMinutes(15));
        await page.Page.Clock.FastForwardAsync("15:00");

        await page.SeesAsync("The code has expired");
        Assert.Equal("expired", (await service.PollAsync(deviceCode))["status"]);
        await page.PressAsync("Enter a code");
        await page.SeesAsync("Enter the code from your device");
        await Assertions.Expect(page.Field).ToHaveValueAsync("");
    }

    [Fact]
    public async Task The_page_reports_a_code_that_expired_only_by_the_clock_of_the_service()
    {
        using var service = new TestService();
        var (deviceCode, userCode) = await service.IssueAsync();
        await using var page = await OpenAsync(service);
        await page.ReviewAsync(userCode);

        service.Time.Advance(TimeSpan.FromMinutes(15));
        await page.PressAsync("Approve");

        await page.SeesAsync("This code can no longer be used");
        Assert.Equal("expired", (await service.PollAsync(deviceCode))["status"]);
    }

    [Fact]
    public async Task A_code_decided_in_another_tab_cannot_be_decided_again()
    {
        using var service = new TestService();
        var (deviceCode, userCode) = await service.IssueAsync();
        await using var page = await OpenAsync(service);
        await page.ReviewAsync(userCode);
        var first = page.Page;

        await page.SwitchToNewTabAsync();
        await page.ReviewAsync(userCode);
        await page.PressAsync("Deny");
        await page.SeesAsync("✕ Denied");

        await first.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await Assertions.Expect(first.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("This code can no longer be used");
        Assert.Equal("denied", (await service.PollAsync(deviceCode))["status"]);
    }

    [Fact]
    public async Task A_session_that_ends_midway_keeps_the_code()
    {
        var signIn = new EndingSignIn();
        using var service = new TestService(configure: signIn.Replace);
        var (deviceCode, userCode) = await service.IssueAsync();
        await using var page = await OpenAsync(service);
        await page.ReviewAsync(userCode);

        signIn.HasEnded = true;
        await page.PressAsync("Approve");

        await page.SeesAsync("Sign in to continue");
        await page.AlertsAsync("Your session has ended. Sign in again to continue. Your code is kept.");
        Assert.Equal("pending", (await service.PollAsync(deviceCode))["status"]);

        signIn.HasEnded = false;
        await page.SignInAsync();
        await page.SeesAsync("Does your device show this code?");
        await page.PressAsync("Yes, same code");
        await page.PressAsync("Approve");
        await page.SeesAsync("✓ Approved");
        Assert.Equal("complete", (await service.PollAsync(deviceCode))["status"]);
    }

    [Fact]
    public async Task A_session_that_ends_at_the_code_keeps_the_code()
    {
        var signIn = new EndingSignIn();
        using var service = new TestService(configure: signIn.Replace);
        var (_, userCode) = await service.IssueAsync();
        await using var page = await OpenAsync(service);
        await page.GoAsync();
        await page.SignInAsync();

        signIn.HasEnded = true;
        await page.EnterAsync(userCode);
        await page.SeesAsync("Sign in to continue");

        signIn.HasEnded = false;
        await page.SignInAsync();
        await Assertions.Expect(page.Page.Locator("[data-view=confirm] .code")).ToHaveTextAsync(userCode);
    }

    [Fact]
    public async Task A_double_click_is_one_decision()
    {
        using var service = new TestService();
        var (deviceCode, userCode) = await service.IssueAsync();
        await using var page = await OpenAsync(service);
        await page.ReviewAsync(userCode);
        var requests = 0;
        page.Page.Request += (_, request) => requests += request.Url.EndsWith("/authorize", StringComparison.Ordinal) ? 1 : 0;

        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Approve" }).DblClickAsync();

        await page.SeesAsync("✓ Approved");
        Assert.Equal(1, requests);
        Assert.Equal("complete", (await service.PollAsync(deviceCode))["status"]);
    }

    [Fact]
    public async Task The_second_click_cannot_be_the_other_decision()
    {
        using var service = new TestService();
        var (deviceCode, userCode) = await service.IssueAsync();
        await using var page = await OpenAsync(service);
        await page.ReviewAsync(userCode);

        await page.Page.EvaluateAsync(
            "document.querySelector('[data-action=deny]').click(); document.querySelector('[data-action=approve]').click()");

        await page.SeesAsync("✕ Denied");
        Assert.Equal("denied", (await service.PollAsync(deviceCode))["status"]);
    }

    [Fact]
    public async Task Back_and_Forward_move_between_the_code_and_the_review()
    {
        using var service = new TestService();
        var (deviceCode, userCode) = await service.IssueAsync();
        await using var page = await OpenAsync(service);
        await page.ReviewAsync(userCode);

        await page.Page.GoBackAsync();
        await page.SeesAsync("Enter the code from your device");
        await Assertions.Expect(page.Field).ToHaveValueAsync(userCode);
        await page.Page.GoForwardAsync();
        await page.SeesAsync("Connect “A command line” to your account?");
        await page.PressAsync("Approve");
        await page.SeesAsync("✓ Approved");

        await page.Page.GoBackAsync();
        await page.SeesAsync("Enter the code from your device");
        await Assertions.Expect(page.Field).ToHaveValueAsync("");
        await page.Page.GoForwardAsync();
        await page.SeesAsync("Enter the code from your device");
        Assert.Equal("complete", (await service.PollAsync(deviceCode))["status"]);
    }

    [Fact]
    public async Task Forward_does_not_return_to_a_review_after_another_code_was_entered()
    {
        var signIn = new EndingSignIn();
        using var service = new TestService(configure: signIn.Replace);
        var (first, second) = (await service.IssueAsync(), await service.IssueAsync());
        await using var page = await OpenAsync(service);
        await page.ReviewAsync(first.UserCode);

        // After a wrong code, Forward does not return to the previous review.
        await page.Page.GoBackAsync();
        await page.EnterAsync(Unknown);
        await Assertions.Expect(page.Alert).ToContainTextAsync("does not work");
        await page.Page.GoForwardAsync();
        await page.SeesAsync("Enter the code from your device");

        // After another code, to which the service responded with a 401, it does not either.
        await page.EnterAsync(first.UserCode);
        await page.SeesAsync("Connect “A command line” to your account?");
        await page.Page.GoBackAsync();
        signIn.HasEnded = true;
        await page.EnterAsync(second.UserCode);
        await page.SeesAsync("Sign in to continue");
        signIn.HasEnded = false;
        await page.Page.GoForwardAsync();
        await page.SeesAsync("Enter the code from your device");

        Assert.Equal("pending", (await service.PollAsync(first.DeviceCode))["status"]);
        Assert.Equal("pending", (await service.PollAsync(second.DeviceCode))["status"]);
    }

    [Fact]
    public async Task An_account_that_is_not_accepted_can_be_changed()
    {
        var signIn = new EndingSignIn();
        using var service = new TestService(configure: signIn.Replace);
        var (_, userCode) = await service.IssueAsync();
        await using var page = await OpenAsync(service);
        await page.GoAsync();
        await page.SignInAsync();

        signIn.HasEnded = true;
        await page.EnterAsync(userCode);
        await page.AlertsAsync("This account cannot be used here. Sign in with another one.");

        signIn.HasEnded = false;
        await page.SignInAsync("bob@wonderland.example");
        await page.PressAsync("Yes, same code");
        await page.SeesAsync("Connect “A command line” to your account?");
    }

    [Fact]
    public async Task A_code_in_its_last_second_is_shown_as_expired()
    {
        using var service = new TestService();
        var (_, userCode) = await service.IssueAsync();
        service.Time.Advance(TimeSpan.FromMinutes(15) - TimeSpan.FromMilliseconds(500));
        await using var page = await OpenAsync(service);
        await page.GoAsync();
        await page.SignInAsync();

        await page.EnterAsync(userCode);

        await page.SeesAsync("The code has expired");
    }

    [Fact]
    public async Task The_time_of_the_request_does_not_depend_on_the_clock_of_the_browser()
    {
        using var service = new TestService();
        var (_, userCode) = await service.IssueAsync();
        service.Time.Advance(TimeSpan.FromMinutes(3));
        await using var page = await chromium.OpenAsync(service.Client.BaseAddress!, now: service.Time.GetUtcNow().AddMinutes(20));

        await page.ReviewAsync(userCode);

        await Assertions.Expect(page.Page.Locator("[data-slot=asked]")).ToHaveTextAsync("12:00, 3 minutes ago");
    }

    [Fact]
    public async Task A_new_visit_starts_without_the_previous_code()
    {
        using var service = new TestService();
        var (_, userCode) = await service.IssueAsync();
        // This needs the real clock: a mocked one hides the type of the navigation from the page.
        await using var page = await chromium.OpenAsync(service.Client.BaseAddress!);
        await page.ReviewAsync(userCode);

        await page.GoAsync();

        await page.SeesAsync("Enter the code from your device");
        await Assertions.Expect(page.Field).ToHaveValueAsync("");
    }

    [Fact]
    public async Task The_page_does_not_warn_about_a_typed_code()
    {
        using var service = new TestService();
        var (_, userCode) = await service.IssueAsync();
        await using var page = await OpenAsync(service);
        await page.ReviewAsync(userCode);
        await page.Page.ReloadAsync();

        await page.SeesAsync("Does your device show this code?");
        await page.PressAsync("No, different code");

        await page.SeesAsync("Enter the code from your device");
        await page.AlertsAsync("");
    }

    [Fact]
    public async Task A_request_from_another_network_needs_a_confirmation()
    {
        using var service = new TestService(new() { ["DeviceCode:TrustedProxies"] = "1" });
        var (deviceCode, userCode) = await service.IssueAsync(("X-Forwarded-For", "203.0.113.7"));
        await using var page = await OpenAsync(service);
        await page.ReviewAsync(userCode);

        var warning = page.Page.GetByRole(AriaRole.Heading, new() { Name = "This request comes from another network" });
        await Assertions.Expect(warning).ToBeVisibleAsync();
        var address = page.Page.GetByRole(AriaRole.Definition).Filter(new() { HasText = "203.0.113.7" });
        await Assertions.Expect(address).ToContainTextAsync("Another network");
        await page.PressAsync("Approve");
        await page.AlertsAsync("Confirm that you started this request on another network, or deny it.");
        await Assertions.Expect(page.Page.GetByLabel("I started this request on another network.")).ToBeFocusedAsync();
        Assert.Equal("pending", (await service.PollAsync(deviceCode))["status"]);

        await page.Page.GetByLabel("I started this request on another network.").CheckAsync();
        await page.PressAsync("Approve");
        await page.SeesAsync("✓ Approved");
        service.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("complete", (await service.PollAsync(deviceCode))["status"]);
    }

    [Theory]
    [InlineData("2001:db8::7", "127.0.0.1", "The request used IPv6 and this browser uses IPv4, which")]
    [InlineData("203.0.113.7", "2001:db8::8", "The request used IPv4 and this browser uses IPv6, which")]
    [InlineData("203.0.113.7", "203.0.113.8", null)]
    [InlineData("2001:db8:1::7", "2001:db8:2::7", null)]
    public async Task The_page_explains_that_the_IP_versions_differ(string device, string browser, string? explanation)
    {
        using var service = new TestService(new() { ["DeviceCode:TrustedProxies"] = "1" });
        var (_, userCode) = await service.IssueAsync(("X-Forwarded-For", device));
        await using var page = await OpenAsync(service);
        await page.Page.SetExtraHTTPHeadersAsync(new Dictionary<string, string> { ["X-Forwarded-For"] = browser });

        await page.ReviewAsync(userCode);

        var warning = page.Page.Locator(".warning");
        await Assertions.Expect(warning).ToContainTextAsync("This request comes from another network");
        await Assertions.Expect(warning.Locator(".other-version")).ToBeVisibleAsync(new() { Visible = explanation is not null });
        if (explanation is not null)
        {
            await Assertions.Expect(warning).ToContainTextAsync($"{explanation} can also happen on the same network.");
        }
    }

    [Fact]
    public async Task A_request_from_another_network_can_be_denied_without_a_confirmation()
    {
        using var service = new TestService(new() { ["DeviceCode:TrustedProxies"] = "1" });
        var (deviceCode, userCode) = await service.IssueAsync(("X-Forwarded-For", "203.0.113.7"));
        await using var page = await OpenAsync(service);
        await page.ReviewAsync(userCode);

        await page.PressAsync("I did not start this");

        await page.SeesAsync("✕ Denied. Thank you for checking");
        Assert.Equal("denied", (await service.PollAsync(deviceCode))["status"]);
    }

    [Fact]
    public async Task A_confirmation_applies_to_one_request()
    {
        using var service = new TestService(new() { ["DeviceCode:TrustedProxies"] = "1" });
        var first = await service.IssueAsync(("X-Forwarded-For", "203.0.113.7"));
        var second = await service.IssueAsync(("X-Forwarded-For", "203.0.113.7"));
        await using var page = await OpenAsync(service);
        await page.ReviewAsync(first.UserCode);
        await page.Page.GetByLabel("I started this request on another network.").CheckAsync();

        await page.Page.GoBackAsync();
        await page.EnterAsync(second.UserCode);
        await page.SeesAsync("Connect “A command line” to your account?");

        await Assertions.Expect(page.Page.GetByLabel("I started this request on another network.")).Not.ToBeCheckedAsync();
    }

    [Fact]
    public async Task After_too_many_wrong_codes_the_page_shows_the_time_to_wait()
    {
        using var service = new TestService();
        var (deviceCode, userCode) = await service.IssueAsync();
        await using var page = await OpenAsync(service);
        await page.GoAsync();
        await page.SignInAsync();
        for (var i = 0; i < 5; i++)
        {
            await page.EnterAsync(Unknown);
            await page.AlertsAsync("This code does not work. Compare it with your device. If it is the same, request a new code there.");
            await page.Field.FillAsync("");
            await page.AlertsAsync("");
        }

        await page.EnterAsync(userCode);
        await page.AlertsAsync("Too many wrong codes. Try again in 15 minutes.");
        Assert.Equal("pending", (await service.PollAsync(deviceCode))["status"]);
    }

    [Fact]
    public async Task A_service_that_is_down_and_comes_back_loses_nothing()
    {
        await using var host = await HostProcess.StartAsIssuerAsync(azurite.ConnectionString, []);
        var (_, codes, _) = await host.PostAsync("/auth/device/code");
        var (deviceCode, userCode) = (codes.GetProperty("device_code").GetString()!, codes.GetProperty("user_code").GetString()!);
        host.Watch(deviceCode, userCode);
        await using var page = await chromium.OpenAsync(host.Address);
        await page.GoAsync();
        await page.SignInAsync();

        await host.KillAsync();
        await page.EnterAsync(userCode);
        await page.AlertsAsync("The service is not responding. Try again in a moment.");
        await host.StartAgainAsync();
        await page.PressAsync("Continue");
        await page.SeesAsync("Connect “A command line” to your account?");

        await host.KillAsync();
        await page.PressAsync("Approve");
        await page.AlertsAsync("The service is not responding, so your decision may or may not have been saved. Try again in a moment.");
        await host.StartAgainAsync();
        await page.PressAsync("Approve");
        await page.SeesAsync("✓ Approved");
        var response = await host.PostAsync("/auth/device/token", new { device_code = deviceCode });
        Assert.Equal("complete", response.Json.GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_decision_whose_response_is_lost_can_be_sent_again()
    {
        using var service = new TestService();
        var (deviceCode, userCode) = await service.IssueAsync();
        await using var page = await OpenAsync(service);
        await page.ReviewAsync(userCode);
        await LoseTheResponseAsync(page);

        await page.PressAsync("Approve");

        await page.SeesAsync("✓ Approved");
        Assert.Equal("complete", (await service.PollAsync(deviceCode))["status"]);
    }

    [Fact]
    public async Task When_a_code_expires_after_a_lost_response_the_page_names_the_decision()
    {
        using var service = new TestService();
        var (deviceCode, userCode) = await service.IssueAsync();
        await using var page = await OpenAsync(service);
        await page.ReviewAsync(userCode);
        await LoseTheResponseAsync(page);

        await page.Page.Clock.FastForwardAsync("15:00");

        await page.SeesAsync("This code can no longer be used");
        await page.AlertsAsync(AlreadyApproved);
        Assert.Equal("complete", (await service.PollAsync(deviceCode))["status"]);
    }

    [Fact]
    public async Task After_a_lost_response_the_same_code_is_not_reported_as_wrong()
    {
        using var service = new TestService();
        var (deviceCode, userCode) = await service.IssueAsync();
        await using var page = await OpenAsync(service);
        await page.ReviewAsync(userCode);
        await LoseTheResponseAsync(page);

        await page.Page.GoBackAsync();
        await page.EnterAsync(userCode);

        await page.AlertsAsync(AlreadyApproved);
        Assert.Equal("complete", (await service.PollAsync(deviceCode))["status"]);
    }

    [Theory]
    [InlineData("Approve", "✓ Approved", AlreadyApproved)]
    [InlineData("Deny", "✕ Denied", "You have already denied this request.")]
    public async Task A_user_who_opens_a_decided_link_again_sees_the_decision(string button, string result, string message)
    {
        using var service = new TestService();
        var (_, userCode) = await service.IssueAsync();
        await using var page = await OpenAsync(service);
        await page.ReviewAsync(userCode);
        await page.PressAsync(button);
        await page.SeesAsync(result);

        await page.GoAsync(userCode);
        await page.PressAsync("Yes, same code");
        await page.SeesAsync("This code can no longer be used");
        await page.AlertsAsync(message);

        // Another account does not see it.
        await page.GoAsync(userCode);
        await page.PressAsync("Use another account");
        await page.Page.GetByLabel("Who are you?").FillAsync("Zoë <zoe@wonderland.example>");
        await page.PressAsync("Sign in");
        await page.PressAsync("Yes, same code");
        await page.AlertsAsync("This code does not work. Compare it with your device. If it is the same, request a new code there.");
    }

    [Fact]
    public async Task A_decision_is_accepted_again_and_another_one_names_the_first()
    {
        using var service = new TestService();
        await using var first = await OpenAsync(service);
        var (_, userCode) = await service.IssueAsync();
        await first.ReviewAsync(userCode);
        Assert.Equal(200, (await service.AuthorizeAsync(userCode)).Status);
        await first.PressAsync("Approve");
        await first.SeesAsync("✓ Approved");

        await using var second = await OpenAsync(service);
        (var deviceCode, userCode) = await service.IssueAsync();
        await second.ReviewAsync(userCode);
        await LoseTheResponseAsync(second);
        await second.PressAsync("Deny");
        await second.SeesAsync("This code can no longer be used");
        await second.AlertsAsync(AlreadyApproved);
        Assert.Equal("complete", (await service.PollAsync(deviceCode))["status"]);
    }

    [Fact]
    public async Task A_page_that_cannot_load_its_configuration_offers_to_try_again()
    {
        using var service = new TestService();
        await using var page = await OpenAsync(service);
        await page.Page.RouteAsync("**/device/config.json", route => route.AbortAsync());
        await page.GoAsync();
        await page.SeesAsync("The service is not responding");

        await page.Page.UnrouteAllAsync();
        await page.PressAsync("Try again");
        await page.SeesAsync("Sign in to continue");
    }

    [Fact]
    public async Task An_outage_of_the_storage_is_not_reported_as_a_wrong_code()
    {
        using var service = new TestService();
        var (_, userCode) = await service.IssueAsync();
        await using var page = await OpenAsync(service);
        await page.GoAsync();
        await page.SignInAsync();
        await page.Page.RouteAsync(
            "**/auth/device/inspect",
            route => route.FulfillAsync(new() { Status = (int)HttpStatusCode.ServiceUnavailable, Body = "<html>" }));

        await page.EnterAsync(userCode);

        await page.AlertsAsync("The service is not responding. Try again in a moment.");
    }

    [Fact]
    public async Task Another_account_can_be_used()
    {
        using var service = new TestService();
        var (deviceCode, userCode) = await service.IssueAsync();
        await using var page = await OpenAsync(service);
        await page.ReviewAsync(userCode);

        await page.PressAsync("Use another account");
        await page.Page.GetByLabel("Who are you?").FillAsync("Zoë <zoe@wonderland.example>");
        await page.PressAsync("Sign in");
        await page.PressAsync("Yes, same code");
        await page.PressAsync("Approve");

        await page.SeesAsync("✓ Approved");
        Assert.Contains("zoe@wonderland.example", (await service.PollAsync(deviceCode))["user"], StringComparison.Ordinal);
    }

    /// <summary>Approves the login, without the response from the service.</summary>
    private static async Task LoseTheResponseAsync(DevicePage page)
    {
        await page.Page.RouteAsync("**/auth/device/authorize", async route =>
        {
            await route.FetchAsync();
            await route.AbortAsync();
        });
        await page.PressAsync("Approve");
        await page.AlertsAsync("The service is not responding, so your decision may or may not have been saved. Try again in a moment.");
        await page.Page.UnrouteAllAsync();
    }

    private Task<DevicePage> OpenAsync(TestService service) =>
        chromium.OpenAsync(service.Client.BaseAddress!, now: service.Time.GetUtcNow());
}
