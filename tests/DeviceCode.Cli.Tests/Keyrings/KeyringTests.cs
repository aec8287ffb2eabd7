namespace DeviceCode.Cli.Tests.Keyrings;

using System.Diagnostics;
using System.Net.Sockets;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Tests.Processes;

/// <summary>Tests the command with a real keyring: unlocked, locked, gone and hanging.</summary>
[OnlyOnLinux("./dev installs a keyring on Linux only.")]
public sealed class KeyringTests : IDisposable
{
    private const string Locked = "error: The keyring is locked.\n";
    private const string Fix =
        "Check that it is running and unlocked, then try again. To store the tokens in a file, sign in again with --storage file.";

    private readonly string _folder = Directory.CreateTempSubdirectory("devicecode-keyring-").FullName;

    private string Profile => Path.Combine(_folder, "data", "default", "profile.json");

    private string TokensFile => Path.Combine(_folder, "data", "default", "tokens.json");

    [Fact]
    public async Task Tokens_are_stored_in_the_keyring_refreshed_there_and_deleted_from_it()
    {
        using var provider = await new FakeProvider { AccessTokenLifetime = 30 }.ListenAsync();
        await using var keyring = await Keyring.StartAsync(_folder);
        var cli = Cli(keyring.Address);

        var login = (await LoginAsync(cli, provider)).Ended(ExitCode.Ok);
        Assert.DoesNotContain("notice", login.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(TokensFile));
        Assert.Contains("in the keyring", (await cli.RunAsync("status")).Ended(ExitCode.Ok).Output, StringComparison.Ordinal);
        Assert.Equal("access-token-00000002\n", (await cli.RunAsync("token")).Ended(ExitCode.Ok).Output);
        Assert.Equal("access-token-00000003\n", (await cli.RunAsync("token")).Ended(ExitCode.Ok).Output);
        (await cli.RunAsync("logout")).Ended(ExitCode.Ok);
        (await cli.RunAsync("token")).Ended(ExitCode.NotSignedIn);
    }

    [Fact]
    public async Task A_session_is_stored_in_the_keyring_and_not_lost_while_that_is_locked()
    {
        var broker = new FakeBroker().Add("gitlab");
        using var provider = await broker.Provider.ListenAsync();
        await using var keyring = await Keyring.StartAsync(_folder);
        var cli = Cli(keyring.Address);

        (await cli.RunAsync("creds", "add", "github", "--no-wait", "--service", provider.Address.AbsoluteUri)).Ended(ExitCode.Ok);
        Assert.Equal("gho-access-token-00000001\n", (await cli.RunAsync("creds", "token", "gitlab")).Ended(ExitCode.Ok).Output);
        Assert.All(
            Directory.GetFiles(Path.Combine(_folder, "data"), "*", SearchOption.AllDirectories),
            file => Assert.DoesNotContain("dcs_", File.ReadAllText(file), StringComparison.Ordinal));

        await keyring.LockAsync();
        var requests = broker.Requests.Count;
        foreach (var args in new string[][] { ["creds", "token", "gitlab"], ["creds", "rm", "--all"], ["logout"] })
        {
            Assert.StartsWith(Locked, (await cli.RunAsync(args)).Ended(ExitCode.Fault).Error, StringComparison.Ordinal);
        }

        Assert.Equal(requests, broker.Requests.Count);
        Assert.True(File.Exists(Path.Combine(_folder, "data", "default", "broker.json")));
    }

    [Fact]
    public async Task The_check_of_the_keyring_changes_no_profile_whatever_its_name()
    {
        using var provider = await new FakeProvider().ListenAsync();
        await using var keyring = await Keyring.StartAsync(_folder);
        var cli = Cli(keyring.Address);
        (await LoginAsync(cli, provider, "-p", "check")).Ended(ExitCode.Ok);
        (await LoginAsync(cli, provider)).Ended(ExitCode.Ok);

        Assert.Equal("access-token-00000001\n", (await cli.RunAsync("token", "-p", "check")).Ended(ExitCode.Ok).Output);
    }

