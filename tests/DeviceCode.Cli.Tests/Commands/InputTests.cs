namespace DeviceCode.Cli.Tests.Commands;

using System.Text;
using DeviceCode.Cli.Configuration;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Targets;

/// <summary>Tests what people, shells and scripts pass to the command: encodings, empty values, line ends, mistyped names.</summary>
public sealed class InputTests
{
    private const string Service = "https://as.example";

    private static readonly string[] AsClient = ["login", Service, "--client-id", "cli"];

    public static TheoryData<string> Encodings => [.. Marked.Keys];

    private static readonly Dictionary<string, Encoding> Marked = new()
    {
        ["UTF-8"] = new UTF8Encoding(encoderShouldEmitUTF8Identifier: true),
        ["UTF-16"] = Encoding.Unicode,
        ["UTF-16 big-endian"] = Encoding.BigEndianUnicode,
        ["UTF-32"] = Encoding.UTF32,
    };

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task A_configuration_file_with_a_byte_order_mark_is_read(string encoding)
    {
        using var shell = new Shell();
        await File.WriteAllTextAsync(shell.ConfigFile, """{"profile": "büro"}""", Marked[encoding]);

        var run = (await shell.RunAsync("status")).Ended(ExitCode.Usage);

        Assert.StartsWith("error: Invalid profile name \"büro\".", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task A_pending_login_with_a_byte_order_mark_is_continued(string encoding)
    {
        using var shell = new Shell();
        var first = (await shell.RunAsync([.. AsClient, "--no-wait", "--json"])).Ended(ExitCode.Ok);
        var bytes = (byte[])[.. Marked[encoding].GetPreamble(), .. Marked[encoding].GetBytes(first.Output.Replace("\n", "\r\n"))];
        var file = Path.Combine(shell.Folder, "login.json");
        await File.WriteAllBytesAsync(file, bytes);
        shell.Input = bytes;

        (await shell.RunAsync("login", "--resume", file)).Ended(ExitCode.Ok);
        (await shell.RunAsync("login", "--resume", "-")).Ended(ExitCode.Ok);
    }

    [Theory]
    [InlineData("secret\n", "secret")]
    [InlineData("secret\r\n", "secret")]
    [InlineData(" a secret \n", " a secret ")]
    public async Task A_secret_is_used_without_the_line_ends_after_it(string given, string sent)
    {
        using var shell = new Shell();
        var file = Path.Combine(shell.Folder, "secret");
        await File.WriteAllTextAsync(file, given);
        (await shell.RunAsync([.. AsClient, "--client-secret-file", file])).Ended(ExitCode.Ok);
        shell.Environment["DEVICECODE_CLIENT_SECRET"] = given;
        (await shell.RunAsync([.. AsClient, "-p", "work"])).Ended(ExitCode.Ok);

        var expected = $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"cli:{System.Net.WebUtility.UrlEncode(sent)}"))}";
        var requests = shell.Provider.Requests.Where(request => request.Uri.AbsolutePath == "/device_authorization").ToList();
        Assert.Equal([expected, expected], requests.Select(request => request.Authorization));
    }

    [Fact]
    public async Task An_empty_secret_file_is_not_a_login_without_a_secret()
    {
        using var shell = new Shell();
        var file = Path.Combine(shell.Folder, "secret");
        await File.WriteAllTextAsync(file, "\n");

        (await shell.RunAsync([.. AsClient, "--client-secret-file", file])).Ended(ExitCode.Usage);

        Assert.Empty(shell.Provider.Requests);
    }

    [Theory]
    [InlineData("--client-id")]
    [InlineData("--client-secret-file")]
    [InlineData("--resume")]
    [InlineData("--token-endpoint")]
    public async Task An_empty_value_is_rejected_with_the_name_of_its_option(string option)
    {
        using var shell = new Shell();

        Assert.StartsWith($"error: The value of {option} is empty.\n",
            (await shell.RunAsync("login", option, "")).Ended(ExitCode.Usage).Error, StringComparison.Ordinal);
        Assert.Empty(shell.Provider.Requests);
    }

    [Theory]
    [InlineData(" ")]
    [InlineData("a\tb")]
    [InlineData("clé")]
    public async Task A_client_id_that_no_server_can_know_is_rejected(string clientId)
    {
        using var shell = new Shell();

        (await shell.RunAsync("login", Service, "--client-id", clientId)).Ended(ExitCode.Usage);

        Assert.Empty(shell.Provider.Requests);
    }

    // The secret, the client id in the environment, the client id on the command line or in the configuration, and whether it is sent.
    [Theory]
    [InlineData("cli", "cli", null, true)]
    [InlineData(null, "cli", null, true)]
    [InlineData("cli", null, "cli", true)]
    [InlineData("other", "cli", null, false)]
    [InlineData(null, null, "cli", false)]
    public async Task The_secret_in_the_environment_is_sent_only_for_its_own_client(
        string? inEnvironment, string? onCommandLine, string? configured, bool isSent)
    {
        using var shell = new Shell();
        shell.Environment["DEVICECODE_CLIENT_SECRET"] = FakeProvider.ClientSecret;
        if (inEnvironment is not null)
        {
            shell.Environment["DEVICECODE_CLIENT_ID"] = inEnvironment;
        }

        if (configured is not null)
        {
            shell.Configure($$"""{"profiles": {"default": {"client_id": "{{configured}}"} } }""");
        }

        (await shell.RunAsync(["login", Service, .. onCommandLine is null ? Array.Empty<string>() : ["--client-id", onCommandLine]]))
            .Ended(ExitCode.Ok);

        Assert.Equal(isSent, shell.Provider.Requests.Any(
            request => request.Authorization?.StartsWith("Basic", StringComparison.Ordinal) == true));
    }

    [Theory]
    [InlineData("cli", true)]
    [InlineData("another", false)]
    [InlineData(null, false)]
    public async Task The_secret_file_in_the_environment_obeys_the_same_rule(string? inEnvironment, bool isSent)
    {
        using var shell = new Shell();
        shell.Configure("""{"profiles": {"default": {"client_id": "cli"} } }""");
        var file = Path.Combine(shell.Folder, "secret");
        await File.WriteAllTextAsync(file, FakeProvider.ClientSecret);
        shell.Environment["DEVICECODE_CLIENT_SECRET_FILE"] = file;
        if (inEnvironment is not null)
        {
            shell.Environment["DEVICECODE_CLIENT_ID"] = inEnvironment;
        }

        // The client id in the environment takes precedence, so let the command line choose the configured one.
        (await shell.RunAsync(["login", Service, .. inEnvironment == "another" ? ["--client-id", "cli"] : Array.Empty<string>()]))
            .Ended(ExitCode.Ok);

        Assert.Equal(isSent, shell.Provider.Requests.Any(
            request => request.Authorization?.StartsWith("Basic", StringComparison.Ordinal) == true));
    }

    [Fact]
    public async Task A_file_of_somebody_else_receives_no_configured_secret()
    {
        using var shell = new Shell();
        var secret = Path.Combine(shell.Folder, "secret");
        await File.WriteAllTextAsync(secret, FakeProvider.ClientSecret);
        var first = (await shell.RunAsync([.. AsClient, "--no-wait", "--json"])).Ended(ExitCode.Ok);
        shell.Configure($$"""
            {
              "profiles": {
                "default": {"provider": "https://other.example", "client_id": "cli", "client_secret_file": "{{secret.Replace('\\', '/')}}"}
              }
            }
            """);
        shell.Input = Encoding.UTF8.GetBytes(first.Output);

        (await shell.RunAsync("login", "--resume", "-")).Ended(ExitCode.Ok);

        Assert.DoesNotContain(
            shell.Provider.Requests, request => request.Authorization?.StartsWith("Basic", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task The_secret_in_the_environment_does_not_go_to_the_providers_of_other_profiles()
    {
        using var shell = await TokenTests.SignedInAsync();
        shell.Time.Advance(TimeSpan.FromHours(2));
        shell.Provider.Requests.Clear();
        shell.Environment["DEVICECODE_CLIENT_SECRET"] = FakeProvider.ClientSecret;

        var unknown = (await shell.RunAsync("token", "--refresh")).Ended(ExitCode.Ok);
        shell.Environment["DEVICECODE_CLIENT_ID"] = "another";
        var other = (await shell.RunAsync("token", "--refresh")).Ended(ExitCode.Ok);
        shell.Environment["DEVICECODE_CLIENT_ID"] = "cli";
        (await shell.RunAsync("token", "--refresh")).Ended(ExitCode.Ok);

        Assert.StartsWith("notice: DEVICECODE_CLIENT_SECRET is not used", unknown.Error, StringComparison.Ordinal);
        Assert.Equal("", other.Error);
        Assert.Equal([null, null, true], shell.Provider.Requests.Select(
            request => request.Authorization?.StartsWith("Basic", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("\"devicecode login\" has no option --nobrowser.", "Did you mean --no-browser?", "login", "--nobrowser")]
    [InlineData("\"devicecode login\" has no option --nobrowser.", "Did you mean --no-browser?", "login", "--nobrowser", Service)]
    [InlineData("\"devicecode login\" has no option --client_id.", "Did you mean --client-id?", "login", "--client_id", "cli", Service)]
    [InlineData("\"devicecode login\" has no option --client_id.", "Did you mean --client-id?", "login", Service, "--client_id=cli")]
    [InlineData("\"devicecode token\" has no option --refesh.", "Did you mean --refresh?", "token", "--refesh")]
    [InlineData("\"devicecode token\" has no option --jsn.", "Did you mean --json?", "token", "--jsn")]
    [InlineData("\"devicecode request\" has no option -X.", "For help, run: devicecode request --help", "request", "-X", "GET", Service)]
    [InlineData("\"devicecode request\" has no option --headers.", "Did you mean --header?", "request", "--headers", "a: b")]
    [InlineData("\"devicecode\" has no option --verison.", "Did you mean --version?", "--verison")]
    [InlineData("There is no command \"logn\".", "Did you mean \"devicecode login\"?", "logn")]
    [InlineData("There is no command \"tokne\".", "Did you mean \"devicecode token\"?", "tokne")]
    [InlineData("There is no command \"logn\".", "Did you mean \"devicecode login\"?", "help", "logn")]
    [InlineData("There is no command \"frobnicate\".", "For help, run: devicecode --help", "frobnicate")]
    public async Task A_mistyped_name_is_answered_with_the_nearest_one(string problem, string fix, params string[] args)
    {
        using var shell = new Shell();

        var lines = (await shell.RunAsync(args)).Ended(ExitCode.Usage).Error.Split('\n');

        Assert.Equal($"error: {problem}", lines[0]);
        Assert.StartsWith($"       {fix}", lines[1], StringComparison.Ordinal);
        Assert.Empty(shell.Provider.Requests);
    }

    [Fact]
    public async Task A_value_may_begin_with_a_dash()
    {
        using var shell = await TokenTests.SignedInAsync();

        (await shell.RunAsync("request", "POST", "https://as.example/api", "-d", "-5")).Ended(ExitCode.Ok);

        Assert.Equal("-5", shell.Provider.Requests.Last().Body);
    }

    [Fact]
    public async Task Help_and_version_work_as_commands()
    {
        using var shell = new Shell();

        Assert.Equal((await shell.RunAsync("--help")).Output, (await shell.RunAsync("help")).Ended(ExitCode.Ok).Output);
        Assert.Equal((await shell.RunAsync("login", "--help")).Output, (await shell.RunAsync("help", "login")).Ended(ExitCode.Ok).Output);
        Assert.Matches(@"^\d+\.\d+\.\d+.*\n$", (await shell.RunAsync("version")).Ended(ExitCode.Ok).Output);
    }

    [Fact]
    public async Task Scopes_can_be_given_one_by_one()
    {
        using var shell = new Shell();

        (await shell.RunAsync([.. AsClient, "--scope", "openid", "-s", "profile email"])).Ended(ExitCode.Ok);

        Assert.Contains("scope=openid+profile+email&", shell.Provider.Requests.First(
            request => request.Uri.AbsolutePath == "/device_authorization").Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("30", 30)]
    [InlineData("30s", 30)]
    [InlineData("2m", 120)]
    public async Task A_login_that_is_not_approved_in_time_ends_and_can_be_resumed(string time, int seconds)
    {
        using var shell = new Shell(new FakeProvider { IsPending = () => true });
        var started = shell.Time.GetUtcNow();
        var file = (await shell.RunAsync([.. AsClient, "--no-wait"])).Ended(ExitCode.Ok).Output.TrimEnd().Split(' ')[^1];

        var run = (await shell.RunAsync("login", "--resume", file, "--timeout", time)).Ended(ExitCode.Expired);

        Assert.Contains("error: The login was not approved within ", run.Error, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(seconds), shell.Time.GetUtcNow() - started);
        Assert.True(File.Exists(file));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("soon")]
    [InlineData("5d")]
    [InlineData("m")]
    [InlineData("1.5h")]
    public async Task A_time_that_is_none_is_rejected(string time)
    {
        using var shell = new Shell();

        (await shell.RunAsync([.. AsClient, "--timeout", time])).Ended(ExitCode.Usage);

        Assert.Empty(shell.Provider.Requests);
    }

    [Fact]
    public async Task Each_pending_login_has_a_file_of_its_own()
    {
        using var shell = new Shell();
        var first = (await shell.RunAsync("login", Service, "--no-wait")).Ended(ExitCode.Ok).Output.TrimEnd().Split(' ')[^1];
        var second = (await shell.RunAsync([.. AsClient, "--no-wait"])).Ended(ExitCode.Ok).Output.TrimEnd().Split(' ')[^1];
        Assert.NotEqual(first, second);

        (await shell.RunAsync("login", "--resume", first)).Ended(ExitCode.Ok);
        Assert.IsType<LoginTarget.Service>(shell.Profiles.Load("default")!.Target);
        Assert.Equal((false, true), (File.Exists(first), File.Exists(second)));

        (await shell.RunAsync("login", "--resume", second)).Ended(ExitCode.Ok);
        Assert.IsType<LoginTarget.Provider>(shell.Profiles.Load("default")!.Target);
        Assert.False(File.Exists(second));
    }

    [Fact]
    public async Task Pending_logins_that_have_expired_are_deleted_by_the_next()
    {
        using var shell = new Shell();
        var first = (await shell.RunAsync("login", Service, "--no-wait")).Ended(ExitCode.Ok).Output.TrimEnd().Split(' ')[^1];
        File.SetLastWriteTimeUtc(first, shell.Time.GetUtcNow().AddDays(-3).UtcDateTime);

        (await shell.RunAsync("login", Service, "--no-wait")).Ended(ExitCode.Ok);

        Assert.False(File.Exists(first));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_URL_that_is_too_long_for_a_QR_code_is_printed(bool isTerminal)
    {
        var address = $"https://as.example/device?user_code=WDJB-MJHT&x={new string('x', 3000)}";
        using var shell = new Shell(new FakeProvider
        {
            Instead = request => request.RequestUri!.AbsolutePath != "/device_authorization" ? null : FakeProvider.Json($$"""
                {
                  "device_code": "{{FakeProvider.DeviceCode}}", "user_code": "WDJB-MJHT", "verification_uri": "https://as.example/device",
                  "verification_uri_complete": "{{address}}", "expires_in": 900, "interval": 1
                }
                """),
        });
        shell.IsTerminal = isTerminal;

        var run = (await shell.RunAsync([.. AsClient, "--qr"])).Ended(ExitCode.Ok);

        Assert.Contains("WDJB-MJHT", run.Error, StringComparison.Ordinal);
        Assert.Contains(isTerminal ? "https://as.example/device" : address, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_of_a_gateway_that_is_busy_means_to_try_again_later()
    {
        using var shell = new Shell(new FakeProvider
        {
            Instead = request =>
            {
                var busy = FakeProvider.Json("<html>", 429, "text/html");
                busy.Headers.Add("Retry-After", "17");
                return request.RequestUri!.AbsolutePath == "/device_authorization" ? busy : null;
            },
        });

        Assert.EndsWith("       Wait 17 seconds, then try again.\n",
            (await shell.RunAsync(AsClient)).Ended(ExitCode.Network).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_option_for_the_profile_completes_the_names_of_profiles()
    {
        using var shell = await TokenTests.SignedInAsync();
        (await shell.RunAsync([.. AsClient, "-p", "work"])).Ended(ExitCode.Ok);

        var run = (await shell.RunAsync("[suggest:20]", "devicecode token -p ")).Ended(ExitCode.Ok);

        Assert.Equal(["default", "work"], run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task A_damaged_profile_hides_no_other()
    {
        using var shell = await TokenTests.SignedInAsync();
        (await shell.RunAsync([.. AsClient, "-p", "work"])).Ended(ExitCode.Ok);
        await File.WriteAllTextAsync(Path.Combine(shell.Data, "default", "profile.json"), "{");

        var run = (await shell.RunAsync("status")).Ended(ExitCode.Fault);

        Assert.Contains("work: as.example", run.Output, StringComparison.Ordinal);
        Assert.Contains("profile.json is damaged.", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"target": {"provider": {"name": "x"}}, "signed_in_at": "2026-01-01T00:00:00Z", "storage": "file"}""")]
    [InlineData("""{"target": {"service": "https://as.example"}, "signed_in_at": "2026-01-01T00:00:00Z"}""")]
    public async Task A_profile_without_what_it_needs_is_a_damaged_one(string json)
    {
        using var shell = await TokenTests.SignedInAsync();
        (await shell.RunAsync([.. AsClient, "-p", "work"])).Ended(ExitCode.Ok);
        await File.WriteAllTextAsync(Path.Combine(shell.Data, "work", "profile.json"), json);

        Assert.Contains("default: as.example", (await shell.RunAsync("status")).Ended(ExitCode.Ok).Output, StringComparison.Ordinal);
        Assert.Contains("devicecode logout --profile work",
            (await shell.RunAsync("whoami", "-p", "work")).Ended(ExitCode.Fault).Error, StringComparison.Ordinal);
        (await shell.RunAsync("logout", "-p", "work")).Ended(ExitCode.Ok);
        Assert.Equal(["default"], shell.Profiles.Names);
    }

    [Fact]
    public async Task An_unreadable_token_file_hides_no_other_profile()
    {
        using var shell = await TokenTests.SignedInAsync();
        (await shell.RunAsync([.. AsClient, "-p", "work"])).Ended(ExitCode.Ok);
        File.Delete(shell.Secrets.PathOf("work"));
        Directory.CreateDirectory(shell.Secrets.PathOf("work"));

        Assert.Contains("default: as.example", (await shell.RunAsync("status")).Ended(ExitCode.Ok).Output, StringComparison.Ordinal);
    }

    [Fact]
    [OnlyOnUnix("Windows has no file modes.")]
    public async Task Folders_that_the_command_creates_are_private_up_to_the_first_existing_one()
    {
        using var shell = new Shell();
        shell.Environment["DEVICECODE_DATA"] = Path.Combine(shell.Folder, "a", "b");

        var run = (await shell.RunAsync([.. AsClient, "--storage", "file"])).Ended(ExitCode.Ok);

        Assert.DoesNotContain("others can write", run.Error, StringComparison.Ordinal);
        Assert.All(["a", "a/b", "a/b/default"], folder => Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(Path.Combine(shell.Folder, folder))));
    }

    [Fact]
    [OnlyOnUnix("Symbolic links require a privilege on Windows.")]
    public async Task A_pending_login_behind_a_symbolic_link_is_deleted_too()
    {
        using var shell = new Shell();
        var file = (await shell.RunAsync([.. AsClient, "--no-wait"])).Ended(ExitCode.Ok).Output.TrimEnd().Split(' ')[^1];
        var link = Path.Combine(shell.Folder, "link.json");
        File.CreateSymbolicLink(link, file);

        (await shell.RunAsync("login", "--resume", link)).Ended(ExitCode.Ok);

        Assert.False(File.Exists(file));
    }

    [Fact]
    [OnlyOnUnix("Windows has no file modes.")]
    public async Task A_folder_that_others_can_write_to_is_used_unchanged_with_a_warning()
    {
        using var shell = new Shell();
        Directory.CreateDirectory(shell.Data);
        const UnixFileMode shared = (UnixFileMode)0b1_111_111_111;
        File.SetUnixFileMode(shell.Data, shared);

        var run = (await shell.RunAsync([.. AsClient, "--storage", "file"])).Ended(ExitCode.Ok);

        Assert.StartsWith($"notice: others can write to {shell.Data}, ", run.Error, StringComparison.Ordinal);
        Assert.Equal(shared, File.GetUnixFileMode(shell.Data));
        Assert.All(Directory.GetFiles(shell.Data, "*", SearchOption.AllDirectories),
            file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
        Assert.Equal(TokenStorage.File, shell.Profiles.Load("default")!.Storage);
    }
}
