namespace DeviceCode.Cli.Terminal;

using System.ComponentModel;
using System.Diagnostics;

/// <summary>Opens pages in the person's browser, where there is one.</summary>
internal sealed class Browser
{
    private readonly Func<ProcessStartInfo, Process?> _start;
    private readonly Func<Uri, ProcessStartInfo> _command;

    private Browser(Func<ProcessStartInfo, Process?> start, Func<Uri, ProcessStartInfo> command) => (_start, _command) = (start, command);

    /// <summary>The browser of the person in front of this machine; null over SSH, in containers and where there is no display.</summary>
    public static Browser? Find(Surroundings around)
    {
        if (new TerminalKind(around).IsRemote)
        {
            return null;
        }

        if (OperatingSystem.IsWindows())
        {
            return new Browser(around.Start, page => new ProcessStartInfo(page.AbsoluteUri) { UseShellExecute = true });
        }

        if (OperatingSystem.IsMacOS())
        {
            return new Browser(around.Start, page => Quiet("open", page));
        }

        // In WSL, the browser is the one of Windows.
        var program = Has("WSL_DISTRO_NAME") ? "wslview" : Has("DISPLAY") || Has("WAYLAND_DISPLAY") ? "xdg-open" : null;
        return program is null ? null : new Browser(around.Start, page => Quiet(program, page));

        bool Has(string name) => around.Variable(name) is { Length: > 0 };
    }

    /// <summary>Opens a page; false when the browser could not be started.</summary>
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

    // No shell reads the address, and nothing that the browser says lands on the screen.
    private static ProcessStartInfo Quiet(string program, Uri page) =>
        new(program, [page.AbsoluteUri]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
}
