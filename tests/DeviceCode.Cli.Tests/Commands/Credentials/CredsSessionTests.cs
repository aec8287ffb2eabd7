namespace DeviceCode.Cli.Tests.Commands.Credentials;

using DeviceCode.Cli.Accounts;
using DeviceCode.Cli.Configuration;
using DeviceCode.Cli.Running;

/// <summary>Tests sessions: the owners of credentials without a login.</summary>
public sealed class CredsSessionTests
{
    private static readonly string[] Add = ["creds", "add", "github", "--service", "https://as.example"];

    private static string SessionFile(Shell shell) => shell.Secrets.PathOf(SessionStore.KeyOf("default"));

    [Fact]
    [OnlyOnLinux("Windows and macOS have a keyring, so there is no notice.")]
    public async Task Without_a_login_the_first_credential_creates_a_session_that_later_commands_use()
    {
        var broker = new FakeBroker();
        using var shell = new Shell(broker.Provider);

        var run = (await shell.RunAsync(Add)).Ended(ExitCode.Ok);
        (await shell.RunAsync("creds", "token", "github")).Ended(ExitCode.Ok);
        (await shell.RunAsync("creds", "add", "gitlab")).Ended(ExitCode.Ok);
        (await shell.RunAsync("creds", "list")).Ended(ExitCode.Ok);

        Assert.StartsWith(
            $"notice: there is no working keyring, so the session will be stored unencrypted in {SessionFile(shell)}, which only you can "
            + "read.\nSign in to github for as.example:\n",
            run.Error,
            StringComparison.Ordinal);
        Assert.Equal([null, .. Enumerable.Repeat(FakeBroker.Session, broker.Requests.Count - 1)],
            broker.Requests.Select(request => request.Bearer));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SessionFile(shell)));
        Assert.All(
            Directory.GetFiles(shell.Data, "*", SearchOption.AllDirectories).Where(file => file != SessionFile(shell)),
            file => Assert.DoesNotContain(FakeBroker.Session, File.ReadAllText(file), StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_session_is_stored_before_anything_else()
    {
        var broker = new FakeBroker();
        using var shell = new Shell(broker.Provider);
        var stored = false;
        broker.Before = line => stored |= line.StartsWith("GET", StringComparison.Ordinal)
            && File.ReadAllText(SessionFile(shell)).Contains(FakeBroker.Session, StringComparison.Ordinal);

        (await shell.RunAsync(Add)).Ended(ExitCode.Ok);

        Assert.True(stored);
    }

    [Fact]
    public async Task A_session_that_could_not_be_stored_is_not_created()
    {
        var broker = new FakeBroker();
        using var shell = new Shell(broker.Provider);
        Directory.CreateDirectory(Path.Combine(shell.Data, "default", "broker.json", "in the way"));

        (await shell.RunAsync(Add)).Ended(ExitCode.Fault);

        Assert.Empty(broker.Requests);
    }

    [Fact]
    public async Task A_session_that_cannot_be_stored_after_all_is_ended()
    {
        var broker = new FakeBroker();
        using var shell = new Shell(broker.Provider);
        broker.Before = line =>
        {
            if (line.StartsWith("PUT", StringComparison.Ordinal))
            {
                // The proof has succeeded by now.
                Directory.CreateDirectory(Path.Combine(SessionFile(shell), "in the way"));
            }
        };

        (await shell.RunAsync(Add)).Ended(ExitCode.Fault);

        Assert.Equal(["PUT /creds/github", "DELETE /creds"], broker.Lines);
        Assert.False(broker.HasSession);
    }

    [Fact]
    public async Task A_service_that_requires_a_login_says_how_to_sign_in()
    {
        var broker = new FakeBroker { AllowsSessions = false };
        using var shell = new Shell(broker.Provider);

        var run = (await shell.RunAsync(Add)).Ended(ExitCode.NotSignedIn);

        Assert.EndsWith(
            """
            error: as.example does not offer this provider without a login.
                   Sign in first: devicecode login https://as.example/ --client-id ID --scope creds

            """,
            run.Error,
            StringComparison.Ordinal);
        Assert.False(shell.Sessions.Exists("default"));
    }

    [Theory]
    [InlineData("https://as.example")]
    [InlineData("as.example/")]
    [InlineData("AS.EXAMPLE")]
    public async Task The_service_can_be_configured(string service)
    {
        var broker = new FakeBroker();
        using var shell = new Shell(broker.Provider);
        shell.Configure($$"""{"profiles": {"default": {"service": "{{service}}"} } }""");

        (await shell.RunAsync("creds", "add", "github")).Ended(ExitCode.Ok);

        Assert.Equal(FakeBroker.Session, broker.Requests[^1].Bearer);
    }

    [Fact]
    public async Task A_login_without_tokens_names_the_service_of_a_session()
    {
        var broker = new FakeBroker();
        using var shell = new Shell(broker.Provider);
        (await shell.RunAsync("login", "https://as.example")).Ended(ExitCode.Ok);

        (await shell.RunAsync("creds", "add", "github")).Ended(ExitCode.Ok);

        Assert.Null(broker.Requests[0].Bearer);
    }

    [Fact]
    public async Task Without_a_login_a_session_and_a_service_it_says_what_to_do()
    {
        var broker = new FakeBroker();
        using var shell = new Shell(broker.Provider);

        foreach (var args in new string[][]
        {
            ["add", "github"], ["token", "github"], ["list"], ["providers"], ["rm", "github"], ["rm", "--all"],
        })
        {
            Assert.Equal(
                "error: The profile \"default\" has neither a login with the scope \"creds\" nor a session.\n"
                + "       Sign in: devicecode login URL --client-id ID --scope creds; "
                + "or create a session: devicecode creds add PROVIDER --service URL\n",
                (await shell.RunAsync(["creds", .. args])).Ended(ExitCode.NotSignedIn).Error);
        }

        Assert.Empty(broker.Requests);
    }

    [Fact]
    public async Task A_login_without_the_scope_is_not_used()
    {
        var broker = new FakeBroker(scope: "profile");
        using var shell = await TokenTests.SignedInAsync(broker.Provider);

        var refused = (await shell.RunAsync("creds", "add", "github")).Ended(ExitCode.Usage);
        var session = (await shell.RunAsync(Add)).Ended(ExitCode.Ok);

        Assert.Equal(
            """
            error: The login of the profile "default" does not include the scope "creds".
                   Sign in again with it: devicecode login --scope "creds"

            """,
            refused.Error);
        Assert.StartsWith(
            "notice: the login of the profile \"default\" is not used, because it does not include the scope \"creds\".\n", session.Error,
            StringComparison.Ordinal);
        Assert.Null(broker.Requests[0].Bearer);
    }

    [Theory]
    [InlineData("creds:github")]
    [InlineData("creds profile")]
    public async Task A_login_with_the_scope_of_one_provider_is_used(string scope)
    {
        var broker = new FakeBroker(scope);
        using var shell = await TokenTests.SignedInAsync(broker.Provider);

        (await shell.RunAsync("creds", "add", "github")).Ended(ExitCode.Ok);

        Assert.All(broker.Requests, request => Assert.Equal("access-token-00000001", request.Bearer));
    }

    [Fact]
    public async Task The_tokens_of_a_login_go_to_no_other_service()
    {
        var broker = new FakeBroker();
        using var shell = await broker.SignedInAsync();

        (await shell.RunAsync("creds", "token", "github", "--service", "https://other.example")).Ended(ExitCode.NotSignedIn);
        (await shell.RunAsync("creds", "add", "github", "--service", "https://other.example")).Ended(ExitCode.Ok);

        Assert.Null(broker.Requests[0].Bearer);
        Assert.DoesNotContain(broker.Requests, request => request.Bearer?.StartsWith("access", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task A_session_goes_to_no_other_service_and_is_not_replaced()
    {
        var broker = new FakeBroker();
        using var shell = new Shell(broker.Provider);
        (await shell.RunAsync(Add)).Ended(ExitCode.Ok);
        var requests = broker.Requests.Count;

        (await shell.RunAsync("creds", "token", "github", "--service", "https://other.example")).Ended(ExitCode.NotSignedIn);
        var run = (await shell.RunAsync("creds", "add", "github", "--service", "https://other.example")).Ended(ExitCode.Usage);
        var metadata = Path.Combine(shell.Data, "default", "broker.json");
        await File.WriteAllTextAsync(
            metadata, (await File.ReadAllTextAsync(metadata)).Replace("as.example", "other.example", StringComparison.Ordinal));
        (await shell.RunAsync("creds", "token", "github")).Ended(ExitCode.NotSignedIn);

        Assert.StartsWith("error: The profile \"default\" already has a session, at as.example.\n", run.Error, StringComparison.Ordinal);
        Assert.Equal(requests, broker.Requests.Count);
    }

    [Fact]
    public async Task Profiles_have_sessions_of_their_own()
    {
        var broker = new FakeBroker();
        using var shell = broker.WithoutLogin();
        (await shell.RunAsync("creds", "add", "github")).Ended(ExitCode.Ok);

        (await shell.RunAsync("creds", "token", "github", "-p", "work")).Ended(ExitCode.NotSignedIn);
        (await shell.RunAsync("creds", "add", "github", "--replace", "-p", "work")).Ended(ExitCode.Ok);

        Assert.Equal([null, null], broker.Requests.Where(request => request.Line == "PUT /creds/github").Select(request => request.Bearer));
    }

    [Theory]
    [InlineData("session.json", "{")]
    [InlineData("session.json", "null")]
    [InlineData("session.json", "{\"service\": \"https://as.example\", \"session\": \"dcs_half\\n\"}")]
    [InlineData("session.json", "")]
    [InlineData("broker.json", "{")]
    [InlineData("broker.json", "{\"service\": \"file:///etc/passwd\", \"storage\": \"file\"}")]
    public async Task A_damaged_session_is_told_and_not_shown_and_can_be_deleted(string file, string content)
    {
        var broker = new FakeBroker();
        using var shell = broker.WithoutLogin();
        (await shell.RunAsync("creds", "add", "github")).Ended(ExitCode.Ok);
        await File.WriteAllTextAsync(Path.Combine(shell.Data, "default", file), content);
        var requests = broker.Requests.Count;

        var run = await shell.RunAsync("creds", "token", "github", "-v");
        var deleted = (await shell.RunAsync("creds", "rm", "--all")).Ended(ExitCode.Ok);

        Assert.Contains("devicecode creds rm --all --profile default", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("dcs_half", run.Error, StringComparison.Ordinal);
        Assert.Contains("The session was deleted here, but not at the service", deleted.Error, StringComparison.Ordinal);
        Assert.Equal(requests, broker.Requests.Count);
        Assert.Equal(["lock"], Directory.GetFiles(Path.Combine(shell.Data, "default")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_session_is_ended_with_all_of_its_credentials()
    {
        var broker = new FakeBroker();
        using var shell = broker.WithoutLogin();
        (await shell.RunAsync("creds", "add", "github")).Ended(ExitCode.Ok);

        var run = (await shell.RunAsync("creds", "rm", "--all")).Ended(ExitCode.Ok);

        Assert.Equal("Ended the session at as.example and deleted its credentials.\n", run.Output);
        Assert.Equal("DELETE /creds", broker.Lines[^1]);
        Assert.Equal(["lock"], Directory.GetFiles(Path.Combine(shell.Data, "default")).Select(Path.GetFileName));
        (await shell.RunAsync("creds", "list")).Ended(ExitCode.NotSignedIn);
    }

    [Fact]
    public async Task A_session_that_has_ended_at_the_service_is_deleted_here()
    {
        var broker = new FakeBroker();
        using var shell = broker.WithoutLogin();
        (await shell.RunAsync("creds", "add", "github")).Ended(ExitCode.Ok);
        broker.HasSession = false;

        var token = (await shell.RunAsync("creds", "token", "github")).Ended(ExitCode.NotSignedIn);
        var run = (await shell.RunAsync("creds", "rm", "--all", "--json")).Ended(ExitCode.Ok);

        Assert.Contains("devicecode creds rm --all --profile default", token.Error, StringComparison.Ordinal);
        Assert.Equal(["session_ended"], run.EventNames);
        Assert.Equal("notice: the session had already ended.\n", run.Error);
    }

    [Fact]
    public async Task A_session_that_cannot_be_ended_now_stays()
    {
        var broker = new FakeBroker();
        using var shell = broker.WithoutLogin();
        (await shell.RunAsync("creds", "add", "github")).Ended(ExitCode.Ok);
        broker.Instead = _ => FakeProvider.Json("<html>", 502, "text/html");

        (await shell.RunAsync("creds", "rm", "--all")).Ended(ExitCode.Network);

        broker.Instead = _ => null;
        (await shell.RunAsync("creds", "token", "github")).Ended(ExitCode.Ok);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_logout_ends_the_session_too(bool isSignedIn)
    {
        var broker = new FakeBroker(scope: "profile");
        using var shell = isSignedIn ? await TokenTests.SignedInAsync(broker.Provider) : new Shell(broker.Provider);
        (await shell.RunAsync(Add)).Ended(ExitCode.Ok);

        var run = (await shell.RunAsync("logout")).Ended(ExitCode.Ok);

        Assert.Equal(isSignedIn ? "Signed out of as.example.\n" : "Ended the session of the profile \"default\".\n", run.Output);
        Assert.Equal("DELETE /creds", broker.Lines[^1]);
        Assert.Equal(["lock"], Directory.GetFiles(Path.Combine(shell.Data, "default")).Select(Path.GetFileName));
        (await shell.RunAsync("logout")).Ended(ExitCode.NotSignedIn);
    }

    [Fact]
    public async Task A_logout_deletes_a_session_even_if_the_service_is_down()
    {
        var broker = new FakeBroker();
        using var shell = broker.WithoutLogin();
        (await shell.RunAsync("creds", "add", "github")).Ended(ExitCode.Ok);
        broker.Instead = _ => FakeProvider.Json("<html>", 502, "text/html");

        var run = (await shell.RunAsync("logout")).Ended(ExitCode.Ok);

        Assert.StartsWith("notice: as.example is unavailable (HTTP 502). The session was deleted here, but not at the service", run.Error,
            StringComparison.Ordinal);
        Assert.False(shell.Sessions.Exists("default"));
    }

    [Fact]
    public async Task A_session_that_another_process_creates_meanwhile_is_used()
    {
        var broker = new FakeBroker();
        using var shell = broker.WithoutLogin();
        var held = await shell.Sessions.LockAsync("default", CancellationToken.None);

        // Not in virtual time, because the command continues on another thread when the lock is free.
        var waiting = new CommandLine(shell.CreateEnvironment(TextWriter.Null, TextWriter.Null, Stream.Null))
            .RunAsync(["creds", "add", "github", "--no-wait"], CancellationToken.None);
        Assert.False(waiting.IsCompleted);

        await shell.Sessions.SaveAsync(
            "default", new BrokerSession { Service = new("https://as.example"), Storage = TokenStorage.File }, FakeBroker.Session);
        broker.HasSession = true;
        await held.DisposeAsync();

        Assert.Equal(0, await waiting);
        Assert.All(broker.Requests, request => Assert.Equal(FakeBroker.Session, request.Bearer));
    }
}
