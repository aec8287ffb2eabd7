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
/// <param name="notice">What to say above the hint; null for nothing.</param>
internal sealed class TerminalView(CommandEnvironment environment, string name, Browser? browser, bool showsQr, string? notice) : ILoginView
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly LiveRegion _region = new(environment);
    private IReadOnlyList<IDisposable> _suspension = [];
    private TimeSpan _lifetime;
    private long _shownAt;
    private bool _readsKeys;
    private volatile bool _isSuspended;
    private string? _notice = notice;
    private LoginLayout? _layout;
    private ITimer? _clock;
    private DeviceLoginProgress? _progress;
    private bool _ended;

    // Replaces the screen on a terminal that is too small for one, and in the background.
    private LinesView? _lines;

    /// <inheritdoc />
    public async Task ShowAsync(DeviceAuthorization authorization, CancellationToken cancellationToken)
    {
        // By the monotonic clock, because the wall clock can be set.
        (_lifetime, _shownAt) = (authorization.ExpiresAt - environment.Time.GetUtcNow(), environment.Time.GetTimestamp());
        _layout = new LoginLayout(name, authorization, showsQr);
        if (!_region.IsPossible || Compose(_layout) is null)
        {
            _lines = new LinesView(environment, name, showsQr: false);
            await _lines.ShowAsync(authorization, cancellationToken);
            return;
        }

        // First, because a key that is not being read is echoed, and would spoil the screen.
        var page = authorization.VerificationUriComplete ?? authorization.VerificationUri;
        ReadKeys(page);
        _suspension = environment.OnSuspension?.Invoke(Suspend, () => Resume(authorization, page)) ?? [];
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
            if (_lines is null)
            {
                OnTerminal(_region.Clear);
            }
        }

        foreach (var registration in _suspension)
        {
            registration.Dispose();
        }

        await clock.DisposeAsync();
    }

    // Leaves the terminal to the shell as it was, with its cursor.
    private void Suspend()
    {
        lock (_lock)
        {
            _isSuspended = true;
            if (!_ended && _lines is null)
            {
                OnTerminal(_region.Clear);
            }
        }
    }

    // In the background, the screen belongs to another job.
    private void Resume(DeviceAuthorization authorization, Uri page)
    {
        lock (_lock)
        {
            if (_ended || _lines is not null)
            {
                return;
            }

            if (!environment.IsForeground())
            {
                _lines = new LinesView(environment, name, showsQr: false);
                OnTerminal(() => _lines.PrintSteps(authorization));
                return;
            }

            _isSuspended = false;
        }

        ReadKeys(page);
        Draw();
    }

    private void Draw()
    {
        lock (_lock)
        {
            if (!_ended && !_isSuspended && _lines is null && _layout is { } layout)
            {
                // A terminal that has become too small for the screen still has room for the code or the URL.
                OnTerminal(() => _region.Draw(Compose(layout) ?? new Text(layout.Shortest)));
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
        if (environment.ReadKey is not { } readKey || _readsKeys)
        {
            return;
        }

        _readsKeys = true;

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
                        Notice("The browser is opening.");

                        // Not here, because it takes a moment, and keys that are not read are echoed.
                        _ = Task.Run(() =>
                        {
                            if (!browser.Open(page))
                            {
                                Notice("The browser did not start; open the URL yourself.");
                            }
                        });
                    }
                }
            }
            catch (Exception gone) when (gone is IOException or InvalidOperationException)
            {
                // The terminal was closed, and the process receives a signal for that; or the process is in the background.
                _readsKeys = false;
            }
        })
        { IsBackground = true, Name = "Keyboard" }.Start();
        reads.Task.Wait();
    }

    private void Notice(string notice)
    {
        _notice = notice;
        Draw();
    }

    private IRenderable? Compose(LoginLayout layout)
    {
        var hint = browser is not null && environment.ReadKey is not null ? "Enter opens the browser, Ctrl-C cancels." : "Ctrl-C cancels.";
        var left = _lifetime - environment.Time.GetElapsedTime(_shownAt);
        return layout.Compose(environment.Size(), _progress, left, _notice is null ? hint : $"{_notice}  {hint}");
    }
}
