namespace DeviceCode.Cli.Tests.Commands;

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DeviceCode.Cli.Configuration;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Targets;

public sealed class LoginTests
{
    private const string Service = "https://as.example";

    private static readonly string[] AsClient = ["login", Service, "--client-id", "cli"];

    [Fact]
    [OnlyOnLinux("Windows and macOS have a keyring, so there is no notice.")]
    public async Task A_client_gets_tokens_and_a_person_is_told_in_lines()
    {
        using var shell = new Shell(new FakeProvider().Error("authorization_pending"));

        var run = (await shell.RunAsync(AsClient)).Ended(ExitCode.Ok);

        var file = shell.Secrets.PathOf("default");
        Assert.Equal("Signed in to as.example as Alice Example <alice@example.com>.\n", run.Output);
        Assert.Equal(
            $"""
             notice: there is no working keyring, so the tokens will be stored unencrypted in {file}, which only you can read.
             Sign in to as.example:
               1. Open https://as.example/device
               2. Enter the code WDJB-MJHT
             Or open https://as.example/device?user_code=WDJB-MJHT and compare the code.
             The code is valid for 15 minutes.
             Waiting for your approval.

             """,
            run.Error);
        Assert.Equal("access-token-00000001", (await shell.Tokens.LoadAsync("default", CancellationToken.None))!.AccessToken);
        Assert.Equal((TokenStorage.File, "cli"),
            (shell.Profiles.Load("default")!.Storage!.Value, ((LoginTarget.Provider)shell.Profiles.Load("default")!.Target).ClientId));
    }

