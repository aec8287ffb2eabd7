namespace DeviceCode.Cli.Login.Views;

using DeviceCode.Cli.Running;
using DeviceCode.Cli.Terminal;
using DeviceCode.Client;
using Spectre.Console;
using Spectre.Console.Rendering;

/// <summary>Shows a login on a terminal: a screen that is redrawn every second and removed at the end. Enter opens the browser.</summary>
/// <param name="environment">The environment of the command.</param>
/// <param name="name">The name of the target.</param>
/// <param name="browser">The user's browser; null when there is none.</param>
/// <param name="showsQr">Whether to show the QR code where it fits.</param>
/// <param name="isCopied">Whether the code is on the clipboard.</param>
internal sealed class TerminalView(CommandEnvironment environment, string name, Browser? browser, bool showsQr, bool isCopied) : ILoginView
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly LiveRegion _region = new(environment);
    private string? _notice = isCopied ? "The code is on the clipboard." : null;
    private LoginLayout? _layout;
    private ITimer? _clock;
    private DeviceLoginProgress? _progress;
    private bool _ended;

    // Replaces the screen on a terminal that is too small for one.
    private LinesView? _lines;

    /// <inheritdoc />
    public async Task ShowAsync(DeviceAuthorization authorization, CancellationToken cancellationToken)
    {
        _layout = new LoginLayout(name, authorization, showsQr);
        if (!_region.IsPossible || Compose(_layout) is null)
        {
            _lines = new LinesView(environment.Error, name, showsQr: false, environment.Time);
            await _lines.ShowAsync(authorization, cancellationToken);
            return;
        }

        // First, because a key that is not being read is echoed, and would spoil the screen.
        ReadKeys(authorization.VerificationUriComplete ?? authorization.VerificationUri);
        Draw();
        _clock = environment.Time.CreateTimer(_ => Draw(), null, Second, Second);
    }

    /// <inheritdoc />
    public void Report(DeviceLoginProgress progress)
    {
        _lines?.Report(progress);
        _progress = progress;
        Draw();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_clock is not { } clock)
        {
            return;
        }

        lock (_lock)
        {
            _ended = true;
            OnTerminal(_region.Clear);
        }

        await clock.DisposeAsync();
    }

    private void Draw()
    {
        lock (_lock)
        {
            if (!_ended && _lines is null && _layout is { } layout)
            {
                // A terminal that has become too small for the screen still has room for the code.
                OnTerminal(() => _region.Draw(Compose(layout) ?? new Text(layout.Code)));
            }
        }
    }

    // The terminal may be closed while the login waits.
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

    private void ReadKeys(Uri page)
    {
        if (environment.ReadKey is not { } readKey)
        {
            return;
        }

        // A background thread, because reading a key cannot be cancelled. It also reads when there is no browser: keys that are read are
        // not echoed, and so cannot spoil the screen.
        var reads = new TaskCompletionSource();
        new Thread(() =>
        {
            reads.SetResult();
            try
            {
                while (!_ended)
                {
                    if (readKey() == ConsoleKey.Enter && browser is not null && !_ended)
                    {
                        _notice = browser.Open(page) ? "The browser is opening." : "The browser did not start; open the URL yourself.";
                        Draw();
                    }
                }
            }
            catch (Exception gone) when (gone is IOException or InvalidOperationException)
            {
                // The terminal was closed. The process receives a signal for that.
            }
        })
        { IsBackground = true, Name = "Keyboard" }.Start();
        reads.Task.Wait();
    }

    private IRenderable? Compose(LoginLayout layout)
    {
        var hint = browser is not null && environment.ReadKey is not null ? "Enter opens the browser, Ctrl-C cancels." : "Ctrl-C cancels.";
        return layout.Compose(environment.Size(), _progress, environment.Time.GetUtcNow(), _notice is null ? hint : $"{_notice}  {hint}");
    }
}
