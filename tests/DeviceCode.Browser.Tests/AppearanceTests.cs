namespace DeviceCode.Browser.Tests;

using System.Text.Json;
using Microsoft.Playwright;

/// <summary>
/// Checks every state of the page in light and dark: axe finds no violation of WCAG 2.2 AA, and the page fits the narrowest screen. Saves
/// screenshots in two sizes in <c>artifacts/screens</c>, for reviews.
/// </summary>
public sealed class AppearanceTests(Chromium chromium)
{
    private static readonly string Axe = File.ReadAllText(Path.Combine(Repository.Root, "node_modules", "axe-core", "axe.min.js"));

    public static TheoryData<string, ColorScheme> States =>
    [
        .. from state in PageState.Names
           from scheme in new[] { ColorScheme.Light, ColorScheme.Dark }
           select (state, scheme),
    ];

    [Theory]
    [MemberData(nameof(States))]
    public async Task Every_state_is_accessible_and_fits(string state, ColorScheme scheme)
    {
        using var service = PageState.Service();
        await using var page = await chromium.OpenAsync(
            service.Client.BaseAddress!,
            new() { ViewportSize = Screens.Phone, ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce },
            service.Time.GetUtcNow());
        await PageState.EnterAsync(state, service, page);

        // Text at 200 percent (WCAG 2.2, 1.4.4), on a phone.
        await page.Page.EvaluateAsync("document.documentElement.style.fontSize = '200%'");
        Assert.Equal(Screens.Phone.Width, await page.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        await page.Page.EvaluateAsync("document.documentElement.style.fontSize = ''");

        foreach (var (size, name) in new[] { (Screens.Narrowest, null), (Screens.Phone, "360x740"), (Screens.Desktop, "1280x800") })
        {
            await page.Page.SetViewportSizeAsync(size.Width, size.Height);
            Assert.Equal(size.Width, await page.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
            Assert.Empty(await FindingsAsync(page.Page));
            if (name is not null)
            {
                var file = Path.Combine(Screens.Folder, $"{state}-{name}-{scheme.ToString().ToLowerInvariant()}.png");
                await page.Page.ScreenshotAsync(new() { Path = file, FullPage = true });
            }
        }
    }

    [Fact]
    public async Task Axe_finds_a_button_without_a_name()
    {
        using var service = PageState.Service();
        await using var page = await chromium.OpenAsync(service.Client.BaseAddress!);
        await PageState.EnterAsync("sign-in", service, page);
        await page.Page.EvaluateAsync("document.querySelector('[data-action=sign-in]').textContent = ''");

        Assert.Equal(["button-name"], await FindingsAsync(page.Page));
    }

    private static async Task<string[]> FindingsAsync(IPage page)
    {
        await page.EvaluateAsync(Axe);
        var result = await page.EvaluateAsync<JsonElement>(
            "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })");
        return [.. result.GetProperty("violations").EnumerateArray().Select(finding => finding.GetProperty("id").GetString()!)];
    }
}
