namespace DeviceCode.Cli.Tests.Commands.Credentials;

using System.Text.Json.Nodes;
using DeviceCode.Cli.Running;

public sealed class CredsAddTests
{
    [Fact]
    public async Task A_user_is_shown_the_code_and_the_service_keeps_the_tokens()
    {
        var broker = new FakeBroker();
        using var shell = await broker.SignedInAsync();

        var run = (await shell.RunAsync("creds", "add", "github", "--scope", "repo", "-s", "read:user", "--account", "alice"))
            .Ended(ExitCode.Ok);

        Assert.Equal("The credential \"github\" is ready: as.example is signed in to github as alice.\n", run.Output);
        Assert.Equal(
            """
            Sign in to github for as.example:
              1. Open https://github.com/login/device
              2. Enter the code WDJB-MJHT
            The code is valid for 15 minutes.
            Waiting for your approval.

            """,
            run.Error);
        Assert.Equal(["PUT /creds/github", "GET /creds/github", "GET /creds/github"], broker.Lines);
        Assert.All(broker.Requests, request => Assert.Equal("access-token-00000001", request.Bearer));
        Assert.True(broker.Requests[0].IsConditional);
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse("""
                {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "provider": "github", "account": "alice",
                "scope": "repo read:user"}
                """),
            JsonNode.Parse(broker.Requests[0].Body)));
        Assert.False(shell.Sessions.Exists("default"));
    }

    [Fact]
    public async Task A_credential_can_have_another_name_and_is_not_replaced_by_mistake()
    {
        var broker = new FakeBroker().Add("work");
        using var shell = await broker.SignedInAsync();

        var refused = (await shell.RunAsync("creds", "add", "github", "--name", "work")).Ended(ExitCode.Usage);
        (await shell.RunAsync("creds", "add", "github", "--name", "work", "--replace")).Ended(ExitCode.Ok);

        Assert.Equal(
            """
            error: There already is a credential "work" at as.example.
                   Choose another name with --name, or replace the credential with --replace.

            """,
            refused.Error);
        Assert.Equal([true, false], broker.Requests.Where(request => request.Line.StartsWith("PUT", StringComparison.Ordinal))
            .Select(request => request.IsConditional));
    }

    [Fact]
    public async Task Programs_get_one_event_a_line_and_no_secret()
    {
        var broker = new FakeBroker { ReadsUntilApproval = 2 };
        using var shell = broker.WithoutLogin();

        var run = (await shell.RunAsync("creds", "add", "github", "--json")).Ended(ExitCode.Ok);

        Assert.Equal(["code", "pending", "pending", "pending", "complete"], run.EventNames);
        Assert.Equal(("WDJB-MJHT", 900), (Text(run, 0, "user_code"), run.Events[0].GetProperty("expires_in").GetInt32()));
        Assert.Equal(("default", "github", "github", "alice", "repo", "https://as.example/"), (Text(run, ^1, "profile"),
            Text(run, ^1, "provider"), Text(run, ^1, "name"), Text(run, ^1, "account"), Text(run, ^1, "scope"), Text(run, ^1, "service")));
        AssertNoLeak(shell, run);
    }

    [Fact]
    public async Task A_login_in_the_browser_has_a_page_and_no_code()
    {
        var broker = new FakeBroker();
        using var shell = await broker.SignedInAsync();

        var people = (await shell.RunAsync("creds", "add", "google", "--authorization-code")).Ended(ExitCode.Ok);
        var programs = (await shell.RunAsync("creds", "add", "google", "--authorization-code", "--replace", "--json")).Ended(ExitCode.Ok);

        Assert.StartsWith(
            """
            Sign in to google for as.example:
              Open https://as.example/creds/-/connect?request=abc
            The URL is valid for 10 minutes.
            Waiting for your approval.

            """,
            people.Error,
            StringComparison.Ordinal);
        Assert.False(programs.Events[0].TryGetProperty("user_code", out _));
        Assert.Equal("https://as.example/creds/-/connect?request=abc", Text(programs, 0, "verification_uri"));
    }

    [Fact]
    public async Task A_login_in_the_browser_has_a_screen_and_its_URL_can_be_copied()
    {
        var broker = new FakeBroker();
        using var shell = await broker.SignedInAsync();
        shell.IsTerminal = true;

        var run = (await shell.RunAsync("creds", "add", "google", "--authorization-code", "--copy")).Ended(ExitCode.Ok);

        Assert.Contains("Sign in to google for as.example", run.Error, StringComparison.Ordinal);
        Assert.Contains("https://as.example/creds/-/connect?request=abc", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("code ", run.Error, StringComparison.Ordinal);
        Assert.Contains("The URL is on the clipboard.", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_refresh_token_is_read_from_a_file_or_standard_input_and_used_at_once(bool isFile)
    {
        var broker = new FakeBroker();
        using var shell = await broker.SignedInAsync();
        var file = Path.Combine(shell.Folder, "token");
        await File.WriteAllTextAsync(file, $"{FakeBroker.RefreshToken}\n");
        shell.Input = [.. System.Text.Encoding.UTF8.GetBytes($"{FakeBroker.RefreshToken}\r\n")];
        shell.Provider.Secrets.Add(FakeBroker.RefreshToken);

        var run = (await shell.RunAsync("creds", "add", "github", "--refresh-token-file", isFile ? file : "-", "-v")).Ended(ExitCode.Ok);

        Assert.Equal("The credential \"github\" is ready: as.example is signed in to github as alice.\n", run.Output);
        Assert.Contains($"\"refresh_token\":\"{FakeBroker.RefreshToken}\"", Assert.Single(broker.Requests).Body, StringComparison.Ordinal);
        AssertNoLeak(shell, run);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("two\nlines")]
    public async Task What_is_no_token_is_not_sent_and_not_repeated(string input)
    {
        var broker = new FakeBroker();
        using var shell = broker.WithoutLogin();
        shell.Input = System.Text.Encoding.UTF8.GetBytes(input);

        var run = (await shell.RunAsync("creds", "add", "github", "--refresh-token-file", "-")).Ended(ExitCode.Usage);

        Assert.StartsWith("error: The input of --refresh-token-file is empty or contains", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("two", run.Error, StringComparison.Ordinal);
        Assert.Empty(broker.Requests);
    }

    [Theory]
    [InlineData("Invalid credential name \"GitHub\".", "github", "--name", "GitHub")]
    [InlineData("Invalid credential name \"a/b\".", "a/b")]
    [InlineData("The value of --account is empty.", "github", "--account", "")]
    [InlineData("--qr and --no-qr contradict each other.", "github", "--qr", "--no-qr")]
    [InlineData("--no-wait does not wait, so --timeout has no effect.", "github", "--no-wait", "--timeout", "5m")]
    [InlineData("A refresh token makes the credential ready at once, so --no-wait has no effect.", "github", "--no-wait",
        "--refresh-token-file", "-")]
    [InlineData("A refresh token makes the credential ready at once, so --scope has no effect.", "github", "--scope", "repo",
        "--refresh-token-file", "-")]
    [InlineData("Invalid URL \"nonsense\" of the service.", "github", "--service", "nonsense")]
    [InlineData("http://login.example.com does not use https.", "github", "--service", "http://login.example.com")]
    [InlineData("The token of --refresh-token-file cannot be read from /nowhere/token.", "github", "--refresh-token-file",
        "/nowhere/token")]
    [InlineData("\"devicecode creds add\" has no option --acount.", "github", "--acount", "alice")]
    [InlineData("Required argument 'PROVIDER' missing for command: 'add'.")]
    [InlineData("Invalid time \"soon\" for --timeout.", "github", "--timeout", "soon")]
    public async Task Whatever_is_typed_wrongly_gets_a_sentence_before_anything_is_sent(string problem, params string[] args)
    {
        var broker = new FakeBroker();
        using var shell = broker.WithoutLogin();

        var run = (await shell.RunAsync(["creds", "add", .. args])).Ended(ExitCode.Usage);

        Assert.StartsWith($"error: {problem}\n       ", run.Error, StringComparison.Ordinal);
        Assert.Empty(broker.Requests);
    }

    [Fact]
    public async Task A_storage_without_a_new_session_would_have_no_effect()
    {
        var broker = new FakeBroker();
        using var shell = await broker.SignedInAsync();

        var run = (await shell.RunAsync("creds", "add", "github", "--storage", "file")).Ended(ExitCode.Usage);

        Assert.StartsWith("error: No session is created, so --storage has no effect.\n", run.Error, StringComparison.Ordinal);
        Assert.Empty(broker.Requests);
    }

    [Fact]
    public async Task In_two_steps_the_service_waits_in_between()
    {
        var broker = new FakeBroker();
        using var shell = broker.WithoutLogin();

        var first = (await shell.RunAsync("creds", "add", "github", "--no-wait")).Ended(ExitCode.Ok);
        var json = (await shell.RunAsync("creds", "add", "gitlab", "--no-wait", "--json")).Ended(ExitCode.Ok);
        var second = (await shell.RunAsync("creds", "token", "github", "--wait")).Ended(ExitCode.Ok);

        Assert.Contains("  2. Enter the code WDJB-MJHT\n", first.Output, StringComparison.Ordinal);
        Assert.EndsWith("Then run: devicecode creds token github --wait\n", first.Output, StringComparison.Ordinal);
        Assert.Equal(("code", "gitlab", "gitlab"), (Text(json, 0, "event"), Text(json, 0, "name"), Text(json, 0, "provider")));
        Assert.Equal("gho-access-token-00000001\n", second.Output);
        Assert.Contains("Enter the code WDJB-MJHT", second.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("access_denied", 3, "The user denied the credential \"github\".")]
    [InlineData("expired_token", 4, "The code expired before the credential \"github\" was approved.")]
    [InlineData("account_mismatch", 6, "The credential \"github\" was approved by another account than the required one.")]
    [InlineData("provider_error", 8, "The credential \"github\" has ended: the provider returned an invalid response.")]
    public async Task A_decision_against_it_has_an_exit_code_of_its_own(string error, int exitCode, string message)
    {
        var broker = new FakeBroker { Decision = error };
        using var shell = await broker.SignedInAsync();

        var people = (await shell.RunAsync("creds", "add", "github")).Ended(exitCode);
        var programs = (await shell.RunAsync("creds", "token", "github", "--json")).Ended(exitCode);

        Assert.EndsWith(
            $"error: {message}\n       Add it again: devicecode creds add github --replace\n", people.Error, StringComparison.Ordinal);
        Assert.Equal(("error", error), (Text(programs, ^1, "event"), Text(programs, ^1, "server_error")));
    }

    [Theory]
    [InlineData(400, "unknown_provider", 2)]
    [InlineData(400, "invalid_scope", 2)]
    [InlineData(400, "bad_request", 2)]
    [InlineData(401, "unauthorized", 7)]
    [InlineData(403, "insufficient_scope", 2)]
    [InlineData(403, "access_denied", 6)]
    [InlineData(409, "conflict", 5)]
    [InlineData(429, "too_many_requests", 5)]
    [InlineData(502, "provider_error", 8)]
    [InlineData(503, "temporarily_unavailable", 5)]
    public async Task A_rejected_request_has_an_exit_code_a_sentence_and_a_fix(int status, string error, int exitCode)
    {
        var broker = new FakeBroker
        {
            Instead = line => line.StartsWith("PUT", StringComparison.Ordinal) ? FakeBroker.Error(error, status, "Because.") : null,
        };
        using var shell = await broker.SignedInAsync();

        var run = (await shell.RunAsync("creds", "add", "github", "--json")).Ended(exitCode);

        var told = Assert.Single(run.Events);
        Assert.Equal(error, told.GetProperty("server_error").GetString());
        Assert.EndsWith(".", told.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.NotEqual("", told.GetProperty("fix").GetString());
    }

    [Fact]
    public async Task A_scope_that_is_missing_is_named_in_the_command_that_adds_it()
    {
        var broker = new FakeBroker
        {
            Instead = line => line.StartsWith("PUT", StringComparison.Ordinal) ? FakeBroker.Error("insufficient_scope", 403) : null,
        };
        using var shell = await broker.SignedInAsync();

        Assert.EndsWith("       Sign in again with it: devicecode login --scope \"profile creds\"\n",
            (await shell.RunAsync("creds", "add", "github")).Ended(ExitCode.Usage).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_leaves_the_credential_at_the_service_and_says_how_to_continue()
    {
        var broker = new FakeBroker { ReadsUntilApproval = 1000 };
        using var cancellation = new CancellationTokenSource();
        using var shell = broker.WithoutLogin();
        shell.CancellationToken = cancellation.Token;
        await using var timer = shell.Time.CreateTimer(
            _ => cancellation.Cancel(), null, TimeSpan.FromSeconds(20), Timeout.InfiniteTimeSpan);

        var run = (await shell.RunAsync("creds", "add", "github")).Ended(ExitCode.Cancelled);

        Assert.EndsWith(
            """
            notice: the credential "github" still waits for its approval at as.example. To continue: devicecode creds token github --wait
            Cancelled.

            """,
            run.Error,
            StringComparison.Ordinal);
        Assert.DoesNotContain(broker.Lines, line => line.StartsWith("DELETE", StringComparison.Ordinal));
        Assert.True(shell.Sessions.Exists("default"));
    }

    [Fact]
    public async Task A_time_out_leaves_the_credential_at_the_service_too()
    {
        var broker = new FakeBroker { ReadsUntilApproval = 1000 };
        using var shell = await broker.SignedInAsync();
        var started = shell.Time.GetUtcNow();

        var run = (await shell.RunAsync("creds", "add", "github", "--timeout", "2m")).Ended(ExitCode.Pending);

        Assert.EndsWith(
            """
            error: The credential "github" was not approved within 2 minutes.
                   It still waits at as.example. To continue: devicecode creds token github --wait

            """,
            run.Error,
            StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromMinutes(2), shell.Time.GetUtcNow() - started);
    }

    [Fact]
    public async Task The_waiting_goes_on_through_outages()
    {
        var broker = new FakeBroker();
        using var shell = await broker.SignedInAsync();
        var failures = new Queue<HttpResponseMessage>([
            FakeProvider.Json("<html>", 502, "text/html"),
            FakeBroker.Error("temporarily_unavailable", 503),
            FakeBroker.Error("too_many_requests", 429),
        ]);
        broker.Instead = line =>
            line.StartsWith("GET", StringComparison.Ordinal) && failures.TryDequeue(out var failure) ? failure : null;

        var run = (await shell.RunAsync("creds", "add", "github", "--json")).Ended(ExitCode.Ok);

        Assert.Equal(["code", "pending", "pending", "pending", "slow_down", "pending", "complete"], run.EventNames);
        Assert.Contains("502", Text(run, 2, "failure"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_the_service_says_is_cleaned_before_it_is_printed()
    {
        const string hostile = "\\u001b]0;pwned\\u0007\\u202e";
        var broker = new FakeBroker
        {
            Instead = line => line.StartsWith("PUT", StringComparison.Ordinal)
                ? FakeProvider.Json($$"""{"error": "bad_request", "error_description": "no{{hostile}}"}""", 400)
                : FakeProvider.Json($$"""
                    {"credentials": [{"name": "a{{hostile}}", "provider": "b{{hostile}}", "status": "ready", "account": "c{{hostile}}"}],
                    "providers": [{"id": "a{{hostile}}", "name": "b{{hostile}}"}]}
                    """),
        };
        using var shell = await broker.SignedInAsync();

        foreach (var args in new string[][] { ["add", "github"], ["list"], ["providers"] })
        {
            var run = await shell.RunAsync(["creds", .. args]);
            Assert.DoesNotContain(run.Output + run.Error, character => char.IsControl(character) && character != '\n');
            Assert.DoesNotContain('\u202e', run.Output + run.Error);
        }
    }

    [Fact]
    public async Task Verbose_shows_the_exchange_and_no_secret()
    {
        var broker = new FakeBroker();
        using var shell = broker.WithoutLogin();

        var add = (await shell.RunAsync("creds", "add", "github", "--verbose")).Ended(ExitCode.Ok);
        var refresh = (await shell.RunAsync("creds", "token", "github", "--refresh", "--verbose")).Ended(ExitCode.Ok);
        var list = (await shell.RunAsync("creds", "list", "--verbose")).Ended(ExitCode.Ok);

        Assert.Contains("> PUT https://as.example/creds/github\n", add.Error, StringComparison.Ordinal);
        Assert.Contains("\"session\":\"****\"", add.Error, StringComparison.Ordinal);
        Assert.Contains("\"user_code\":\"WDJB-MJHT\"", add.Error, StringComparison.Ordinal);
        Assert.Contains("> Authorization: Bearer ****\n", add.Error, StringComparison.Ordinal);
        Assert.Contains("{\"refused\":\"****\"}", refresh.Error, StringComparison.Ordinal);
        Assert.Contains("\"credentials\":[{\"name\":\"github\",", list.Error, StringComparison.Ordinal);
        var printed = add.Output + add.Error + refresh.Error + list.Output + list.Error;
        Assert.All(shell.Provider.Secrets, secret => Assert.DoesNotContain(secret, printed, StringComparison.Ordinal));
    }

    internal static string? Text(Run run, Index index, string member) => run.Events[index].GetProperty(member).GetString();

    internal static void AssertNoLeak(Shell shell, Run run)
    {
        Assert.True(shell.Provider.Secrets.Count > 4);
        Assert.All(shell.Provider.Secrets, secret => Assert.DoesNotContain(secret, run.Output + run.Error, StringComparison.Ordinal));
    }
}
