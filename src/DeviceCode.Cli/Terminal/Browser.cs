namespace DeviceCode.Cli.Terminal;

using System.ComponentModel;
using System.Diagnostics;
using DeviceCode.Cli.Running;

/// <summary>Opens pages in the user's browser.</summary>
internal sealed class Browser
{
    // Without a browser, programs like xdg-open exit with an error within this time. A program that is still running is the browser.
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(3);

    private readonly Func<ProcessStartInfo, Process?> _start;
    private readonly Func<Uri, IEnumerable<ProcessStartInfo>> _commands;

    private Browser(Func<ProcessStartInfo, Process?> start, Func<Uri, IEnumerable<ProcessStartInfo>> commands) =>
        (_start, _commands) = (start, commands);

    /// <summary>
    /// Returns the browser that <c>BROWSER</c> names, or else that of this machine; null over SSH, in containers and without a display.
    /// </summary>
    public static Browser? Find(CommandEnvironment environment)
    {
        // Also over SSH: editors with remote terminals set it to a program that opens the page on the user's own machine.
        if (!OperatingSystem.IsWindows() && environment.Variable("BROWSER") is { Length: > 0 } wanted)
        {
            var programs = wanted.Split(':', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return new Browser(environment.Start, page => programs.Select(program => Command(program.Split(' '), page)));
        }

        if (environment.IsRemote)
        {
            return null;
        }

        if (OperatingSystem.IsWindows())
        {
            return new Browser(environment.Start, page => [new ProcessStartInfo(page.AbsoluteUri) { UseShellExecute = true }]);
        }

        // In WSL, the browser runs on Windows.
        var program = OperatingSystem.IsMacOS() ? "open"
            : environment.Has("WSL_DISTRO_NAME") ? "wslview"
            : environment.Has("DISPLAY") || environment.Has("WAYLAND_DISPLAY") ? "xdg-open"
            : null;
        return program is null ? null : new Browser(environment.Start, page => [Command([program], page)]);
    }

    /// <summary>Opens a page, waits a moment, and returns whether the browser has started.</summary>
    public bool Open(Uri page) => page.Scheme is "https" or "http" && _commands(page).Any(IsStarted);

    private bool IsStarted(ProcessStartInfo command)
    {
        try
        {
            using var process = _start(command);
            return process is null || !process.WaitForExit(Moment) || process.ExitCode == 0;
        }
        catch (Exception failed) when (failed is Win32Exception or InvalidOperationException or IOException)
        {
            return false;
        }
    }

    private static ProcessStartInfo Command(string[] program, Uri page)
    {
        const string placeholder = "%s";
        var words = program.Select(word => word.Replace(placeholder, page.AbsoluteUri, StringComparison.Ordinal)).ToList();
        if (!program.Any(word => word.Contains(placeholder, StringComparison.Ordinal)))
        {
            words.Add(page.AbsoluteUri);
        }

        return new ProcessStartInfo(words[0], words.Skip(1));
    }
}
