namespace DeviceCode.Cli.Tests.Installed;

using System.Net;
using System.Text.RegularExpressions;
using DeviceCode.Testing.Browser;

/// <summary>Decides a login as a user does at <c>verification_uri_complete</c>.</summary>
/// <param name="page">The URL, which contains the code.</param>
internal delegate Task Approval(Uri page);

internal static partial class Approvals
{
    /// <summary>Approves on our page in a real browser, signed in as Alice.</summary>
    public static Task InBrowserAsync(Uri page) => DecideInBrowserAsync(page, "Approve", "✓ Approved");

    /// <summary>Denies on our page in a real browser, signed in as Alice.</summary>
    public static Task DenyInBrowserAsync(Uri page) => DecideInBrowserAsync(page, "Deny", "✕ Denied");

    /// <summary>Submits every HTML form unchanged, as a browser does, until a page has none.</summary>
    public static async Task ByFormsAsync(Uri page)
    {
        using var handler = new HttpClientHandler { CookieContainer = new CookieContainer() };
        using var browser = new HttpClient(handler);
        var answer = await browser.GetAsync(page);
        for (var pages = 0; pages < 10; pages++)
        {
            var html = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.IsSuccessStatusCode, html);
            if (Form().Match(html) is not { Success: true } form)
            {
                return;
            }

            var fields = Field().Matches(form.Value).ToDictionary(
                field => Name().Match(field.Value).Groups[1].Value,
                field => Value().Match(field.Value) is { Success: true } value ? WebUtility.HtmlDecode(value.Groups[1].Value) : "alice");
            var action = new Uri(answer.RequestMessage!.RequestUri!, WebUtility.HtmlDecode(Action().Match(form.Value).Groups[1].Value));
            answer = await browser.PostAsync(action, new FormUrlEncodedContent(fields));
        }

        Assert.Fail("There was a form on every page.");
    }

    private static async Task DecideInBrowserAsync(Uri address, string decision, string result)
    {
        await using var chromium = new Chromium();
        await chromium.InitializeAsync();
        await using var page = await chromium.OpenAsync(new Uri(address.GetLeftPart(UriPartial.Authority)));
        await page.Page.GotoAsync(address.AbsoluteUri);
        await page.SignInAsync("Alice Example <alice@example.com>");
        await page.PressAsync("Yes, same code");
        await page.PressAsync(decision);
        await page.SeesAsync(result);
    }

    [GeneratedRegex("<form.*?</form>", RegexOptions.Singleline)]
    private static partial Regex Form();

    [GeneratedRegex("<input[^>]*name=[^>]*>")]
    private static partial Regex Field();

    [GeneratedRegex("name=\"([^\"]*)\"")]
    private static partial Regex Name();

    [GeneratedRegex("value=\"([^\"]*)\"")]
    private static partial Regex Value();

    [GeneratedRegex("action=\"([^\"]*)\"")]
    private static partial Regex Action();
}
