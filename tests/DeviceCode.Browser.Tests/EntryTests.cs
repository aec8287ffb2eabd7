namespace DeviceCode.Browser.Tests;

using DeviceCode.Core.Devices;
using Microsoft.Playwright;

/// <summary>Entering a code by typing, by pasting, and with the keyboard alone.</summary>
public sealed class EntryTests(Chromium chromium)
{
    /// <summary>Typed or pasted texts and the code in each, for a service whose codes have eight letters.</summary>
    private static readonly (string Text, string? Code)[] Texts =
    [
        .. TypedCode.All.Select(typed => (typed.Text, typed.Code)),

        // Codes of another length may still be valid after the length was reconfigured.
        ("BDWHQP", "BDW-HQP"),
        ("BDWPHQPKT", "BDWPH-QPKT"),
        ("Open https://login.example.com/device and enter the code BDWP-HQPK.", "BDWP-HQPK"),
        ("https://login.example.com/device?user_code=BDWP-HQPK", "BDWP-HQPK"),
        ("Your code: bdwp-hqpk (good for 15 minutes)", "BDWP-HQPK"),
        ("code=BDWPHQPK", "BDWP-HQPK"),
        ("The code is BDWP - HQPK", "BDWP-HQPK"),
        ("The code is BDWP−HQPK", "BDWP-HQPK"),
        ("The code is “ＢＤＷＰーＨＱＰＫ”.", "BDWP-HQPK"),
        ("The code is \u2068BDWP\u00adHQPK\u2069", "BDWP-HQPK"),
        ("The code BDWP HQPK is for you", "BDWP-HQPK"),
        ("! First copy your one-time code: BDWP-HQPK", "BDWP-HQPK"),
        ("BDWP-HQPK, again: bdwphqpk", "BDWP-HQPK"),
        ("Your html-css guide. Code: BDWP-HQPK", "BDWP-HQPK"),
        ("https://xyz.example/TXTHQPKW?x=1 BDWP-HQPK", "BDWP-HQPK"),

        // Ambiguous: there are two codes.
        ("BDWP-HQPK or BDWP-HQPL", null),
        ("https://xyz.example/TXTHQPKW?x=1 BDWPHQPK", null),
        ("BDWP-HQP1", null),
        ("ABCD-EFGH", null),
        ("The code is \u1e02DWP-HQPK", null),
        ("The code is BDWP-HQPK\u0000", null),
        ("XBDWP-HQPKT-BDWP", null),
        ("<img src=x onerror=alert(1)>", null),
        ("there is no code in this sentence", null),
    ];

    [Fact]
    public async Task The_code_is_found_in_typed_and_pasted_text()
    {
        using var service = new TestService();
        await using var page = await chromium.OpenAsync(service.Client.BaseAddress!);
        await page.GoAsync();
        await page.SeesAsync("Sign in to continue");

        foreach (var (text, code) in Texts)
        {
            var found = await page.Page.EvaluateAsync<string?>(
                "async text => (await import(document.querySelector('[href$=\"user-code.js\"]').href)).findUserCode(text, 8)", text);
            Assert.Equal((text, code), (text, found));
        }
    }

    [Fact]
    public void The_service_formats_a_code_as_the_page_does() => Assert.All(Texts.Select(row => row.Code).OfType<string>(), code =>
    {
        Assert.True(UserCode.TryParse(code, out var parsed));
        Assert.Equal(code, parsed.Reveal());
    });

    [Fact]
    public async Task A_code_is_pasted_as_people_type_it()
    {
        using var service = new TestService();
        await using var page = await chromium.OpenAsync(service.Client.BaseAddress!);
        await page.GoAsync();
        await page.SignInAsync();
        await page.SeesAsync("Enter the code from your device");

        foreach (var typed in TypedCode.All)
        {
            // The page leaves a text without a code to the browser, which does not insert it for an event of a script.
            var left = await page.Field.EvaluateAsync<string>(
                """
                (field, text) => {
                  const clipboardData = new DataTransfer();
                  clipboardData.setData('text', text);
                  field.value = '';
                  field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
                  return field.value;
                }
                """,
                typed.Text);
            Assert.Equal((typed.Form, typed.Code ?? ""), (typed.Form, left));
        }
    }

