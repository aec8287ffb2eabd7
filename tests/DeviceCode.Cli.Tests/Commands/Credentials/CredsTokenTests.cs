namespace DeviceCode.Cli.Tests.Commands.Credentials;

using System.Text;
using DeviceCode.Cli.Running;

public sealed class CredsTokenTests
{
    private const string Pending = "urn:ietf:params:oauth:grant-type:device_code";

    [Fact]
    public async Task It_is_the_token_and_a_newline()
    {
        var broker = new FakeBroker().Add("github");
        using var shell = await broker.SignedInAsync();

        var run = (await shell.RunAsync("creds", "token", "github")).Ended(ExitCode.Ok);

        Assert.Equal(("gho-access-token-00000001\n", ""), (run.Output, run.Error));
        Assert.Equal(["GET /creds/github"], broker.Lines);
    }

    [Fact]
    public async Task Programs_get_its_end_scope_and_account_too()
    {
        var broker = new FakeBroker().Add("work");
        using var shell = await broker.SignedInAsync();

        var token = Assert.Single((await shell.RunAsync("creds", "token", "work", "--json")).Ended(ExitCode.Ok).Events);

        Assert.Equal(
            "{\"name\":\"work\",\"access_token\":\"gho-access-token-00000001\",\"token_type\":\"Bearer\","
            + "\"expires_at\":\"2026-11-21T13:00:01.2+00:00\",\"scope\":\"repo\",\"provider\":\"github\",\"account\":\"alice\"}",
            token.GetRawText());
    }

    [Fact]
    public async Task A_token_without_an_expiry_has_none()
    {
        var broker = new FakeBroker { ExpiresIn = null }.Add("github");
        using var shell = await broker.SignedInAsync();

        Assert.False(
            (await shell.RunAsync("creds", "token", "github", "--json")).Ended(ExitCode.Ok).Events[0].TryGetProperty("expires_at", out _));
    }

    [Fact]
    public async Task The_minimum_is_sent()
    {
        var broker = new FakeBroker().Add("github");
        using var shell = await broker.SignedInAsync();

        (await shell.RunAsync("creds", "token", "github", "--min-seconds", "1800")).Ended(ExitCode.Ok);

        Assert.Equal(["GET /creds/github?minimum_seconds=1800"], broker.Lines);
    }

    [Theory]
    [InlineData("Invalid number \"soon\" for --min-seconds.", "github", "--min-seconds", "soon")]
    [InlineData("Invalid number \"3601\" for --min-seconds.", "github", "--min-seconds", "3601")]
    [InlineData("Invalid number \"-1\" for --min-seconds.", "github", "--min-seconds", "-1")]
    [InlineData("Invalid credential name \"../x\".", "../x")]
    [InlineData("Without --wait, --timeout has no effect.", "github", "--timeout", "5m")]
    [InlineData("Without --wait, --copy has no effect.", "github", "--copy")]
    [InlineData("--refused names the token that was rejected, so --refresh has no effect.", "github", "--refused", "-", "--refresh")]
    [InlineData("The value of --refused is empty.", "github", "--refused", "")]
    [InlineData("The token of --refused cannot be read from /nowhere/token.", "github", "--refused", "/nowhere/token")]
    public async Task Whatever_is_typed_wrongly_gets_a_sentence_before_anything_is_sent(string problem, params string[] args)
    {
        var broker = new FakeBroker().Add("github");
        using var shell = await broker.SignedInAsync();

        var run = (await shell.RunAsync(["creds", "token", .. args])).Ended(ExitCode.Usage);

        Assert.StartsWith($"error: {problem}\n       ", run.Error, StringComparison.Ordinal);
        Assert.Empty(broker.Requests);
    }

    [Fact]
    public async Task Another_token_can_be_forced()
    {
        var broker = new FakeBroker().Add("github");
        using var shell = await broker.SignedInAsync();

        var run = (await shell.RunAsync("creds", "token", "github", "--refresh")).Ended(ExitCode.Ok);

        Assert.Equal("gho-access-token-00000002\n", run.Output);
        Assert.Equal(["GET /creds/github", "POST /creds/github/refresh"], broker.Lines);
        Assert.Equal("{\"refused\":\"gho-access-token-00000001\"}", broker.Requests[1].Body);
    }

