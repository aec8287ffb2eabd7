namespace DeviceCode.Cli.Tests.Processes;

using System.Diagnostics;
using DeviceCode.Cli.Accounts;
using DeviceCode.Cli.Configuration;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Targets;
using DeviceCode.Client;

/// <summary>Tests the command in processes of its own, over real HTTP.</summary>
public sealed class ProcessTests
{
    [Fact]
    public async Task Twenty_processes_refresh_an_expired_token_once()
    {
        using var provider = await new FakeProvider { RefreshTime = TimeSpan.FromMilliseconds(500) }.ListenAsync();
        using var shell = await ExpiredAsync(provider);
        var cli = new CliProcess(shell.Folder);

        var runs = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => cli.RunAsync("token")));

        Assert.All(runs, run => Assert.Equal(("access-token-00000002\n", ""), (run.Ended(ExitCode.Ok).Output, run.Error)));
        Assert.Equal(1, provider.Refreshes);
    }

    [Fact]
    public async Task A_process_that_is_killed_in_a_refresh_leaves_no_lock()
    {
        using var asked = new SemaphoreSlim(0);
        using var provider = await new FakeProvider
        {
            RefreshTime = TimeSpan.FromHours(1),
            BeforeRefresh = () => asked.Release()
        }.ListenAsync();
        using var shell = await ExpiredAsync(provider);
        var cli = new CliProcess(shell.Folder);
        using var killed = cli.Start("token");
        Assert.True(await asked.WaitAsync(CliProcess.Patience));
        var waiting = cli.RunAsync("token");

        killed.Kill();
        await killed.WaitForExitAsync();

        // The second process acquires the lock.
        Assert.True(await asked.WaitAsync(CliProcess.Patience));
        provider.EndRefreshes();
        (await waiting).Ended(ExitCode.Ok);
    }

    [Fact]
    [OnlyOnUnix("Windows has no signals.")]
    public async Task Interrupted_in_a_refresh_it_stores_the_answer_before_it_ends()
    {
        using var asked = new SemaphoreSlim(0);
        using var provider = await new FakeProvider
        {
            RefreshTime = TimeSpan.FromHours(1),
            BeforeRefresh = () => asked.Release()
        }.ListenAsync();
        using var shell = await ExpiredAsync(provider);
        using var process = new CliProcess(shell.Folder).Start("token");
        Assert.True(await asked.WaitAsync(CliProcess.Patience));

        using (Process.Start("kill", ["-INT", $"{process.Id}"]))
        {
            // The notice shows that the signal has arrived.
            Assert.StartsWith(
                "notice: ", await process.StandardError.ReadLineAsync().WaitAsync(CliProcess.Patience), StringComparison.Ordinal);
            provider.EndRefreshes();
            (await CliProcess.EndOfAsync(process)).Ended(ExitCode.Cancelled);
        }

        Assert.Equal("access-token-00000002", (await shell.Tokens.LoadAsync("default", CancellationToken.None))!.AccessToken);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("HUP")]
    [OnlyOnUnix("Windows has no signals.")]
    public async Task A_signal_ends_a_login_and_is_told(string signal)
    {
        using var provider = await new FakeProvider().ListenAsync();
        using var shell = new Shell();
        using var process = new CliProcess(shell.Folder).Start("login", provider.Address.AbsoluteUri, "--json");
        Assert.Contains("\"code\"", await process.StandardOutput.ReadLineAsync().WaitAsync(CliProcess.Patience), StringComparison.Ordinal);

        using (Process.Start("kill", [$"-{signal}", $"{process.Id}"]))
        {
            var run = (await CliProcess.EndOfAsync(process)).Ended(ExitCode.Cancelled);
            Assert.Equal("cancelled", run.Events[^1].GetProperty("error").GetString());
        }
    }

    [Fact]
    public async Task A_server_that_is_not_there_has_an_exit_code_of_its_own()
    {
        using var shell = new Shell();

        var run = (await new CliProcess(shell.Folder)
            .RunAsync("login", $"http://127.0.0.1:{DeviceCode.Testing.Azurite.FreePort()}", "--client-id", "cli", "--storage", "file"))
            .Ended(ExitCode.Network);

        Assert.Matches("^error: 127\\.0\\.0\\.1:\\d+ cannot be reached\\.\n       .+\n$", run.Error);
    }

    [Fact]
    [OnlyOnUnix("Windows has no /dev/null.")]
    public async Task A_home_that_cannot_be_written_is_told_before_anybody_has_approved()
    {
        using var provider = await new FakeProvider().ListenAsync();
        using var shell = new Shell();
        var cli = new CliProcess(shell.Folder) { Environment = { ["DEVICECODE_DATA"] = "/dev/null/data" } };

        var run = (await cli.RunAsync("login", provider.Address.AbsoluteUri, "--client-id", "cli", "--storage", "file"))
            .Ended(ExitCode.Fault);

        Assert.Contains("DEVICECODE_DATA", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(provider.Requests, request => request.Uri.AbsolutePath == "/device_authorization");
    }

    [Theory]
    [InlineData("providers")]
    [InlineData("providers --json")]
    [InlineData("--help")]
    [OnlyOnLinux("Only Linux has /dev/full.")]
    public async Task A_full_disk_under_the_output_is_a_fault_and_no_crash(string line)
    {
        using var shell = new Shell();
        var cli = new CliProcess(shell.Folder);
        var run = await BashAsync($"{string.Join(' ', cli.Command)} {line} > /dev/full");

        Assert.DoesNotContain("Unhandled", run.Ended(ExitCode.Fault).Error, StringComparison.Ordinal);
    }

    [Fact]
    [OnlyOnLinux("Only Linux has /dev/full.")]
    public async Task A_result_that_cannot_be_printed_leaves_no_code_behind_and_no_old_tokens_valid()
    {
        using var provider = await new FakeProvider().ListenAsync();
        using var shell = new Shell();
        var cli = new CliProcess(shell.Folder);
        var login = $"{cli.ShellCommand} login {provider.Address} --client-id cli";
        (await cli.RunAsync("login", provider.Address.AbsoluteUri, "--client-id", "cli", "--storage", "file")).Ended(ExitCode.Ok);

        (await BashAsync($"{login} --no-wait > /dev/full")).Ended(ExitCode.Fault);
        var run = (await BashAsync($"{login} --storage file > /dev/full")).Ended(ExitCode.Fault);

        Assert.DoesNotContain(Directory.GetFiles(Path.Combine(shell.Data, "default")),
            file => Path.GetFileName(file).StartsWith("pending", StringComparison.Ordinal));
        Assert.Contains("notice: the login is complete and stored, but its result cannot be printed.", run.Error, StringComparison.Ordinal);
        Assert.Contains(provider.Requests, request => request.Uri.AbsolutePath == "/revoke"
            && request.Body.Contains("refresh-token-00000001", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("devicecode ", "login")]
    [InlineData("devicecode login --no-", "--no-wait")]
    [InlineData("devicecode login g", "github")]
    [InlineData("devicecode completion ", "fish")]
    [OnlyOnLinux("The script requires bash 4; macOS has bash 3.2.")]
    public async Task Bash_completes_the_command_line(string line, string expected)
    {
        using var shell = new Shell();
        var cli = new CliProcess(shell.Folder);
        var run = (await BashAsync($$"""
            devicecode() { {{string.Join(' ', cli.Command)}} "$@"; }
            eval "$(devicecode completion bash)"
            COMP_LINE='{{line}}'; COMP_POINT={{line.Length}}; read -ra COMP_WORDS <<< "$COMP_LINE"
            [[ $COMP_LINE == *' ' ]] && COMP_WORDS+=('')
            COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
            _devicecode
            printf '%s\n' "${COMPREPLY[@]}"
            """)).Ended(ExitCode.Ok);

        Assert.Contains(expected, run.Output.Split('\n'));
        Assert.All(run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            word => Assert.StartsWith(line[(line.LastIndexOf(' ') + 1)..], word, StringComparison.Ordinal));
    }

    [Fact]
    [OnlyOnLinux("./dev installs fish on Linux only.")]
    public async Task Fish_completes_the_command_line_and_files_only_where_they_belong()
    {
        using var shell = new Shell();
        var cli = new CliProcess(shell.Folder);
        File.WriteAllText(Path.Combine(shell.Folder, "githubfile"), "");
        async Task<string[]> CompleteAsync(string line) => (await CliProcess.RunAsync(new CliWrap.Command("fish")
            .WithWorkingDirectory(shell.Folder)
            .WithEnvironmentVariables(new Dictionary<string, string?> { ["HOME"] = shell.Folder, ["XDG_CONFIG_HOME"] = shell.Folder })
            .WithArguments(
            [
                "--no-config", "-c",
                $"function devicecode; {string.Join(' ', cli.Command)} $argv; end; "
                    + $"devicecode completion fish | source; complete -C '{line}'",
            ]))).Ended(ExitCode.Ok).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        var providers = await CompleteAsync("devicecode login git");
        Assert.Contains("github", providers);
        Assert.DoesNotContain("githubfile", providers);
        Assert.Contains("githubfile", await CompleteAsync("devicecode login --resume git"));
    }

    [Theory]
    [InlineData("token", "2>&-", 7)]
    [InlineData("logout", "2>&-", 7)]
    [InlineData("nonsense", "2>&-", 2)]
    [InlineData("providers", "2>&- <&-", 0)]
    [InlineData("login --resume -", "<&-", 2)]
    [InlineData("providers", ">&-", 1)]
    [InlineData("providers --json", ">&-", 1)]
    [InlineData("token", ">&- 2>&- <&-", 7)]
    [InlineData("login {0} --storage file --client-id cli", "2>&-", 2)]
    [OnlyOnUnix("Windows has no such redirection.")]
    public async Task A_closed_stream_is_no_crash(string line, string redirection, int exitCode)
    {
        using var provider = await new FakeProvider().ListenAsync();
        using var shell = new Shell();
        var cli = new CliProcess(shell.Folder);
        var command = $"setsid {cli.ShellCommand} {string.Format(null, line, provider.Address)}";

        var run = (await BashAsync($"{command} {redirection}")).Ended(exitCode);

        if (redirection == ">&-")
        {
            Assert.StartsWith("error: Standard output is closed", run.Error, StringComparison.Ordinal);
        }

        // What would have been printed is in no file.
        Assert.All(Directory.Exists(shell.Data) ? Directory.GetFiles(shell.Data, "*", SearchOption.AllDirectories) : [],
            file => Assert.DoesNotContain("error", File.ReadAllText(file), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("2>/dev/null", 2)]
    [InlineData("2>errors", 0)]
    [InlineData("2>&1 | cat", 0)]
    [OnlyOnLinux("macOS has no setsid.")]
    public async Task Without_a_terminal_a_code_that_nobody_can_see_is_not_waited_for(string redirection, int exitCode)
    {
        using var provider = await new FakeProvider().ListenAsync();
        using var shell = new Shell();
        var cli = new CliProcess(shell.Folder);

        var login = $"setsid {cli.ShellCommand} login {provider.Address}";

        (await BashAsync($"cd {shell.Folder}; {login} {redirection}; exit ${{PIPESTATUS[0]}}")).Ended(exitCode);
    }

    [Fact]
    [OnlyOnLinux("Only Linux starts the browser in a session of its own.")]
    public async Task A_browser_runs_in_a_session_of_its_own_without_the_streams_of_the_command()
    {
        using var shell = new Shell();
        var script = Path.Combine(shell.Folder, "browser");
        await File.WriteAllTextAsync(script, $"#!/bin/sh\nps -o sid= -p $$ >{shell.Folder}/sid\nreadlink /proc/$$/fd/0 >{shell.Folder}/in\n"
            + $"echo \"$1\" >{shell.Folder}/page\nexit 3\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        using var process = Posix.StartDetached(new ProcessStartInfo(script, ["https://as.example/$(touch x)?a=b&c"]))!;
        await process.WaitForExitAsync().WaitAsync(CliProcess.Patience);

        Assert.Equal(3, process.ExitCode);
        Assert.Equal("https://as.example/$(touch x)?a=b&c\n", await File.ReadAllTextAsync(Path.Combine(shell.Folder, "page")));
        Assert.Equal("/dev/null\n", await File.ReadAllTextAsync(Path.Combine(shell.Folder, "in")));
        Assert.Equal($"{process.Id}", (await File.ReadAllTextAsync(Path.Combine(shell.Folder, "sid"))).Trim());
    }

    private static Task<Run> BashAsync(string script) => CliProcess.RunAsync(new CliWrap.Command("bash").WithArguments(["-c", script]));

    // A profile whose access token expired an hour ago.
    private static async Task<Shell> ExpiredAsync(FakeProvider provider)
    {
        var shell = new Shell();
        var issued = provider.Issue();
        shell.Profiles.Save("default", new Profile
        {
            Target = new LoginTarget.Provider(new()
            {
                Name = "Fake",
                TokenEndpoint = new Uri(provider.Address, "/token"),
                DeviceAuthorizationEndpoint = new Uri(provider.Address, "/device_authorization"),
            })
            {
                ClientId = "cli",
            },
            SignedInAt = DateTimeOffset.UtcNow.AddHours(-2),
            Storage = TokenStorage.File,
        });
        await shell.Tokens.SaveAsync(
            "default",
                new TokenSet { AccessToken = issued.Access, RefreshToken = issued.Refresh, ExpiresAt = DateTimeOffset.UtcNow.AddHours(-1) },
                CancellationToken.None);
        return shell;
    }
}
