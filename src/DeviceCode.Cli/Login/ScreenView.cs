namespace DeviceCode.Cli.Login;

using DeviceCode.Cli.Terminal;
using DeviceCode.Client;
using Spectre.Console;
using Spectre.Console.Rendering;

/// <summary>A login on a terminal: a screen that is drawn again every second and gone at the end, and Enter opens the browser.</summary>
/// <param name="around">Where the command runs.</param>
/// <param name="name">What is signed in to.</param>
/// <param name="browser">The person's browser; null where there is none.</param>
/// <param name="qr">Whether the QR code is wanted.</param>
/// <param name="copied">Whether the code was put on the clipboard.</param>
internal sealed class ScreenView(Surroundings around, string name, Browser? browser, bool qr, bool copied) : ILoginView
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly LiveRegion _region = new(around.Error, around);
    private DeviceLoginProgress? _progress;
    private string? _notice = copied ? "The code is on the clipboard." : null;
    private bool _ended;

    /// <inheritdoc />
    public async Task<T> ShowWhileAsync<T>(DeviceAuthorization authorization, Func<IDeviceLoginPrompt, Task<T>> poll)
    {
        var screen = new LoginScreen(name, authorization, qr);
        if (!_region.IsPossible || Compose(screen, authorization) is null)
        {
            return await new LinesView(around.Error, name, showsQr: false, around.Time).ShowWhileAsync(authorization, poll);
        }

        Draw();
        await using var clock = around.Time.CreateTimer(_ => Draw(), null, Second, Second);
        ReadKeys(authorization.VerificationUriComplete ?? authorization.VerificationUri, Draw);
        try
        {
            return await poll(new Progress(progress =>
            {
                _progress = progress;
                Draw();
            }));
        }
        finally
        {
            lock (_lock)
            {
                _ended = true;
                OnTerminal(_region.Clear);
            }
        }

        void Draw()
        {
            lock (_lock)
            {
                if (!_ended)
                {
                    // A terminal that has become too small for it has room for the code at least.
                    OnTerminal(() => _region.Draw(Compose(screen, authorization) ?? new Text(Printable.Line(authorization.UserCode))));
                }
            }
        }
    }

    // A terminal that was closed meanwhile is drawn on no more.
    private void OnTerminal(Action act)
    {
        try
        {
            act();
        }
        catch (IOException)
        {
            _ended = true;
        }
    }

    private void ReadKeys(Uri page, Action draw)
    {
        if (around.ReadKey is not { } readKey)
        {
            return;
        }

        // A thread of its own, because reading a key cannot be cancelled; it ends with the process. Without a browser, too: what is read is
        // not shown, and so cannot spoil the screen.
        new Thread(() =>
        {
            try
            {
                while (!_ended)
                {
                    if (readKey() == ConsoleKey.Enter && browser is not null && !_ended)
                    {
                        _notice = browser.Open(page) ? "The browser is opening." : "No browser would open: open the address yourself.";
                        draw();
                    }
                }
            }
            catch (Exception gone) when (gone is IOException or InvalidOperationException)
            {
                // The terminal was closed; a signal ends the rest.
            }
        })
        { IsBackground = true, Name = "Keyboard" }.Start();
    }

    private IRenderable? Compose(LoginScreen screen, DeviceAuthorization authorization)
    {
        var (width, height) = around.Size();
        var hint = browser is not null && around.ReadKey is not null ? "Enter opens the browser, Ctrl-C cancels." : "Ctrl-C cancels.";
        return screen.Compose(
            width,
            height,
            Wording.Of(_progress),
            isTrouble: _progress?.State == DeviceLoginState.Trouble,
            authorization.ExpiresAt - around.Time.GetUtcNow(),
            _notice is null ? hint : $"{_notice}  {hint}");
    }
}