    [Fact]
    public async Task Without_a_client_id_the_service_tells_who_signed_in()
    {
        using var shell = new Shell();

        var run = (await shell.RunAsync("login", Service)).Ended(ExitCode.Ok);

        Assert.Equal("Signed in to as.example as Alice Example <alice@example.com>.\nYour API keys: https://as.example/keys\n", run.Output);
        Assert.DoesNotContain("notice", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(
            shell.Provider.Requests, request => request.Uri.AbsolutePath is not ("/auth/device/code" or "/auth/device/token"));
        Assert.Null(shell.Profiles.Load("default")!.Storage);
        Assert.False(File.Exists(shell.Secrets.PathOf("default")));
    }

    [Fact]
    public async Task An_oauth_server_without_a_client_id_says_that_it_needs_one()
    {
        using var shell = new Shell(new FakeProvider { HasUserLogin = false });

        var run = (await shell.RunAsync("login", Service)).Ended(ExitCode.Usage);

        Assert.Equal(
            """
            error: as.example is an OAuth server, which requires a client id.
                   Use the id of a client that is registered there: devicecode login https://as.example/ --client-id ID

            """,
            run.Error);
    }

    [Fact]
    public async Task Programs_get_one_event_a_line_and_no_secret()
    {
        using var shell = new Shell(new FakeProvider().Error("authorization_pending").Error("slow_down").Poll("<html>", 502, "text/html"));

        var run = (await shell.RunAsync([.. AsClient, "--json"])).Ended(ExitCode.Ok);

        Assert.Equal(["code", "pending", "pending", "slow_down", "pending", "complete"], run.EventNames);
        var code = run.Events[0];
        Assert.Equal("WDJB-MJHT", code.GetProperty("user_code").GetString());
        Assert.Equal("https://as.example/device", code.GetProperty("verification_uri").GetString());
        Assert.Equal("https://as.example/device?user_code=WDJB-MJHT", code.GetProperty("verification_uri_complete").GetString());
        Assert.Equal((900, 1), (code.GetProperty("expires_in").GetInt32(), code.GetProperty("interval").GetInt32()));
        Assert.Equal(new DateTimeOffset(2026, 11, 21, 12, 15, 0, TimeSpan.Zero), code.GetProperty("expires_at").GetDateTimeOffset());
        Assert.Equal(6, run.Events[3].GetProperty("interval").GetInt32());
        Assert.Contains("502", run.Events[4].GetProperty("failure").GetString(), StringComparison.Ordinal);
        Assert.Equal("Alice Example", run.Events[5].GetProperty("user").GetProperty("name").GetString());
        Assert.All(shell.Provider.Secrets, secret => Assert.DoesNotContain(secret, run.Output + run.Error, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("access_denied", 3, "denied")]
    [InlineData("expired_token", 4, "expired")]
    [InlineData("invalid_grant", 4, "expired")]
    [InlineData("invalid_client", 2, "usage")]
    public async Task What_ends_a_login_has_an_exit_code_of_its_own(string error, int exitCode, string name)
    {
        using var shell = new Shell(new FakeProvider().Error(error));
        var people = (await shell.RunAsync(AsClient)).Ended(exitCode);
        using var again = new Shell(new FakeProvider().Error(error));
        var programs = (await again.RunAsync([.. AsClient, "--json"])).Ended(exitCode);

        Assert.Equal("", people.Output);
        var lines = people.Error.TrimEnd().Split('\n')[^2..];
        Assert.StartsWith("error: ", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("       ", lines[1], StringComparison.Ordinal);
        var told = programs.Events[^1];
        Assert.Equal(("error", name, exitCode),
            (told.GetProperty("event").GetString(), told.GetProperty("error").GetString(), told.GetProperty("exit_code").GetInt32()));
        Assert.Equal(error, told.GetProperty("server_error").GetString());
        Assert.Null(shell.Profiles.Load("default"));
    }

    [Fact]
    public async Task A_block_by_policy_has_an_exit_code_of_its_own()
    {
        using var shell = new Shell(
            new FakeProvider().Error("invalid_grant", "AADSTS53003: Access has been blocked by Conditional Access policies."));

        (await shell.RunAsync(AsClient)).Ended(ExitCode.Policy);
    }

    [Fact]
    public async Task A_code_that_nobody_approves_expires()
    {
        var provider = new FakeProvider { ExpiresIn = 10 };
        for (var i = 0; i < 20; i++)
        {
            provider.Error("authorization_pending");
        }

        using var shell = new Shell(provider);
        (await shell.RunAsync(AsClient)).Ended(ExitCode.Expired);
    }

    [Fact]
    public async Task A_server_that_is_no_authorization_server_has_an_exit_code_of_its_own()
    {
        using var shell = new Shell(new FakeProvider());

        // The endpoint returns JSON without codes.
        (await shell.RunAsync("login", "--client-id", "cli", "--device-authorization-endpoint", "https://as.example/userinfo",
            "--token-endpoint", "https://as.example/token"))
            .Ended(ExitCode.Protocol);
    }

    [Fact]
    public async Task Cancelled_in_the_middle_it_ends_as_shells_expect()
    {
        var provider = new FakeProvider();
        using var cancellation = new CancellationTokenSource();
        for (var i = 0; i < 100; i++)
        {
            provider.Error("authorization_pending");
        }

        using var shell = new Shell(provider) { CancellationToken = cancellation.Token };
        await using var timer = shell.Time.CreateTimer(
            _ => cancellation.Cancel(), null, TimeSpan.FromSeconds(5.5), Timeout.InfiniteTimeSpan);

        var run = (await shell.RunAsync(AsClient)).Ended(ExitCode.Cancelled);

        Assert.EndsWith("Waiting for your approval.\nCancelled.\n", run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }

    [Theory]
    [InlineData("login")]
    [InlineData("login", "nonsense")]
    [InlineData("login", "http://login.example.com")]
    [InlineData("login", "https://as.example?x=y")]
    [InlineData("login", "auth0")]
    [InlineData("login", "keycloak:sso.example.com")]
    [InlineData("login", "github:")]
    [InlineData("login", "https://as.example", "--client-id", "cli", "--client-secret-file", "/nowhere/secret")]
    [InlineData("login", "https://as.example", "--client-id", "cli", "--parameter", "audience")]
    [InlineData("login", "https://as.example", "--profile", "../../etc")]
    [InlineData("login", "https://as.example", "--client-id", "cli", "--storage", "cloud")]
    [InlineData("login", "--client-id", "cli", "--token-endpoint", "https://as.example/token")]
    [InlineData("login", "--resume", "/nowhere/pending.json")]
    [InlineData("login", "--bogus")]
    [InlineData("logn")]
    public async Task Whatever_is_typed_wrongly_gets_a_sentence_and_a_suggestion(params string[] args)
    {
        using var shell = new Shell();

        var run = (await shell.RunAsync(args)).Ended(ExitCode.Usage);

        Assert.Equal("", run.Output);
        var lines = run.Error.TrimEnd('\n').Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.Matches("^error: .+\\.$", lines[0]);
        Assert.StartsWith("       ", lines[1], StringComparison.Ordinal);
        Assert.Empty(shell.Provider.Requests);
    }

    [Fact]
    [OnlyOnLinux("Windows and macOS have a keyring.")]
    public Task A_keyring_that_is_not_there_gets_a_sentence_and_a_suggestion() =>
        Whatever_is_typed_wrongly_gets_a_sentence_and_a_suggestion("login", Service, "--client-id", "cli", "--storage", "keyring");

    [Fact]
    [OnlyOnUnix("Windows has no file modes.")]
    public async Task In_two_steps_by_a_file_that_only_its_owner_can_read()
    {
        using var shell = new Shell();

        var first = (await shell.RunAsync([.. AsClient, "--no-wait", "-p", "work"])).Ended(ExitCode.Ok);
        var file = first.Output.TrimEnd().Split(' ')[^1];
        Assert.Contains("2. Enter the code WDJB-MJHT\n", first.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(FakeProvider.DeviceCode, first.Output + first.Error, StringComparison.Ordinal);
        Assert.Contains(FakeProvider.DeviceCode, await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(file)!));

        (await shell.RunAsync("login", "--resume", file)).Ended(ExitCode.Ok);
        Assert.NotNull(await shell.Tokens.LoadAsync("work", CancellationToken.None));
        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task In_two_steps_by_what_the_first_has_printed()
    {
        using var shell = new Shell();

        var first = (await shell.RunAsync([.. AsClient, "--no-wait", "--json"])).Ended(ExitCode.Ok);
        Assert.Equal(["code"], first.EventNames);
        Assert.Empty(Directory.Exists(shell.Data) ? Directory.GetFiles(shell.Data, "*", SearchOption.AllDirectories) : []);

        shell.Input = Encoding.UTF8.GetBytes(first.Output);
        var second = (await shell.RunAsync("login", "--resume", "-", "--json")).Ended(ExitCode.Ok);
        Assert.Equal(["code", "pending", "complete"], second.EventNames);
        Assert.NotNull(await shell.Tokens.LoadAsync("default", CancellationToken.None));
    }

    [Theory]
    [InlineData("--qr and --no-qr contradict each other.", Service, "--qr", "--no-qr")]
    [InlineData("--resume continues a login that has already started, so the URL or provider has no effect.", Service, "--resume", "file")]
    [InlineData("--resume continues a login that has already started, so --client-id has no effect.", "--client-id", "cli", "--resume",
        "file")]
    [InlineData("--resume continues a login that has already started, so --scope has no effect.", "--scope", "profile", "--resume", "file")]
    [InlineData("--resume continues a login that has already started, so --no-wait has no effect.", "--resume", "file", "--no-wait")]
    [InlineData("--no-wait exits before there are tokens, so --storage has no effect.", Service, "--client-id", "cli", "--no-wait",
        "--storage", "file")]
    [InlineData("Without a client id, a login returns only the user, so --storage has no effect.", Service, "--storage", "file")]
    [InlineData("--token-endpoint and the URL or provider both select the server to sign in to.", Service, "--token-endpoint",
        "https://as.example/token", "--device-authorization-endpoint", "https://as.example/device")]
    [InlineData("Without a client id, a login returns only the user, so --scope has no effect.", Service, "--scope", "profile")]
    [InlineData("Without a client id, a login returns only the user, so --parameter has no effect.", Service, "--parameter", "audience=x")]
    public async Task What_would_have_no_effect_is_refused_before_anything_is_asked_for(string problem, params string[] arguments)
    {
        using var shell = new Shell();

        var run = (await shell.RunAsync(["login", .. arguments])).Ended(ExitCode.Usage);

        Assert.StartsWith($"error: {problem}\n", run.Error, StringComparison.Ordinal);
        Assert.Empty(shell.Provider.Requests);
    }

    [Theory]
    [InlineData("--qr")]
    [InlineData("--copy")]
    public async Task What_is_for_people_is_refused_to_programs(string option)
    {
        using var shell = new Shell();

        var run = (await shell.RunAsync("login", Service, option, "--json")).Ended(ExitCode.Usage);

        Assert.Contains($"--json prints output for programs, so {option} has no effect.", run.Output + run.Error, StringComparison.Ordinal);
        Assert.Empty(shell.Provider.Requests);
    }

    [Fact]
    public async Task The_code_of_no_wait_can_be_a_QR_code_and_on_the_clipboard()
    {
        using var shell = new Shell { IsTerminal = true };

        var run = (await shell.RunAsync("login", Service, "--no-wait", "--qr", "--copy")).Ended(ExitCode.Ok);

        Assert.Contains("▄", run.Output, StringComparison.Ordinal);
        Assert.StartsWith("\e]52;c;", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_login_goes_on_in_another_process_too()
    {
        using var shell = new Shell();

        var first = (await shell.RunAsync("login", Service, "--no-wait")).Ended(ExitCode.Ok);
        var second = (await shell.RunAsync("login", "--resume", first.Output.TrimEnd().Split(' ')[^1])).Ended(ExitCode.Ok);

        Assert.StartsWith("Signed in to as.example as Alice Example", second.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("access_denied", 3, false)]
    [InlineData("invalid_client", 2, true)]
    public async Task A_login_that_is_decided_leaves_no_file_and_another_does(string error, int exitCode, bool stays)
    {
        using var shell = new Shell(new FakeProvider().Error(error));
        var file = (await shell.RunAsync([.. AsClient, "--no-wait"])).Output.TrimEnd().Split(' ')[^1];

        (await shell.RunAsync("login", "--resume", file)).Ended(exitCode);

        Assert.Equal(stays, File.Exists(file));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"target\": {}}")]
    [InlineData("{\"event\": \"code\"}")]
    [InlineData("{\"event\": \"code\", \"resume\": {\"target\": {}}}")]
    [InlineData("{\"profile\": \"x\", \"device_code\": \"device-code-0123456789abcdef\"")]
    public async Task What_is_no_login_is_not_resumed_and_not_repeated(string input)
    {
        using var shell = new Shell { Input = Encoding.UTF8.GetBytes(input) };

        var run = (await shell.RunAsync("login", "--resume", "-", "-v")).Ended(ExitCode.Usage);

        Assert.StartsWith("error: The input of --resume does not contain a pending login.\n", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(FakeProvider.DeviceCode, run.Error, StringComparison.Ordinal);
        Assert.Empty(shell.Provider.Requests);
    }

    [Theory]
    [InlineData("profile", "null")]
    [InlineData("target", "null")]
    [InlineData("target", "{}")]
    [InlineData("target", "{\"service\": \"as.example\"}")]
    [InlineData("target", "{\"service\": \"https://as.example\", \"provider\": {\"name\": \"Acme\"}}")]
    [InlineData("target", "{\"provider\": {\"name\": null}}")]
    [InlineData("target", "{\"provider\": {\"name\": \"Acme\", \"issuer\": \"as.example\"}}")]
    [InlineData("target", "{\"provider\": {\"name\": \"Acme\"}, \"parameters\": {\"a\": null}}")]
    [InlineData("authorization", "null")]
    [InlineData("authorization.device_code", "null")]
    [InlineData("authorization.user_code", "\"\"")]
    [InlineData("authorization.verification_uri", "null")]
    [InlineData("authorization.verification_uri", "\"device\"")]
    [InlineData("authorization.verification_uri", "\"file:///etc/passwd\"")]
    [InlineData("authorization.verification_uri_complete", "\"device\"")]
    public async Task A_login_with_a_wrong_part_is_not_resumed(string place, string value)
    {
        using var shell = new Shell();
        var kept = JsonNode.Parse((await shell.RunAsync([.. AsClient, "--no-wait", "--json"])).Ended(ExitCode.Ok).Output)!["resume"]!;
        var path = place.Split('.');
        (path is [var outer, _] ? kept[outer]! : kept)[path[^1]] = JsonNode.Parse(value);
        var before = shell.Provider.Requests.Count;

        foreach (var json in new[] { kept.ToJsonString(), $$"""{"event": "code", "resume": {{kept.ToJsonString()}}}""" })
        {
            shell.Input = Encoding.UTF8.GetBytes(json);
            var run = (await shell.RunAsync("login", "--resume", "-")).Ended(ExitCode.Usage);
            Assert.StartsWith("error: The input of --resume does not contain a pending login.\n", run.Error, StringComparison.Ordinal);
        }

        Assert.Equal(before, shell.Provider.Requests.Count);
    }

    [Fact]
    public async Task The_second_login_needs_no_address_and_gives_no_notice_of_the_storage()
    {
        using var shell = new Shell();
        (await shell.RunAsync([.. AsClient, "--scope", "profile"])).Ended(ExitCode.Ok);

        var run = (await shell.RunAsync("login")).Ended(ExitCode.Ok);

        Assert.DoesNotContain("keyring", run.Error, StringComparison.Ordinal);
        var codes = shell.Provider.Requests.Where(request => request.Uri.AbsolutePath == "/device_authorization")
            .Select(request => request.Body).ToList();
        Assert.Equal(2, codes.Count);
        Assert.All(codes, body => Assert.Contains("scope=profile&client_id=cli", body, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_storage_that_was_asked_for_gets_no_notice()
    {
        using var shell = new Shell();

        var run = (await shell.RunAsync([.. AsClient, "--storage", "file"])).Ended(ExitCode.Ok);

        Assert.DoesNotContain("notice", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_without_tokens_forgets_those_of_the_one_before()
    {
        using var shell = new Shell();
        (await shell.RunAsync(AsClient)).Ended(ExitCode.Ok);

        (await shell.RunAsync("login", Service)).Ended(ExitCode.Ok);

        Assert.False(File.Exists(shell.Secrets.PathOf("default")));
    }

    [Fact]
    public async Task A_login_in_a_file_of_somebody_elses_names_no_secret_to_send_and_stays()
    {
        using var shell = new Shell();
        var secret = Path.Combine(shell.Folder, "secret");
        await File.WriteAllTextAsync(secret, FakeProvider.ClientSecret);
        var first = (await shell.RunAsync([.. AsClient, "--no-wait", "--json"])).Ended(ExitCode.Ok);
        var file = Path.Combine(shell.Folder, "login.json");
        var crafted = first.Output.Replace(
            "\"client_id\":\"cli\"",
            $"\"client_id\":\"cli\",\"client_secret_file\":\"{JsonEncodedText.Encode(secret)}\"",
            StringComparison.Ordinal);
        Assert.NotEqual(first.Output, crafted);
        await File.WriteAllTextAsync(file, crafted);

        (await shell.RunAsync("login", "--resume", file)).Ended(ExitCode.Ok);

        Assert.All(shell.Provider.Requests,
            request => Assert.False(request.Uri.AbsolutePath == "/token" && request.Authorization is not null));
        Assert.All(shell.Provider.Requests,
            request => Assert.DoesNotContain(FakeProvider.ClientSecret, request.Body, StringComparison.Ordinal));
        Assert.True(File.Exists(file));
    }

    [Fact]
    public async Task A_client_that_is_configured_for_one_provider_is_not_used_for_another()
    {
        using var shell = new Shell();
        shell.Configure("""
            {"profiles":{"default":{"provider":"https://elsewhere.example","client_id":"cli","client_secret_file":"/nowhere/secret"}}}
            """);

        // Without a client id, this is a login without OAuth.
        (await shell.RunAsync("login", "https://as.example")).Ended(ExitCode.Ok);

        Assert.DoesNotContain(shell.Provider.Requests, request => request.Uri.AbsolutePath is "/device_authorization" or "/token");
    }

    [Fact]
    public async Task A_client_secret_is_read_where_it_is_kept_and_copied_nowhere()
    {
        using var shell = new Shell(new FakeProvider { AccessTokenLifetime = 1 });
        var file = Path.Combine(shell.Folder, "secret");
        await File.WriteAllTextAsync(file, $"{FakeProvider.ClientSecret}\n");

        (await shell.RunAsync([.. AsClient, "--client-secret-file", file])).Ended(ExitCode.Ok);
        (await shell.RunAsync("token")).Ended(ExitCode.Ok);

        var basic = $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"cli:{FakeProvider.ClientSecret}"))}";
        Assert.All(shell.Provider.Requests.Where(request => request.Uri.AbsolutePath == "/token"),
            request => Assert.Equal(basic, request.Authorization));
        Assert.All(
            Directory.GetFiles(shell.Data, "*", SearchOption.AllDirectories),
            path => Assert.DoesNotContain(FakeProvider.ClientSecret, File.ReadAllText(path), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Everything_the_server_says_is_cleaned_before_it_is_printed()
    {
        const string hostile = "\\u001b]0;pwned\\u0007\\u001b[2J\\u202e";
        using var shell = new Shell(
            new FakeProvider { UserCode = $"WDJB{hostile}" }.Error("authorization_pending").Error("access_denied", $"no{hostile}"));

        var run = (await shell.RunAsync(AsClient)).Ended(ExitCode.Denied);

        Assert.DoesNotContain(run.Output + run.Error, character => char.IsControl(character) && character != '\n');
        Assert.DoesNotContain('\u202e', run.Output + run.Error);
    }

    [Fact]
    public async Task Verbose_shows_the_exchange_and_no_secret()
    {
        using var shell = new Shell(new FakeProvider().Error("authorization_pending"));
        shell.Environment["DEVICECODE_CLIENT_SECRET"] = FakeProvider.ClientSecret;

        var run = (await shell.RunAsync([.. AsClient, "--verbose"])).Ended(ExitCode.Ok);

        Assert.Contains("> POST https://as.example/device_authorization\n", run.Error, StringComparison.Ordinal);
        Assert.Contains("\"user_code\":\"WDJB-MJHT\"", run.Error, StringComparison.Ordinal);
        Assert.Contains("device_code=****", run.Error, StringComparison.Ordinal);
        Assert.Contains("> Authorization: Basic ****\n", run.Error, StringComparison.Ordinal);
        Assert.Contains("\"access_token\":\"****\"", run.Error, StringComparison.Ordinal);
        Assert.True(shell.Provider.Secrets.Count >= 5);
        Assert.All(shell.Provider.Secrets, secret => Assert.DoesNotContain(secret, run.Output + run.Error, StringComparison.Ordinal));
    }
}
