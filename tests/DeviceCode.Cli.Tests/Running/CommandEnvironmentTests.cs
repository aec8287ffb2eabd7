namespace DeviceCode.Cli.Tests.Running;

using System.ComponentModel;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Terminal;

/// <summary>Tests what the environment says about the terminal, the machine and its browser.</summary>
public sealed class CommandEnvironmentTests
{
    private static readonly Uri Page = new("https://login.example.com/device?user_code=WDJB-MJHT");

    [Theory]
    [InlineData("", true, true, false)]
    [InlineData("NO_COLOR=1", true, false, false)]
    [InlineData("NO_COLOR=", true, true, false)]
    [InlineData("TERM=dumb", false, false, false)]
    [InlineData("CI=true", false, true, true)]
    [InlineData("CI=false", true, true, false)]
    [InlineData("TF_BUILD=True", false, true, true)]
    [InlineData("SSH_CONNECTION=192.0.2.1 1 192.0.2.2 22", true, true, true)]
    [InlineData("SSH_TTY=/dev/pts/0", true, true, true)]
    [InlineData("container=podman", true, true, true)]
    [InlineData("KUBERNETES_SERVICE_HOST=10.0.0.1", true, true, true)]
    public void A_terminal_is_what_its_environment_says(string variable, bool isLive, bool hasColour, bool isRemote)
    {
        using var shell = Terminal(variable);
        var environment = Environment(shell);

        Assert.Equal((isLive, hasColour, isRemote), (environment.IsLive, environment.HasColour, environment.IsRemote));
    }

    [Fact]
    public void A_pipe_is_no_terminal()
    {
        using var shell = new Shell();
        Assert.False(Environment(shell).IsLive);
    }

    [Theory]
    [InlineData("DISPLAY=:0", "xdg-open")]
    [InlineData("WAYLAND_DISPLAY=wayland-0", "xdg-open")]
    [InlineData("WSL_DISTRO_NAME=Debian", "wslview")]
    [InlineData("", null)]
    [InlineData("DISPLAY=:0 SSH_CONNECTION=x", null)]
    [InlineData("DISPLAY=:0 CI=1", null)]
    [InlineData("DISPLAY=:0 container=docker", null)]
    [OnlyOnLinux("Windows and macOS have one way to open a browser, and no such variables.")]
    public void A_browser_is_offered_only_in_front_of_a_display(string variables, string? program)
    {
        using var shell = Terminal(variables);
        var browser = Browser.Find(Environment(shell));

        Assert.Equal(program is not null, browser is not null);
        if (browser is not null)
        {
            Assert.True(browser.Open(Page));
            var start = Assert.Single(shell.Started);
            Assert.Equal((program, false), (start.FileName, start.UseShellExecute));
            Assert.Equal([Page.AbsoluteUri], start.ArgumentList);
        }
    }

    [Theory]
    [InlineData("BROWSER=firefox", "firefox https://as.example/device")]
    [InlineData("BROWSER=firefox SSH_CONNECTION=x", "firefox https://as.example/device")]
    [InlineData("BROWSER=first:second", "first https://as.example/device")]
    [InlineData("BROWSER=firefox_--new-tab_%s_-x", "firefox --new-tab https://as.example/device -x")]
    [OnlyOnUnix("Windows has one way to open a browser.")]
    public void The_browser_that_the_user_names_is_used(string variables, string expected)
    {
        using var shell = Terminal(variables);
        shell.Environment["BROWSER"] = shell.Environment["BROWSER"].Replace('_', ' ');

        Assert.True(Browser.Find(Environment(shell))!.Open(new Uri("https://as.example/device")));

        var start = Assert.Single(shell.Started);
        Assert.Equal(expected, string.Join(' ', start.ArgumentList.Prepend(start.FileName)));
    }

    [Theory]
    [InlineData("false", false)]
    [InlineData("no-such-program", false)]
    [InlineData("false:true", true)]
    [InlineData("true", true)]
    [InlineData("sleep 60", true)]
    [OnlyOnLinux("The programs are those of Linux.")]
    public void The_exit_status_of_a_browser_is_watched_for_a_moment(string browser, bool starts)
    {
        using var shell = Terminal("");
        shell.Environment["BROWSER"] = browser.Replace(" 60", " 60 #%s", StringComparison.Ordinal);
        var started = new List<System.Diagnostics.Process>();
        shell.Start = program =>
        {
            if (program.FileName == "sleep")
            {
                program.ArgumentList.RemoveAt(1);
            }

            var process = Posix.StartDetached(program)!;
            started.Add(System.Diagnostics.Process.GetProcessById(process.Id));
            return process;
        };

        Assert.Equal(starts, Browser.Find(Environment(shell))!.Open(Page));
        started.ForEach(process => process.Kill());
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("LANG=en_US.UTF-8", true)]
    [InlineData("LANG=C.utf8", true)]
    [InlineData("LANG=C", false)]
    [InlineData("LANG=en_US.UTF-8 LC_ALL=C", false)]
    [InlineData("LANG=en_US.UTF-8 LC_CTYPE=POSIX", false)]
    [InlineData("LC_ALL=de_DE.UTF-8 LANG=C", true)]
    [InlineData("LANG=de_DE.ISO-8859-1", false)]
    [OnlyOnUnix("Windows always shows Unicode.")]
    public void A_locale_says_whether_it_can_show_more_than_ASCII(string variables, bool canShow)
    {
        using var shell = Terminal(variables);

        Assert.Equal((canShow, canShow), (Environment(shell).HasUnicode, Environment(shell).IsLive));
    }

    [Fact]
    public void A_container_is_known_by_its_file()
    {
        using var shell = Terminal("DISPLAY=:0");
        shell.Files.Add("/run/.containerenv");
        Assert.Null(Browser.Find(Environment(shell)));
    }

    [Fact]
    public void A_browser_that_does_not_start_is_no_failure()
    {
        using var shell = Terminal("DISPLAY=:0");
        shell.Start = _ => throw new Win32Exception(2);
        Assert.False(Browser.Find(Environment(shell))!.Open(Page));
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("javascript:alert(1)")]
    public void Only_web_pages_are_opened(string page)
    {
        using var shell = Terminal("DISPLAY=:0");
        Assert.False(Browser.Find(Environment(shell))!.Open(new Uri(page)));
        Assert.Empty(shell.Started);
    }

    [Fact]
    public void The_clipboard_is_reached_through_the_terminal() =>
        Assert.Equal("\u001b]52;c;V0RKQi1NSkhU\u0007", Clipboard.Sequence("WDJB-MJHT"));

    private static Shell Terminal(string variables)
    {
        var shell = new Shell { IsTerminal = true };
        foreach (var variable in variables.Split(' ').Select(pair => pair.Split('=')).Where(pair => pair.Length == 2))
        {
            shell.Environment[variable[0]] = variable[1];
        }

        return shell;
    }

    private static CommandEnvironment Environment(Shell shell) => shell.CreateEnvironment(TextWriter.Null, TextWriter.Null, Stream.Null);
}