    [Fact]
    public async Task The_code_of_a_link_is_read_as_people_type_it()
    {
        using var service = new TestService();
        await using var page = await chromium.OpenAsync(service.Client.BaseAddress!);
        await page.GoAsync();
        await page.SeesAsync("Sign in to continue");

        foreach (var typed in TypedCode.All)
        {
            var read = await page.Page.EvaluateAsync<string?>(
                "async text => (await import(document.querySelector('[href$=\"user-code.js\"]').href)).readUserCode(text)", typed.Text);
            Assert.Equal((typed.Form, typed.Code), (typed.Form, read));
        }
    }

    [Theory]
    [InlineData("in full-width letters")]
    [InlineData("with soft hyphens")]
    [InlineData("in curly quotes")]
    [InlineData("with a line separator and a paragraph separator")]
    [InlineData("with a NUL")]
    public async Task A_link_with_a_code_as_people_type_it_opens_the_page(string form)
    {
        var typed = TypedCode.Of(form);
        using var service = new TestService();
        await using var page = await chromium.OpenAsync(service.Client.BaseAddress!);
        await page.GoAsync(typed.Text);
        await page.SignInAsync();

        await page.SeesAsync(typed.Code is null ? "Enter the code from your device" : "Does your device show this code?");
        if (typed.Code is not null)
        {
            await Assertions.Expect(page.Page.Locator("[data-view=confirm] [data-slot=user_code]")).ToHaveTextAsync(typed.Code);
        }
    }

    [Fact]
    public async Task A_typed_code_in_full_width_letters_is_accepted()
    {
        using var service = new TestService();
        var (_, userCode) = await service.IssueAsync();
        await using var page = await chromium.OpenAsync(service.Client.BaseAddress!, now: service.Time.GetUtcNow());

        await page.ReviewAsync(string.Concat(userCode.Select(c => (char)(c - 'A' + 'Ａ'))));

        await Assertions.Expect(page.Page.Locator("[data-view=review] [data-slot=user_code]")).ToHaveTextAsync(userCode);
    }

    [Theory]
    [InlineData(256, "BDWP-HQPK")]
    [InlineData(257, "")]
    public async Task A_link_has_a_text_of_up_to_256_characters(int length, string code)
    {
        using var service = new TestService();
        await using var page = await chromium.OpenAsync(service.Client.BaseAddress!);
        await page.GoAsync("BDWP-HQPK".PadRight(length, '\u200b'));
        await page.SeesAsync("Sign in to continue");
        Assert.Equal(code, await page.Page.EvaluateAsync<string>("JSON.parse(sessionStorage.getItem('devicecode.user_code')).code"));
    }

    [Fact]
    public async Task A_pasted_sentence_leaves_the_code_in_the_field()
    {
        using var service = new TestService();
        await using var page = await chromium.OpenAsync(
            service.Client.BaseAddress!, new() { Permissions = ["clipboard-read", "clipboard-write"] });
        await page.GoAsync();
        await page.SignInAsync();

        await page.Page.EvaluateAsync("navigator.clipboard.writeText('Please enter bdwp-hqpk at https://login.example.com/device')");
        await page.Field.FocusAsync();
        await page.Page.Keyboard.PressAsync("Control+V");
        await Assertions.Expect(page.Field).ToHaveValueAsync("BDWP-HQPK");

        // A text without a code stays in the field.
        await page.Field.FillAsync("");
        await page.Page.EvaluateAsync("navigator.clipboard.writeText('hello')");
        await page.Page.Keyboard.PressAsync("Control+V");
        await Assertions.Expect(page.Field).ToHaveValueAsync("hello");
    }

