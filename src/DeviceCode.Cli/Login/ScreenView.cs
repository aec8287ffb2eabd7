namespace DeviceCode.Cli.Login;

using DeviceCode.Cli.Terminal;
using DeviceCode.Client;
using Spectre.Console;

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
    private DeviceLoginProgress? _progress;
    private string? _notice = copied ? "The code is on the clipboard." : null;
    private (int Width, int Height) _size;

    /// <inheritdoc />
    public async Task<T> ShowWhileAsync<T>(DeviceAuthorization authorization, Func<IDeviceLoginPrompt, Task<T>> poll)
    {
        var screen = new LoginScreen(name, authorization, qr);
        _size = around.Size();
        if (Compose(screen, authorization) is not { } first)
        {
            return await new LinesView(around.Error, name, showsQr: false, around.Time).ShowWhileAsync(authorization, poll);
        }

        var console = Screen.On(around.Error, around);
        return await console.Live(first).AutoClear(true).Overflow(VerticalOverflow.Crop).StartAsync(async live =>
        {
            var ended = false;
            using var clock = around.Time.CreateTimer(_ => Draw(), null, Second, Second);
            ReadKeys();
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
                    ended = true;
                }
            }

            void Draw()
            {
                lock (_lock)
                {
                    if (ended)
                    {
                        return;
                    }

                    var size = around.Size();
                    if (size != _size)
                    {
                        // What was drawn for another size has been wrapped; it can only be drawn over from the top.
                        _size = size;
                        console.Clear(home: true);
                    }

                    live.UpdateTarget(Compose(screen, authorization) ?? new Text($"{authorization.VerificationUri.AbsoluteUri} {authorization.UserCode}"));
                }
            }

            void ReadKeys()
            {
                if (around.ReadKey is not { } readKey)
                {
                    return;
                }

                // A thread of its own, because reading a key cannot be cancelled; it ends with the process. Without a browser, too: what is read is
                // not shown, and so cannot spoil the screen.
                new Thread(() =>
                {
                    while (!ended)
                    {
                        if (readKey() == ConsoleKey.Enter && browser is not null && !ended)
                        {
                            _notice = browser.Open(authorization.VerificationUriComplete ?? authorization.VerificationUri)
                                ? "The browser is opening."
                                : "No browser would open: open the address yourself.";
                            Draw();
                        }
                    }
                })
                { IsBackground = true, Name = "Keyboard" }.Start();
            }
        });
    }

    private Spectre.Console.Rendering.IRenderable? Compose(LoginScreen screen, DeviceAuthorization authorization) => screen.Compose(
        _size.Width,
        _size.Height,
        Wording.Of(_progress),
        _progress?.State == DeviceLoginState.Trouble,
        authorization.ExpiresAt - around.Time.GetUtcNow(),
        string.Join("  ", new[] { _notice, browser is not null && around.ReadKey is not null ? "Enter opens the browser, Ctrl-C cancels." : "Ctrl-C cancels." }.OfType<string>()));
}
