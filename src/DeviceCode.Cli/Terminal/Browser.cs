namespace DeviceCode.Cli.Terminal;

using System.ComponentModel;
using System.Diagnostics;
using DeviceCode.Cli.Running;

/// <summary>Opens pages in the user's browser.</summary>
internal sealed class Browser
{
    private readonly Func<ProcessStartInfo, Process?> _start;
    private readonly Func<Uri, ProcessStartInfo> _command;

    private Browser(Func<ProcessStartInfo, Process?> start, Func<Uri, ProcessStartInfo> command) => (_start, _command) = (start, command);

    /// <summary>Returns the browser of this machine; null over SSH, in containers and without a display.</summary>
    public static Browser? Find(CommandEnvironment environment)
    {
        if (environment.IsRemote)
        {
            return null;
        }

        if (OperatingSystem.IsWindows())
        {
            return new Browser(environment.Start, page => new ProcessStartInfo(page.AbsoluteUri) { UseShellExecute = true });
        }

        if (OperatingSystem.IsMacOS())
        {
            return new Browser(environment.Start, page => Quiet("open", page));
        }

        // In WSL, the browser runs on Windows.
        var program = environment.Has("WSL_DISTRO_NAME") ? "wslview"
            : environment.Has("DISPLAY") || environment.Has("WAYLAND_DISPLAY") ? "xdg-open"
            : null;
        return program is null ? null : new Browser(environment.Start, page => Quiet(program, page));
    }

    /// <summary>Opens a page, and returns whether the browser could be started.</summary>
    public bool Open(Uri page)
    {
        if (page.Scheme != Uri.UriSchemeHttps && page.Scheme != Uri.UriSchemeHttp)
        {
            return false;
        }

        try
        {
            using var process = _start(_command(page));
            return true;
        }
        catch (Exception failed) when (failed is Win32Exception or InvalidOperationException or IOException)
        {
            return false;
        }
    }

    // Without a shell, which would interpret the URL, and without the browser's output, which would spoil the screen.
    private static ProcessStartInfo Quiet(string program, Uri page) => new(program, [page.AbsoluteUri])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };
}
