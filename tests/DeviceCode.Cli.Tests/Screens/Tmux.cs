namespace DeviceCode.Cli.Tests.Screens;

using System.Diagnostics;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Tests.Processes;

/// <summary>A real terminal with a shell in it: a tmux server of its own.</summary>
internal sealed class Tmux : IAsyncDisposable
{
    private const string Prompt = "ready$";

    private readonly string _socket;

    private Tmux(string socket) => _socket = socket;

    /// <summary>Starts a terminal in which <c>devicecode</c> is the command, with its data in the given folder.</summary>
    public static async Task<Tmux> StartAsync(string folder, int width = 80, int height = 24, params string[] variables)
    {
        var cli = new CliProcess(folder);
        var start = Path.Combine(folder, "bashrc");
        string[] removed =
        [
            "SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY", "DISPLAY", "WAYLAND_DISPLAY",
            .. cli.Environment.Where(pair => pair.Value is null).Select(pair => pair.Key),
        ];
        string[] set =
        [
            "LC_ALL=C.UTF-8",
            .. cli.Environment.Where(pair => pair.Value is not null).Select(pair => $"{pair.Key}='{pair.Value}'"),
            .. variables,
        ];
        await File.WriteAllTextAsync(start, $$"""
            unset {{string.Join(' ', removed)}}
            export {{string.Join(' ', set)}}
            devicecode() { {{string.Join(' ', cli.Command.Select(part => $"'{part}'"))}} "$@"; }
            PS1='{{Prompt}} '
            """);
        var terminal = new Tmux(Path.Combine(folder, "tmux"));
        await terminal.CommandAsync(
            "-f", "/dev/null", "new-session", "-d", "-x", $"{width}", "-y", $"{height}", $"bash --noprofile --rcfile '{start}' -i");
        await terminal.CommandAsync("set-option", "-s", "set-clipboard", "on");
        await terminal.UntilAsync(screen => screen.StartsWith(Prompt, StringComparison.Ordinal));
        return terminal;
    }

    /// <summary>Types a command line.</summary>
    public Task TypeAsync(string line) => CommandAsync("send-keys", "-l", $"{line}\n");

    /// <summary>Presses a key, by its name in tmux.</summary>
    public Task PressAsync(string key) => CommandAsync("send-keys", key);

    /// <summary>Returns the screen without empty lines at the end.</summary>
    public async Task<string> ScreenAsync(bool withColours = false) =>
        (await CommandAsync(["capture-pane", "-p", .. withColours ? ["-e"] : Array.Empty<string>()])).TrimEnd('\n', ' ');

    /// <summary>Returns the content of the clipboard.</summary>
    public Task<string> ClipboardAsync() => CommandAsync("show-buffer");

    /// <summary>Returns whether the cursor is visible.</summary>
    public async Task<bool> HasCursorAsync() => (await CommandAsync("display-message", "-p", "#{cursor_flag}")).Trim() == "1";

    public Task ResizeAsync(int width, int height) => CommandAsync("resize-window", "-x", $"{width}", "-y", $"{height}");

    /// <summary>Waits for a condition of the screen, and returns the screen.</summary>
    public async Task<string> UntilAsync(Func<string, bool> isRight)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var screen = await ScreenAsync();
            if (isRight(screen))
            {
                return screen;
            }

            Assert.True(clock.Elapsed < CliProcess.Patience, $"The screen is:\n{screen}");
            await Task.Delay(100);
        }
    }

    /// <summary>Waits until the command has ended, and returns the screen.</summary>
    public Task<string> UntilPromptAsync() => UntilAsync(screen => screen.Split('\n') is [.., Prompt] lines && lines.Length > 1);

    public async ValueTask DisposeAsync() => await CommandAsync("kill-server");

    private async Task<string> CommandAsync(params string[] args)
    {
        var tmux = new CliWrap.Command("tmux").WithArguments(["-u", "-S", _socket, .. args]);
        return (await CliProcess.RunAsync(tmux)).Ended(ExitCode.Ok).Output;
    }
}
