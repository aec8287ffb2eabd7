namespace DeviceCode.Cli.Tests.Login.Views;

using DeviceCode.Cli.Login.Views;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Terminal;
using DeviceCode.Client;
using Spectre.Console;

public sealed class LoginLayoutTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 9, 0, 0, TimeSpan.Zero);

    private static readonly DeviceAuthorization Authorization = new()
    {
        DeviceCode = FakeProvider.DeviceCode,
        UserCode = "WDJB-MJHT",
        VerificationUri = new("https://login.example.com/device"),
        VerificationUriComplete = new("https://login.example.com/device?user_code=WDJB-MJHT"),
        ExpiresAt = Now.AddSeconds(872),
        Interval = TimeSpan.FromSeconds(5),
    };

    [Fact]
    public void In_a_usual_terminal_the_code_is_beside_its_qr_code()
    {
        var screen = Draw(80, 24);

        Assert.True(screen.Length <= 23);
        Assert.All(screen, line => Assert.True(line.Length <= 80, line));
        Assert.Contains(screen, line => line.EndsWith("    Sign in to login.example.com", StringComparison.Ordinal));
        Assert.Contains(screen, line => line.EndsWith(" https://login.example.com/device", StringComparison.Ordinal));
        Assert.Contains(screen, line => line.Contains("█ ▀▀▀ █", StringComparison.Ordinal));
        Assert.Contains(screen, line => line.TrimEnd().EndsWith("enter the code WDJB-MJHT", StringComparison.Ordinal));
        Assert.All(HalfBlocks.Text("WDJB")!,
            large => Assert.Contains(screen, line => line.EndsWith(large.TrimEnd(), StringComparison.Ordinal)));
        Assert.All(HalfBlocks.Text("MJHT")!,
            large => Assert.Contains(screen, line => line.EndsWith(large.TrimEnd(), StringComparison.Ordinal)));
        Assert.Equal(["", "  ● Waiting for your approval  14:32 left", "  Ctrl-C cancels."], screen[^3..]);
    }

    [Fact]
    public void A_login_in_the_browser_has_a_URL_and_no_code()
    {
        var page = Authorization with { UserCode = "", VerificationUriComplete = Authorization.VerificationUri };

        foreach (var showsQr in new[] { true, false })
        {
            var layout = new LoginLayout("login.example.com", page, showsQr);
            Assert.NotNull(layout.Compose((80, 24), null, TimeSpan.FromMinutes(5), ""));
            Assert.Equal("https://login.example.com/device", layout.Shortest);
        }

        Assert.Equal("WDJB-MJHT", new LoginLayout("login.example.com", Authorization, showsQr: false).Shortest);
    }

    [Fact]
    public void In_a_wide_terminal_the_code_is_on_one_line() =>
        Assert.All(HalfBlocks.Text("WDJB-MJHT")!,
            large => Assert.Contains(Draw(120, 24), line => line.EndsWith(large.TrimEnd(), StringComparison.Ordinal)));

    [Theory]
    [InlineData(80, 20)]
    [InlineData(60, 24)]
    [InlineData(70, 15)]
    public void Where_the_qr_code_does_not_fit_the_code_is_still_large(int width, int height)
    {
        var screen = Draw(width, height);

        Assert.True(screen.Length < height);
        Assert.DoesNotContain(screen, line => line.Contains("█ ▀▀▀ █", StringComparison.Ordinal));
        Assert.Equal(
            [
                "", "  Sign in to login.example.com", "", "  1  Open https://login.example.com/device", "", "  2  Enter the code WDJB-MJHT",
                    "",
                .. HalfBlocks.Text("WDJB-MJHT")!.Select(
                    line => $"     {line.TrimEnd()}"), "", "  ● Waiting for your approval  14:32 left", "  Ctrl-C cancels.",
            ],
            screen);
    }

    [Fact]
    public void Where_large_letters_do_not_fit_small_ones_do() =>
        Assert.Equal(
            ["", "  Sign in to login.example.com", "", "  1  Open https://login.example.com/device", "", "  2  Enter the code WDJB-MJHT",
                "", "  ● Waiting for your approval  14:32 left", "  Ctrl-C cancels."],
            Draw(50, 12));

    [Theory]
    [InlineData(40, 24)]
    [InlineData(80, 9)]
    public void Where_not_even_the_address_fits_on_a_line_there_is_no_screen(int width, int height) =>
        Assert.Null(new LoginLayout("login.example.com", Authorization, showsQr: true).Compose(
            (width, height), null, Authorization.ExpiresAt - Now, ""));

    [Fact]
    public void A_long_state_is_cut() =>
        Assert.All(Draw(60, 24, failure: new string('x', 200)), line => Assert.True(line.Length <= 60, line));

    [Theory]
    [InlineData("\u001b[31mWDJB")]
    [InlineData("日本語")]
    public void A_code_that_has_no_large_letters_is_shown_as_it_is_without_its_tricks(string code)
    {
        var screen = Draw(80, 24, code: code);

        Assert.Contains(screen, line => line.TrimEnd().EndsWith($"enter the code {Printable.Line(code)}", StringComparison.Ordinal));
        Assert.All(screen, line => Assert.DoesNotContain('\u001b', line));
    }

    [Theory]
    [InlineData(872, "14:32")]
    [InlineData(0.4, "0:01")]
    [InlineData(0, "0:00")]
    [InlineData(-5, "0:00")]
    [InlineData(3600, "1:00:00")]
    public void The_countdown_is_a_clock(double seconds, string clock) => Assert.Equal(clock, Wording.Clock(TimeSpan.FromSeconds(seconds)));

    [Fact]
    [OnlyOnUnix("Windows has no screen without a console.")]
    public async Task On_a_terminal_it_is_drawn_again_and_gone_at_the_end()
    {
        using var shell = new Shell(new FakeProvider().Error("authorization_pending").Error("slow_down")) { IsTerminal = true };

        var run = (await shell.RunAsync("login", "https://as.example", "--copy")).Ended(ExitCode.Ok);

        Assert.StartsWith(Clipboard.Sequence("WDJB-MJHT"), run.Error, StringComparison.Ordinal);
        Assert.Contains("The code is on the clipboard.", run.Error, StringComparison.Ordinal);
        Assert.Contains("14:59 left", run.Error, StringComparison.Ordinal);
        Assert.Contains("server asked to poll every 6 s", run.Error, StringComparison.Ordinal);
        Assert.EndsWith("\u001b[?25h", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trace_and_a_screen_do_not_go_together()
    {
        using var shell = new Shell { IsTerminal = true };

        var run = (await shell.RunAsync("login", "https://as.example", "--verbose")).Ended(ExitCode.Ok);

        Assert.Contains("  2. Enter the code WDJB-MJHT\n", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    [OnlyOnUnix("Windows has no screen without a console.")]
    public async Task Enter_opens_the_browser_with_the_code_in_the_address()
    {
        using var opened = new ManualResetEventSlim();
        var keys = new Queue<ConsoleKey>([ConsoleKey.Spacebar, ConsoleKey.Enter]);
        using var shell = new Shell
        {
            IsTerminal = true,
            ReadKey = () =>
            {
                if (keys.TryDequeue(out var key))
                {
                    return key;
                }

                Thread.Sleep(Timeout.Infinite);
                return default;
            },
            Start = _ =>
            {
                opened.Set();
                return null;
            },
        };
        shell.Environment["DISPLAY"] = ":0";

        // The poll waits for the key press, so that the login cannot end before it.
        var provider = shell.Provider;
        provider.BeforePoll = () => opened.Wait(TimeSpan.FromMinutes(1));
        (await shell.RunAsync("login", "https://as.example")).Ended(ExitCode.Ok);

        Assert.Equal(["https://as.example/device?user_code=WDJB-MJHT"], Assert.Single(shell.Started).ArgumentList);
    }

    private static string[] Draw(int width, int height, string? failure = null, string code = "WDJB-MJHT")
    {
        using var writer = new StringWriter();
        using var shell = new Shell { Size = (width, height) };
        var layout = new LoginLayout("login.example.com", Authorization with { UserCode = code }, showsQr: true);
        var progress = failure is null ? null : new DeviceLoginProgress(DeviceLoginState.Retrying, Now, TimeSpan.FromSeconds(5))
        {
            Failure = new DeviceLoginException(DeviceLoginFailure.Network, failure, ""),
        };
        var console = LiveRegion.CreateConsole(shell.CreateEnvironment(TextWriter.Null, writer, Stream.Null));
        console.Write(layout.Compose((width, height), progress, Authorization.ExpiresAt - Now, "Ctrl-C cancels.")!);
        return writer.ToString().Split(Environment.NewLine);
    }
}
