namespace DeviceCode.Cli.Tests.Screens;

using DeviceCode.Cli.Terminal;
using DeviceCode.Testing;

/// <summary>Tests what the user sees in a real terminal.</summary>
[OnlyOnLinux("./dev installs tmux on Linux only.")]
public sealed class ScreenTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("devicecode-screen-").FullName;
    private volatile bool _isDecided;

    [Fact]
    public async Task A_login_shows_all_that_is_needed_and_leaves_one_line()
    {
        using var provider = await PendingAsync();
        await using var terminal = await Tmux.StartAsync(_folder);

        await terminal.TypeAsync($"devicecode login {provider.Address} --copy");
        var screen = await terminal.UntilAsync(CountsDown);

        var lines = screen.Split('\n');
        Assert.Contains(lines, line => line.EndsWith($"Sign in to {provider.Address.Authority}", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.EndsWith($" {provider.Address}device", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.EndsWith(" code WDJB-MJHT", StringComparison.Ordinal));
        Assert.All([.. HalfBlocks.Text("WDJB")!, .. HalfBlocks.Text("MJHT")!],
            large => Assert.Contains(lines, line => line.EndsWith(large.TrimEnd(), StringComparison.Ordinal)));
        Assert.All(HalfBlocks.QrCode(new Uri(provider.Address, "device?user_code=WDJB-MJHT")),
            row => Assert.Contains(lines, line => line.Contains(row.TrimEnd(), StringComparison.Ordinal)));
        Assert.Matches("^  ● Waiting for your approval  \\d+:\\d\\d left$", lines[^2]);
        Assert.Equal("  The code is on the clipboard.  Ctrl-C cancels.", lines[^1]);
        Assert.Equal("WDJB-MJHT", await terminal.ClipboardAsync());

        // Black and white by number, which themes do not change.
        Assert.Contains("\u001b[38;5;16m\u001b[48;5;231m", await terminal.ScreenAsync(withColours: true), StringComparison.Ordinal);

        _isDecided = true;
        Assert.Equal(
            $"""
            ready$ devicecode login {provider.Address} --copy
            ✓ Signed in to {provider.Address.Authority} as Alice Example <alice@example.com>.
            Your API keys: https://as.example/keys
            ready$
            """,
            await terminal.UntilPromptAsync());
    }

    [Fact]
    public async Task Ctrl_C_leaves_a_clean_screen_and_a_terminal_that_works()
    {
        using var provider = await PendingAsync();
        await using var terminal = await Tmux.StartAsync(_folder);
        await terminal.TypeAsync($"devicecode login {provider.Address}; echo \"exit $?\"");
        await terminal.UntilAsync(CountsDown);

        // Typed characters are not echoed.
        await terminal.TypeAsync("xyz");
        await terminal.PressAsync("C-c");

        Assert.Equal(
            $"ready$ devicecode login {provider.Address}; echo \"exit $?\"\nCancelled.\nexit 130\nready$",
            await terminal.UntilPromptAsync());
        await terminal.TypeAsync("stty -a | grep -o ' echo '");
        Assert.EndsWith("\n echo\nready$", await terminal.UntilAsync(screen => screen.EndsWith(" echo\nready$", StringComparison.Ordinal)),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("access_denied", "The login was denied.", 3)]
    [InlineData("expired_token", "The code expired before the login was approved.", 4)]
    public async Task A_login_that_fails_leaves_a_sentence_and_a_suggestion(string error, string sentence, int exitCode)
    {
        using var provider = await new FakeProvider().Error(error).ListenAsync();
        await using var terminal = await Tmux.StartAsync(_folder, 80, 24, "DEVICECODE_STORAGE=file");

        await terminal.TypeAsync($"devicecode login {provider.Address} --client-id cli; echo \"exit $?\"");
        var lines = (await terminal.UntilPromptAsync()).Split('\n');

        Assert.Equal([$"error: {sentence}", $"exit {exitCode}", "ready$"], [lines[1], lines[^2], lines[^1]]);
        Assert.Equal(5, lines.Length);
        Assert.StartsWith("       ", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_terminal_of_another_size_gets_another_screen()
    {
        using var provider = await PendingAsync();
        await using var terminal = await Tmux.StartAsync(_folder);
        await terminal.TypeAsync($"devicecode login {provider.Address}");
        await terminal.UntilAsync(screen => screen.Contains("Scan", StringComparison.Ordinal));

        await terminal.ResizeAsync(64, 16);
        var small = await terminal.UntilAsync(screen => screen.Contains("1  Open http", StringComparison.Ordinal));
        Assert.All(HalfBlocks.Text("WDJB-MJHT")!, large => Assert.Contains(large.TrimEnd(), small, StringComparison.Ordinal));
        Assert.DoesNotContain("Scan", small, StringComparison.Ordinal);

        await terminal.ResizeAsync(120, 30);
        await terminal.UntilAsync(
            screen => screen.Contains("Scan", StringComparison.Ordinal) && !screen.Contains("1  Open http", StringComparison.Ordinal));
        _isDecided = true;
        await terminal.UntilAsync(
            screen => screen.Contains("✓ Signed in", StringComparison.Ordinal) && !screen.Contains("Scan", StringComparison.Ordinal));
    }

    [Fact]
    public async Task In_the_background_a_login_prints_lines_and_completes()
    {
        using var provider = await PendingAsync();
        await using var terminal = await Tmux.StartAsync(_folder);
        await terminal.TypeAsync($"devicecode login {provider.Address} &");
        await terminal.UntilAsync(screen => screen.Contains("  2. Enter the code WDJB-MJHT\n", StringComparison.Ordinal)
            && screen.Contains("Waiting for your approval.", StringComparison.Ordinal));

        // The shell has the keyboard.
        await terminal.TypeAsync("echo still $((40 + 2))");
        await terminal.UntilAsync(screen => screen.Contains("still 42", StringComparison.Ordinal));
        await terminal.TypeAsync("jobs");
        Assert.DoesNotContain("Stopped", await terminal.UntilAsync(screen => screen.Contains("Running", StringComparison.Ordinal)),
            StringComparison.Ordinal);
        _isDecided = true;
        await terminal.UntilAsync(screen => screen.Contains("Signed in to", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("fg")]
    [InlineData("bg")]
    public async Task Ctrl_Z_leaves_a_clean_screen_with_a_cursor_and_the_login_continues(string how)
    {
        using var provider = await PendingAsync();
        await using var terminal = await Tmux.StartAsync(_folder);
        await terminal.TypeAsync($"devicecode login {provider.Address}");
        await terminal.UntilAsync(CountsDown);
        Assert.False(await terminal.HasCursorAsync());

        await terminal.PressAsync("C-z");
        var stopped = await terminal.UntilAsync(screen => screen.EndsWith("ready$", StringComparison.Ordinal)
            && screen.Contains("Stopped", StringComparison.Ordinal));
        Assert.DoesNotContain("Scan", stopped, StringComparison.Ordinal);
        Assert.True(await terminal.HasCursorAsync());

        await terminal.TypeAsync(how);
        if (how == "fg")
        {
            await terminal.UntilAsync(CountsDown);
        }
        else
        {
            await terminal.UntilAsync(screen => screen.Contains("  2. Enter the code WDJB-MJHT\n", StringComparison.Ordinal));
            await terminal.TypeAsync("echo still $((40 + 2))");
            await terminal.UntilAsync(screen => screen.Contains("still 42", StringComparison.Ordinal));
        }

        _isDecided = true;
        await terminal.UntilAsync(screen => screen.Contains("Signed in to", StringComparison.Ordinal));
        Assert.True(await terminal.HasCursorAsync());
    }

    [Fact]
    public async Task A_code_that_would_be_discarded_is_printed_on_the_terminal()
    {
        using var provider = await PendingAsync();
        await using var terminal = await Tmux.StartAsync(_folder);
        await terminal.TypeAsync($"devicecode login {provider.Address} 2>/dev/null");
        await terminal.UntilAsync(screen => screen.Contains("  2. Enter the code WDJB-MJHT\n", StringComparison.Ordinal));

        _isDecided = true;
        await terminal.UntilAsync(screen => screen.Contains("Signed in to", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_browser_that_does_not_start_is_reported_and_Ctrl_C_does_not_reach_one_that_does()
    {
        using var provider = await PendingAsync();
        var browser = Path.Combine(_folder, "browser");
        await File.WriteAllTextAsync(
            browser, $"#!/bin/sh\ntrap 'touch {_folder}/interrupted' INT\ntouch {_folder}/started\nsleep 600 & wait\n");
        File.SetUnixFileMode(browser, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await using var terminal = await Tmux.StartAsync(_folder);

        await terminal.TypeAsync($"BROWSER=false devicecode login {provider.Address}");
        await terminal.UntilAsync(CountsDown);
        await terminal.PressAsync("Enter");
        await terminal.UntilAsync(screen => screen.Contains("The browser did not start; open the URL yourself.", StringComparison.Ordinal));
        await terminal.PressAsync("C-c");
        await terminal.UntilAsync(screen => screen.Contains("Cancelled.\nready$", StringComparison.Ordinal));

        await terminal.TypeAsync($"BROWSER={browser} devicecode login {provider.Address}");
        await terminal.UntilAsync(CountsDown);
        await terminal.PressAsync("Enter");
        await terminal.UntilAsync(_ => File.Exists(Path.Combine(_folder, "started")));
        await terminal.PressAsync("C-c");
        await terminal.UntilAsync(screen => screen.EndsWith("Cancelled.\nready$", StringComparison.Ordinal));
        await terminal.TypeAsync($"pgrep -f {browser} | xargs kill -9");
        Assert.False(File.Exists(Path.Combine(_folder, "interrupted")));
    }

    [Theory]
    [InlineData(80, "TERM=dumb")]
    [InlineData(80, "CI=true")]
    [InlineData(80, "LC_ALL=C")]
    [InlineData(30, "X=")]
    public async Task A_terminal_that_is_none_gets_lines(int width, string variable)
    {
        using var provider = await PendingAsync();
        await using var terminal = await Tmux.StartAsync(_folder, width, 24, variable);
        await terminal.TypeAsync($"devicecode login {provider.Address}");
        await terminal.UntilAsync(screen => screen.Contains("  2. Enter the code WDJB-MJHT\n", StringComparison.Ordinal)
            && screen.Contains("Waiting for your approval.", StringComparison.Ordinal));

        _isDecided = true;
        await terminal.UntilAsync(screen => screen.Contains("Signed in to", StringComparison.Ordinal));
    }

    [Fact]
    public async Task No_colour_is_no_colour()
    {
        using var provider = await PendingAsync();
        await using var terminal = await Tmux.StartAsync(_folder, 80, 24, "NO_COLOR=1");
        await terminal.TypeAsync($"devicecode login {provider.Address}");
        await terminal.UntilAsync(CountsDown);

        Assert.DoesNotMatch("\u001b\\[[0-9;]*(3[0-8]|4[0-8]|9[0-7])[;m]", await terminal.ScreenAsync(withColours: true));
    }

    [Fact]
    public async Task A_server_that_goes_away_is_told_and_waited_for()
    {
        var port = Azurite.FreePort();
        await using var terminal = await Tmux.StartAsync(_folder);
        using (var provider = await PendingAsync())
        {
            port = provider.Address.Port;
            await terminal.TypeAsync($"devicecode login {provider.Address}");
            await terminal.UntilAsync(screen => screen.Contains("Scan", StringComparison.Ordinal));
            _isDecided = true;
        }

        await terminal.UntilAsync(screen => screen.Contains($"127.0.0.1:{port} cannot be reached; trying again", StringComparison.Ordinal));
        await terminal.PressAsync("C-c");
        await terminal.UntilPromptAsync();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static bool CountsDown(string screen) => System.Text.RegularExpressions.Regex.IsMatch(screen, @"\d+:\d\d left");

    // The login waits until the test decides.
    private Task<FakeProvider> PendingAsync() => new FakeProvider { IsPending = () => !_isDecided }.ListenAsync();
}
