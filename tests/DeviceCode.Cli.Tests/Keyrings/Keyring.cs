namespace DeviceCode.Cli.Tests.Keyrings;

using System.Diagnostics;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Tests.Processes;

/// <summary>
/// A keyring of its own: GNOME's, on a session bus without the program that asks for passwords. An attempt to unlock it therefore fails, as
/// if the user dismissed the window.
/// </summary>
internal sealed class Keyring : IAsyncDisposable
{
    private readonly Process _bus;
    private readonly string _home;
    private Process _daemon;

    private Keyring(Process bus, Process daemon, string home, string address) =>
        (_bus, _daemon, _home, Address) = (bus, daemon, home, address);

    /// <summary>The address of the session bus.</summary>
    public string Address { get; }

    /// <summary>Starts an unlocked keyring.</summary>
    /// <param name="folder">The folder of its files.</param>
    public static async Task<Keyring> StartAsync(string folder)
    {
        var home = Directory.CreateDirectory(
            Path.Combine(folder, "keyring"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
        var configuration = Path.Combine(home, "bus.conf");
        await File.WriteAllTextAsync(configuration, $"""
            <busconfig>
              <type>session</type>
              <listen>unix:dir={home}</listen>
              <auth>EXTERNAL</auth>
              <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
            </busconfig>
            """);
        var bus = Start(new ProcessStartInfo("dbus-daemon", [$"--config-file={configuration}", "--print-address=1", "--nofork"]));
        var address = await bus.StandardOutput.ReadLineAsync().WaitAsync(CliProcess.Patience);
        var daemon = StartDaemon(home, address!, "--unlock");

        // The password of the new keyring.
        await daemon.StandardInput.WriteAsync("password");
        daemon.StandardInput.Close();
        var keyring = new Keyring(bus, daemon, home, address!);
        await keyring.StartedAsync();
        return keyring;
    }

    /// <summary>Starts it again, locked: as after a login without a password.</summary>
    public async Task RestartAsync()
    {
        await EndAsync();
        _daemon.Dispose();
        _daemon = StartDaemon(_home, Address, "--start");
        _daemon.StandardInput.Close();
        await StartedAsync();
    }

    /// <summary>Locks it.</summary>
    public async Task LockAsync() =>
        (await CallAsync("Lock", "array:objpath:/org/freedesktop/secrets/collection/login")).Ended(ExitCode.Ok);

    /// <summary>Ends the keyring, while the bus goes on.</summary>
    public async Task EndAsync()
    {
        _daemon.Kill();
        await _daemon.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in new[] { _daemon, _bus })
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    private async Task StartedAsync()
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var answer = await CallAsync("ReadAlias", "string:default");
            if (answer.Output.Contains("/collection/login", StringComparison.Ordinal))
            {
                return;
            }

            Assert.True(clock.Elapsed < CliProcess.Patience && !_daemon.HasExited, $"The keyring did not start: {answer.Error}");
            await Task.Delay(50);
        }
    }

    private static Process StartDaemon(string home, string bus, string mode) => Start(new ProcessStartInfo(
        "gnome-keyring-daemon", [mode, "--components=secrets", "--foreground", $"--control-directory={home}"])
    {
        Environment = { ["HOME"] = home, ["XDG_DATA_HOME"] = home, ["DBUS_SESSION_BUS_ADDRESS"] = bus },
    });

    private static Process Start(ProcessStartInfo start)
    {
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        return process;
    }

    private Task<Run> CallAsync(string method, string argument) => CliProcess.RunAsync(new CliWrap.Command("dbus-send")
        .WithArguments(
        [
            $"--bus={Address}", "--print-reply", "--dest=org.freedesktop.secrets", "/org/freedesktop/secrets",
            $"org.freedesktop.Secret.Service.{method}", argument,
        ]));
}
