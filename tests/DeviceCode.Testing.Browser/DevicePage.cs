namespace DeviceCode.Testing.Browser;

using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

/// <summary>
/// Drives the page in a browser by its visible texts. When the test ends, it checks that the browser sent requests only to the service,
/// and that there was no violation of the page's policy, no script error and no cookie.
/// </summary>
public sealed partial class DevicePage : IAsyncDisposable
{
    public const string Alice = "Alice Liddell <alice@wonderland.example>";

    private readonly IBrowserContext _context;
    private readonly string _address;
    private readonly HashSet<string> _origins;
    private readonly ConcurrentQueue<string> _foreignRequests = [];
    private readonly ConcurrentQueue<string> _problems = [];

    private DevicePage(IBrowserContext context, IPage page, Uri address)
    {
        _context = context;
        _address = $"{address.AbsoluteUri.TrimEnd('/')}/device";
        Page = page;
        _origins = [address.GetLeftPart(UriPartial.Authority)];
    }

    public IPage Page { get; private set; }

    public ILocator Heading => Page.GetByRole(AriaRole.Heading, new() { Level = 1 });

    public ILocator Field => Page.GetByLabel("Code", new() { Exact = true });

    /// <summary>The message in the current view, which screen readers announce.</summary>
    public ILocator Alert => Page.GetByRole(AriaRole.Alert);

    public static async Task<DevicePage> CreateAsync(IBrowserContext context, Uri address)
    {
        var page = new DevicePage(context, await context.NewPageAsync(), address);
        context.Request += (_, request) =>
        {
            var url = new Uri(request.Url);
            if (url.Scheme is "http" or "https" && !page._origins.Contains(url.GetLeftPart(UriPartial.Authority)))
            {
                page._foreignRequests.Enqueue(request.Url);
            }
        };
        context.Response += (_, response) =>
        {
            if (response.Url.StartsWith(address.AbsoluteUri, StringComparison.Ordinal) && response.Headers.ContainsKey("set-cookie"))
            {
                page._problems.Enqueue($"A cookie from {response.Url}");
            }
        };
        context.WebError += (_, error) => page._problems.Enqueue(error.Error);
        context.Console += (_, message) =>
        {
            // The browser reports every failed request as an error; the page handles these.
            if (message.Type == "error" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
            {
                page._problems.Enqueue(message.Text);
            }
        };
        await context.ExposeFunctionAsync("reportViolation", (string violation) => page._problems.Enqueue(violation));
        await context.AddInitScriptAsync(
            "addEventListener('securitypolicyviolation', e => reportViolation(`${e.violatedDirective}: ${e.blockedURI}`))");
        return page;
    }

    /// <summary>Waits until the browser has reported this problem, which the test expects.</summary>
    public async Task ReportsAsync(string text)
    {
        for (var tries = 0; !_problems.Any(problem => problem.Contains(text, StringComparison.Ordinal)) && tries < 600; tries++)
        {
            await Page.WaitForTimeoutAsync(100);
        }

        Assert.Contains(_problems, problem => problem.Contains(text, StringComparison.Ordinal));
        _problems.Clear();
    }

    /// <summary>Allows requests to another origin.</summary>
    public void Allow(Uri origin) => _origins.Add(origin.GetLeftPart(UriPartial.Authority));

    /// <summary>Opens the page; with a code, at its <c>verification_uri_complete</c>.</summary>
    public async Task GoAsync(string? userCode = null) =>
        await Page.GotoAsync(userCode is null ? _address : $"{_address}?user_code={Uri.EscapeDataString(userCode)}");

    /// <summary>Opens a page below <c>/device</c>; if it must, signs in and waits for the return to it.</summary>
    public async Task GoAsync(string below, bool signIn)
    {
        await Page.GotoAsync($"{_address}/{below}");
        if (signIn)
        {
            await SeesAsync("Sign in to continue");
            await PressAsync("Sign in");
            await Page.GetByLabel("Who are you?").FillAsync(Alice);
            await PressAsync("Sign in");
            await Assertions.Expect(Page).ToHaveURLAsync($"{_address}/{below}");
        }
    }

    /// <summary>Switches to a new tab of the same profile.</summary>
    public async Task<IPage> SwitchToNewTabAsync() => Page = await _context.NewPageAsync();

    public Task PressAsync(string button) => Page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();

    /// <summary>Waits until the heading is this text.</summary>
    public Task SeesAsync(string heading) => Assertions.Expect(Heading).ToHaveTextAsync(heading);

    /// <summary>Waits until the message is this text.</summary>
    public Task AlertsAsync(string message) => Assertions.Expect(Alert).ToHaveTextAsync(message);

    /// <summary>Signs in, from the sign-in view to the return to the page.</summary>
    public async Task SignInAsync(string user = Alice)
    {
        await SeesAsync("Sign in to continue");
        await PressAsync("Sign in");
        await Page.GetByLabel("Who are you?").FillAsync(user);
        await PressAsync("Sign in");
        await Assertions.Expect(Page).ToHaveURLAsync(OwnAddress());
    }

    public async Task EnterAsync(string userCode)
    {
        await SeesAsync("Enter the code from your device");
        await Field.FillAsync(userCode);
        await PressAsync("Continue");
    }

    /// <summary>Opens the page, signs in and enters the code, up to the review.</summary>
    public async Task ReviewAsync(string userCode, string clientName = "A command line")
    {
        await GoAsync();
        await SignInAsync();
        await EnterAsync(userCode);
        await SeesAsync($"Connect “{clientName}” to your account?");
    }

    public async ValueTask DisposeAsync()
    {
        await _context.CloseAsync();
        Assert.Empty(_foreignRequests);
        Assert.Empty(_problems);
    }

    // The address without a code and without the parameters of a sign-in.
    [GeneratedRegex("/device$")]
    private static partial Regex OwnAddress();
}