    [Fact]
    public async Task A_token_that_an_API_rejected_is_replaced_and_not_shown()
    {
        var broker = new FakeBroker().Add("github");
        using var shell = await broker.SignedInAsync();
        shell.Input = Encoding.UTF8.GetBytes("gho-access-token-rejected\n");

        var run = (await shell.RunAsync("creds", "token", "github", "--refused", "-", "-v")).Ended(ExitCode.Ok);

        Assert.Equal("gho-access-token-00000001\n", run.Output);
        Assert.Equal(["POST /creds/github/refresh"], broker.Lines);
        Assert.Equal("{\"refused\":\"gho-access-token-rejected\"}", broker.Requests[0].Body);
        Assert.DoesNotContain("rejected", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_was_just_replaced_says_when_to_try_again()
    {
        var broker = new FakeBroker
        {
            Instead = line => line.StartsWith("POST", StringComparison.Ordinal)
                ? FakeBroker.Error("too_many_requests", 429, retryAfter: 17)
                : null,
        }.Add("github");
        using var shell = await broker.SignedInAsync();

        Assert.EndsWith("       Wait 17 seconds, then try again.\n",
            (await shell.RunAsync("creds", "token", "github", "--refresh")).Ended(ExitCode.Network).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_credential_that_waits_for_its_approval_has_an_exit_code_of_its_own()
    {
        var broker = new FakeBroker { ReadsUntilApproval = 100 }
            .Add("github", pending: Pending).Add("google", pending: "authorization_code");
        using var shell = await broker.SignedInAsync();

        Assert.Equal(
            """
            error: The credential "github" waits for its approval.
                   Open https://github.com/login/device and enter WDJB-MJHT, or wait for it: devicecode creds token github --wait

            """,
            (await shell.RunAsync("creds", "token", "github")).Ended(ExitCode.Pending).Error);
        Assert.EndsWith(
            "       Open https://as.example/creds/-/connect?request=abc, or wait for it: devicecode creds token google --wait\n",
            (await shell.RunAsync("creds", "token", "google")).Ended(ExitCode.Pending).Error,
            StringComparison.Ordinal);
        Assert.Equal("pending", CredsAddTests.Text(
            (await shell.RunAsync("creds", "token", "github", "--json")).Ended(ExitCode.Pending), 0, "error"));
    }

    [Fact]
    public async Task Waiting_prints_only_the_token_on_standard_output()
    {
        var broker = new FakeBroker { ReadsUntilApproval = 3 }.Add("github", pending: Pending);
        using var shell = await broker.SignedInAsync();

        var run = (await shell.RunAsync("creds", "token", "github", "--wait", "--min-seconds", "600")).Ended(ExitCode.Ok);

        Assert.Equal("gho-access-token-00000001\n", run.Output);
        Assert.Contains("Enter the code WDJB-MJHT", run.Error, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Repeat("GET /creds/github?minimum_seconds=600", 4), broker.Lines);
    }

    [Fact]
    public async Task Waiting_prints_the_events_and_then_the_token_for_programs()
    {
        var broker = new FakeBroker { ReadsUntilApproval = 2 }.Add("github", pending: Pending);
        using var shell = await broker.SignedInAsync();

        var run = (await shell.RunAsync("creds", "token", "github", "--wait", "--json")).Ended(ExitCode.Ok);

        Assert.Equal(["code", "pending", "pending", null],
            run.Events.Select(told => told.TryGetProperty("event", out var name) ? name.GetString() : null));
        Assert.Equal("gho-access-token-00000001", CredsAddTests.Text(run, ^1, "access_token"));
    }

    [Fact]
    public async Task A_credential_that_is_ready_is_not_waited_for()
    {
        var broker = new FakeBroker().Add("github");
        using var shell = await broker.SignedInAsync();

        Assert.Equal("", (await shell.RunAsync("creds", "token", "github", "--wait", "--timeout", "1s")).Ended(ExitCode.Ok).Error);
    }

    [Theory]
    [InlineData("invalid_grant", 7)]
    [InlineData("answer_lost", 7)]
    public async Task A_credential_that_has_ended_says_how_to_renew_it(string error, int exitCode)
    {
        var broker = new FakeBroker().Add("work", error: error);
        using var shell = await broker.SignedInAsync();

        Assert.EndsWith("       Add it again: devicecode creds add PROVIDER --name work --replace\n",
            (await shell.RunAsync("creds", "token", "work")).Ended(exitCode).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_credential_that_does_not_exist_says_how_to_add_it()
    {
        var broker = new FakeBroker();
        using var shell = await broker.SignedInAsync();

        Assert.Equal(
            """
            error: There is no credential "github" at as.example.
                   List the credentials: devicecode creds list -P; or add it: devicecode creds add PROVIDER --name github -P

            """.Replace("-P", "--profile default", StringComparison.Ordinal),
            (await shell.RunAsync("creds", "token", "github", "-p", "default")).Ended(ExitCode.NotSignedIn).Error);
    }

    [Fact]
    public async Task An_outage_says_when_to_try_again()
    {
        var broker = new FakeBroker { Instead = _ => FakeBroker.Error("temporarily_unavailable", 503, "GitHub does not respond.", 20) };
        using var shell = await broker.SignedInAsync();

        Assert.Equal(
            """
            error: as.example is unavailable (HTTP 503): GitHub does not respond.
                   Wait 20 seconds, then try again.

            """,
            (await shell.RunAsync("creds", "token", "github")).Ended(ExitCode.Network).Error);
    }

    [Fact]
    public async Task The_token_of_the_user_is_refreshed_when_it_has_expired_or_is_rejected()
    {
        var broker = new FakeBroker().Add("github");
        using var shell = await broker.SignedInAsync();
        shell.Time.Advance(TimeSpan.FromHours(2));
        (await shell.RunAsync("creds", "token", "github")).Ended(ExitCode.Ok);
        var rejected = 0;
        broker.Instead = _ => rejected++ == 0 ? FakeBroker.Error("unauthorized", 401) : null;
        (await shell.RunAsync("creds", "token", "github")).Ended(ExitCode.Ok);

        Assert.Equal(["access-token-00000002", "access-token-00000002", "access-token-00000003"],
            broker.Requests.Select(request => request.Bearer));
        Assert.Equal("access-token-00000003\n", (await shell.RunAsync("token")).Output);
    }
}
