namespace DeviceCode.Testing.Browser;

using Microsoft.Playwright;

/// <summary>A real browser, shared by all tests. Each test has its own profile.</summary>
public sealed class Chromium : IAsyncLifetime
{
    // The same names as in ./dev.
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    // In milliseconds. Only failing tests wait this long.
    private const float TimeLimit = 60_000;

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        Assertions.SetDefaultExpectTimeout(TimeLimit);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Installed() });
    }

    /// <summary>Opens the page of a service in a new profile.</summary>
    /// <param name="address">The service.</param>
    /// <param name="options">The browser's settings; by default, a phone in portrait.</param>
    /// <param name="now">The time from which the browser's clock runs; null for the real time.</param>
    public async Task<DevicePage> OpenAsync(Uri address, BrowserNewContextOptions? options = null, DateTimeOffset? now = null)
    {
        options ??= new() { ViewportSize = Screens.Phone };
        options.BaseURL = address.AbsoluteUri;
        options.Locale = "en-GB";
        options.TimezoneId = "Europe/London";
        var context = await _browser!.NewContextAsync(options);
        context.SetDefaultTimeout(TimeLimit);
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

    // Null selects the browser that Playwright has installed.
    private static string? Installed() =>
        (from name in Names
         from folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
         let path = Path.Combine(folder, name)
         where File.Exists(path)
         select path).FirstOrDefault();
}
