namespace DeviceCode.Testing.Browser;

using Microsoft.Playwright;

/// <summary>A real browser, one for all tests; each test has a profile of its own in it.</summary>
public sealed class Chromium : IAsyncLifetime
{
    // Where ./dev test looks, before it installs one.
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    // Milliseconds. What fails, fails late; what passes does not wait.
    private const float Patience = 60_000;

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        Assertions.SetDefaultExpectTimeout(Patience);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Installed() });
    }

    /// <summary>The page of a service, in a profile of its own.</summary>
    /// <param name="address">The service.</param>
    /// <param name="options">How the browser is set; a phone in portrait unless given.</param>
    /// <param name="now">The time on the browser's clock, which then goes on; the real one when null.</param>
    public async Task<DevicePage> OpenAsync(Uri address, BrowserNewContextOptions? options = null, DateTimeOffset? now = null)
    {
        options ??= new() { ViewportSize = Screens.Phone };
        options.BaseURL = address.AbsoluteUri;
        options.Locale = "en-GB";
        options.TimezoneId = "Europe/London";
        var context = await _browser!.NewContextAsync(options);
        context.SetDefaultTimeout(Patience);
        if (now is { } time)
        {
            await context.Clock.InstallAsync(new() { TimeDate = time.UtcDateTime });
        }

        return await DevicePage.CreateAsync(context, address);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    // Null for the one that Playwright has installed itself.
    private static string? Installed() =>
        (from name in Names
         from folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
         let path = Path.Combine(folder, name)
         where File.Exists(path)
         select path).FirstOrDefault();
}