    [Theory]
    [InlineData("token", false)]
    [InlineData("status", false)]
    [InlineData("whoami", false)]
    [InlineData("logout", false)]
    [InlineData("login", false)]
    [InlineData("token", true)]
    [InlineData("logout", true)]
    public async Task A_locked_keyring_is_not_an_empty_one(string command, bool sinceItsStart)
    {
        using var provider = await new FakeProvider().ListenAsync();
        await using var keyring = await Keyring.StartAsync(_folder);
        var cli = Cli(keyring.Address);
        (await LoginAsync(cli, provider)).Ended(ExitCode.Ok);
        await (sinceItsStart ? keyring.RestartAsync() : keyring.LockAsync());
        provider.Requests.Clear();

        var run = (await cli.RunAsync(command)).Ended(ExitCode.Fault);

        Assert.Contains("keyring", run.Error, StringComparison.Ordinal);
        Assert.Contains("--storage file", run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
        Assert.True(File.Exists(Profile));
        Assert.False(File.Exists(TokensFile));
        Assert.Empty(provider.Requests);
    }

    [Fact]
    public async Task A_locked_keyring_hides_no_other_profile()
    {
        using var provider = await new FakeProvider().ListenAsync();
        await using var keyring = await Keyring.StartAsync(_folder);
        var cli = Cli(keyring.Address);
        (await LoginAsync(cli, provider)).Ended(ExitCode.Ok);
        (await LoginAsync(cli, provider, "-p", "work", "--storage", "file")).Ended(ExitCode.Ok);
        await keyring.LockAsync();

        var run = (await cli.RunAsync("status")).Ended(ExitCode.Fault);
        var work = (await cli.RunAsync("status", "-p", "work")).Ended(ExitCode.Ok);

        Assert.Contains("work: ", run.Output, StringComparison.Ordinal);
        Assert.StartsWith(Locked, run.Error, StringComparison.Ordinal);
        Assert.Equal("", work.Error);
    }

    [Fact]
    public async Task A_login_to_a_file_beside_a_locked_keyring_names_what_is_left_there()
    {
        using var provider = await new FakeProvider().ListenAsync();
        await using var keyring = await Keyring.StartAsync(_folder);
        var cli = Cli(keyring.Address);
        (await LoginAsync(cli, provider)).Ended(ExitCode.Ok);
        await keyring.LockAsync();

        var run = (await LoginAsync(cli, provider, "--storage", "file")).Ended(ExitCode.Ok);

        Assert.Contains("notice: the tokens of the previous login cannot be deleted: The keyring is locked.", run.Error,
            StringComparison.Ordinal);
        Assert.True(File.Exists(TokensFile));
    }

    [Fact]
    public async Task Without_tokens_in_the_keyring_a_locked_one_is_replaced_by_a_file()
    {
        using var provider = await new FakeProvider().ListenAsync();
        await using var keyring = await Keyring.StartAsync(_folder);
        await keyring.LockAsync();

        var run = (await LoginAsync(Cli(keyring.Address), provider)).Ended(ExitCode.Ok);

        Assert.StartsWith("notice: there is no working keyring", run.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(TokensFile));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_keyring_that_is_gone_is_not_an_empty_one(bool withItsBus)
    {
        using var provider = await new FakeProvider().ListenAsync();
        await using var keyring = await Keyring.StartAsync(_folder);
        var cli = Cli(keyring.Address);
        (await LoginAsync(cli, provider)).Ended(ExitCode.Ok);
        await keyring.EndAsync();

        var run = (await Cli(withItsBus ? null : keyring.Address).RunAsync("logout")).Ended(ExitCode.Fault);

        Assert.Contains("keyring", run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
        Assert.True(File.Exists(Profile));
    }

    [Fact]
    public async Task A_bus_that_never_responds_is_reported_and_waited_for_ten_seconds()
    {
        using var provider = await new FakeProvider().ListenAsync();
        await using (var keyring = await Keyring.StartAsync(_folder))
        {
            (await LoginAsync(Cli(keyring.Address), provider)).Ended(ExitCode.Ok);
            (await LoginAsync(Cli(keyring.Address), provider, "-p", "other")).Ended(ExitCode.Ok);
            (await LoginAsync(Cli(keyring.Address), provider, "-p", "work", "--storage", "file")).Ended(ExitCode.Ok);
        }

        using var bus = new SilentBus(_folder);
        var run = (await Cli(bus.Address).RunAsync("status")).Ended(ExitCode.Fault);

        // Once, although two profiles are there.
        Assert.Equal(
            $"""
            notice: waiting for the keyring, which may be asking for its password in a window.
            notice: The keyring did not respond within 10 seconds. {Fix}
            error: The keyring did not respond within 10 seconds.
                   {Fix}

            """,
            run.Error);
        Assert.Contains("work: ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_first_login_beside_a_bus_that_never_responds_stores_its_tokens_in_a_file()
    {
        using var provider = await new FakeProvider().ListenAsync();
        using var bus = new SilentBus(_folder);

        var run = (await LoginAsync(Cli(bus.Address), provider)).Ended(ExitCode.Ok);

        Assert.StartsWith("notice: waiting for the keyring, which may be asking for its password in a window.\n"
            + "notice: there is no working keyring, so the tokens will be stored unencrypted in ", run.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(TokensFile));
    }

    [Theory]
    [InlineData("token")]
    [InlineData("logout")]
    [InlineData("login")]
    public async Task Ctrl_C_ends_the_wait_for_a_keyring(string command)
    {
        using var provider = await new FakeProvider().ListenAsync();
        await using (var keyring = await Keyring.StartAsync(_folder))
        {
            (await LoginAsync(Cli(keyring.Address), provider)).Ended(ExitCode.Ok);
        }

        using var bus = new SilentBus(_folder);
        using var process = Cli(bus.Address).Start(command);
        Assert.StartsWith(
            "notice: waiting", await process.StandardError.ReadLineAsync().WaitAsync(CliProcess.Patience), StringComparison.Ordinal);

        using (Process.Start("kill", ["-INT", $"{process.Id}"]))
        {
            Assert.Equal("Cancelled.\n", (await CliProcess.EndOfAsync(process)).Ended(ExitCode.Cancelled).Error);
        }

        Assert.True(File.Exists(Profile));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private CliProcess Cli(string? bus) => new(_folder)
    {
        Environment = { ["DBUS_SESSION_BUS_ADDRESS"] = bus, ["DEVICECODE_STORAGE"] = null },
    };

    private static Task<Run> LoginAsync(CliProcess cli, FakeProvider provider, params string[] options) =>
        cli.RunAsync(["login", provider.Address.AbsoluteUri, "--client-id", "cli", .. options]);

    // Accepts connections and never responds.
    private sealed class SilentBus : IDisposable
    {
        private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

        public SilentBus(string folder)
        {
            var path = Path.Combine(folder, "silent");
            _listener.Bind(new UnixDomainSocketEndPoint(path));
            _listener.Listen();
            Address = $"unix:path={path}";
        }

        public string Address { get; }

        public void Dispose() => _listener.Dispose();
    }
}