    [Fact]
    public async Task A_login_can_be_completed_with_the_keyboard_alone()
    {
        using var service = new TestService(new() { ["DeviceCode:TrustedProxies"] = "1" });
        var (deviceCode, userCode) = await service.IssueAsync(("X-Forwarded-For", "203.0.113.7"));
        await using var page = await chromium.OpenAsync(service.Client.BaseAddress!, now: service.Time.GetUtcNow());
        var keyboard = page.Page.Keyboard;

        await page.GoAsync();
        await page.SeesAsync("Sign in to continue");
        await keyboard.PressAsync("Tab");
        await IsOnAsync("Sign in");
        await keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Page.GetByLabel("Who are you?")).ToBeFocusedAsync();
        await keyboard.TypeAsync("alice@wonderland.example");
        await keyboard.PressAsync("Enter");

        await page.SeesAsync("Enter the code from your device");
        await Assertions.Expect(page.Field).ToBeFocusedAsync();
        await keyboard.TypeAsync(userCode.ToLowerInvariant());
        await keyboard.PressAsync("Enter");

        await page.SeesAsync("Connect “A command line” to your account?");
        await Assertions.Expect(page.Heading).ToBeFocusedAsync();
        await keyboard.PressAsync("Tab");
        await IsOnAsync("Use another account");
        await keyboard.PressAsync("Tab");
        await Assertions.Expect(page.Page.GetByLabel("I started this request on another network.")).ToBeFocusedAsync();
        await keyboard.PressAsync("Space");
        await keyboard.PressAsync("Tab");
        await IsOnAsync("Approve");
        await keyboard.PressAsync("Tab");
        await IsOnAsync("Deny");
        await keyboard.PressAsync("Tab");
        await IsOnAsync("I did not start this");
        await keyboard.PressAsync("Shift+Tab");
        await keyboard.PressAsync("Shift+Tab");
        await keyboard.PressAsync("Space");

        await page.SeesAsync("✓ Approved");
        await Assertions.Expect(page.Heading).ToBeFocusedAsync();
        Assert.Equal("complete", (await service.PollAsync(deviceCode))["status"]);

        Task IsOnAsync(string button) =>
            Assertions.Expect(page.Page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true })).ToBeFocusedAsync();
    }

    [Fact]
    public async Task The_field_suits_a_phone()
    {
        using var service = new TestService();
        await using var page = await chromium.OpenAsync(
            service.Client.BaseAddress!, new() { ViewportSize = Screens.Phone, HasTouch = true, IsMobile = true });
        await page.GoAsync();
        await page.SignInAsync();

        foreach (var (name, value) in new[]
        {
            ("inputmode", "text"),
            ("autocomplete", "off"),
            ("autocapitalize", "characters"),
            ("autocorrect", "off"),
            ("spellcheck", "false"),
            ("enterkeyhint", "go"),
        })
        {
            await Assertions.Expect(page.Field).ToHaveAttributeAsync(name, value);
        }

        // Phones zoom in on a field with smaller text.
        Assert.True(await page.Field.EvaluateAsync<double>("field => parseFloat(getComputedStyle(field).fontSize)") >= 16);
        Assert.True((await page.Page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).BoundingBoxAsync())!.Height >= 44);
    }

    [Fact]
    public async Task No_page_is_loaded_between_the_code_and_the_end()
    {
        using var service = new TestService();
        var (_, userCode) = await service.IssueAsync();
        await using var page = await chromium.OpenAsync(service.Client.BaseAddress!, now: service.Time.GetUtcNow());
        await page.GoAsync();
        await page.SignInAsync();
        var loads = 0;
        page.Page.Request += (_, request) => loads += request.IsNavigationRequest ? 1 : 0;

        await page.EnterAsync("BBBB-BBBB");
        await Assertions.Expect(page.Alert).ToContainTextAsync("does not work");
        await page.EnterAsync(userCode);
        await page.PressAsync("Approve");
        await page.SeesAsync("✓ Approved");

        Assert.Equal(0, loads);
    }
}
