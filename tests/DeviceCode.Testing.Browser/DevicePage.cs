namespace DeviceCode.Testing.Browser;

using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

/// <summary>
/// The page in a browser, as a person sees it: by its words. When the test ends, the browser must not have asked anybody but
/// the service for anything, nor refused anything by the page's policy, nor met an error in a script, nor been given a cookie.
/// </summary>
public sealed partial class DevicePage : IAsyncDisposable
{
    public const string Alice = "Alice Liddell <alice@wonderland.example>";

    private readonly IBrowserContext _context;
    private readonly HashSet<string> _origins;
    private readonly ConcurrentQueue<string> _elsewhere = [];
    private readonly ConcurrentQueue<string> _troubles = [];

    private DevicePage(IBrowserContext context, IPage page, Uri address)
    {
        _context = context;
        Page = page;
        _origins = [address.GetLeftPart(UriPartial.Authority)];
    }

    public IPage Page { get; private set; }

    public ILocator Heading => Page.GetByRole(AriaRole.Heading, new() { Level = 1 });

    public ILocator Field => Page.GetByLabel("Code", new() { Exact = true });

    /// <summary>What is said in place, to eyes and screen readers alike.</summary>
    public ILocator Alert => Page.GetByRole(AriaRole.Alert);

    public static async Task<DevicePage> CreateAsync(IBrowserContext context, Uri address)
    {
        var page = new DevicePage(context, await context.NewPageAsync(), address);
        context.Request += (_, request) =>
        {
            var url = new Uri(request.Url);
            if (url.Scheme is "http" or "https" && !page._origins.Contains(url.GetLeftPart(UriPartial.Authority)))
            {
                page._elsewhere.Enqueue(request.Url);
            }
        };
        context.Response += (_, response) =>
        {
            if (response.Url.StartsWith(address.AbsoluteUri, StringComparison.Ordinal) && response.Headers.ContainsKey("set-cookie"))
            {
                page._troubles.Enqueue($"A cookie from {response.Url}");
            }
        };
        context.WebError += (_, error) => page._troubles.Enqueue(error.Error);
        context.Console += (_, message) =>
        {
            // A status that is no success, and no answer, are the browser's to report and the page's to handle.
            if (message.Type == "error" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
            {
                page._troubles.Enqueue(message.Text);
            }
        };
        await context.ExposeFunctionAsync("reportViolation", (string violation) => page._troubles.Enqueue(violation));
        await context.AddInitScriptAsync("addEventListener('securitypolicyviolation', e => reportViolation(`${e.violatedDirective}: ${e.blockedURI}`))");
        return page;
    }

    /// <summary>Waits until the browser has refused or complained of this, which then is no defect.</summary>
    public async Task RefusesAsync(string what)
    {
        for (var tries = 0; !_troubles.Any(trouble => trouble.Contains(what, StringComparison.Ordinal)) && tries < 600; tries++)
        {
            await Page.WaitForTimeoutAsync(100);
        }

        Assert.Contains(_troubles, trouble => trouble.Contains(what, StringComparison.Ordinal));
        _troubles.Clear();
    }

    /// <summary>Lets the browser ask somebody else too.</summary>
    public void Allow(Uri elsewhere) => _origins.Add(elsewhere.GetLeftPart(UriPartial.Authority));

    /// <summary>Goes to the page, with the code where there is one, as <c>verification_uri_complete</c> has it.</summary>
    public async Task GoAsync(string? userCode = null) =>
        await Page.GotoAsync(userCode is null ? "/device" : $"/device?user_code={Uri.EscapeDataString(userCode)}");

    /// <summary>Another tab of the same browser, where the same person is signed in.</summary>
    public async Task<IPage> SwitchToNewTabAsync() => Page = await _context.NewPageAsync();

    public Task PressAsync(string button) => Page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();

    /// <summary>Waits until this is the heading.</summary>
    public Task SeesAsync(string heading) => Assertions.Expect(Heading).ToHaveTextAsync(heading);

    /// <summary>Waits until this is said.</summary>
    public Task IsToldAsync(string sentence) => Assertions.Expect(Alert).ToHaveTextAsync(sentence);

    /// <summary>Signs in, from the sign-in view to what comes after it.</summary>
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

    /// <summary>From nothing to who asks.</summary>
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
        Assert.Empty(_elsewhere);
        Assert.Empty(_troubles);
    }

    // With no code and no answer of a sign-in left in it.
    [GeneratedRegex("/device$")]
    private static partial Regex OwnAddress();
}
