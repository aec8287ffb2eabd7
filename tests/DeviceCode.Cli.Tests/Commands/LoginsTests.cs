namespace DeviceCode.Cli.Tests.Commands;

using DeviceCode.Cli.Running;

public sealed class LoginsTests
{
    private const string Mine = "5f0c7a52-9d0e-4c55-8a55-2f6d1f2f7f10";
    private const string Laptop = "a3a1c2ce-40c3-4f8e-9a5f-4fd2a3f90d5e";

    // The clock of the shell begins at 12:00 on that day.
    private const string Json = """
        {"logins": [{"id": "5f0c7a52-9d0e-4c55-8a55-2f6d1f2f7f10", "client_id": "cli", "client_name": "Example CLI",
        "scope": "profile logins", "created_at": "2026-11-21T11:00:00Z", "created_from":
        {"ip": "192.0.2.1", "user_agent": "devicecode/1.0"}, "last_used_at": "2026-11-21T11:00:00Z", "last_used_from": {"ip": "192.0.2.1"},
        "expires_at": "2027-02-19T11:00:00Z", "current": true},
        {"id": "a3a1c2ce-40c3-4f8e-9a5f-4fd2a3f90d5e", "client_id": "ci", "client_name": "Build", "scope": "profile",
        "created_at": "2026-11-01T12:00:00Z", "created_from": {}, "last_used_at": "2026-11-21T11:30:00Z",
        "last_used_from": {"ip": "2001:db8::1", "user_agent": "ci/2"}}]}
        """;

    private readonly List<string> _lines = [];

    private Func<string, HttpResponseMessage> _respond = line =>
        FakeProvider.Json(line.StartsWith("GET", StringComparison.Ordinal) ? Json : """{"ended": 3}""");

    [Fact]
    public async Task It_lists_where_the_user_is_signed_in_and_marks_this_login()
    {
        using var shell = await SignedInAsync();

        var run = (await shell.RunAsync("logins")).Ended(ExitCode.Ok);

        Assert.Equal(
            $"""
            {Mine}: Example CLI (this login)
                Signed in 60 minutes ago from 192.0.2.1 with devicecode/1.0
                Ends in 90 days, unless it is used before
                Scope: profile logins
            {Laptop}: Build
                Signed in 20 days ago
                Last used 30 minutes ago from 2001:db8::1 with ci/2
                Scope: profile

            """,
            run.Output);
        Assert.Equal("", run.Error);
        Assert.Equal(["GET /auth/device/logins"], _lines);
    }

    [Fact]
    public async Task Programs_get_a_line_a_login()
    {
        using var shell = await SignedInAsync();

        var run = (await shell.RunAsync("logins", "--json")).Ended(ExitCode.Ok);

        Assert.Equal([Mine, Laptop], run.Events.Select(entry => entry.GetProperty("id").GetString()));
        Assert.Equal([true, false], run.Events.Select(entry => entry.GetProperty("current").GetBoolean()));
        Assert.Equal("192.0.2.1", run.Events[0].GetProperty("created_from").GetProperty("ip").GetString());
        Assert.Equal("""{"ip":"2001:db8::1","user_agent":"ci/2"}""", run.Events[1].GetProperty("last_used_from").GetRawText());
    }

    [Fact]
    public async Task Named_logins_are_ended_this_one_last()
    {
        using var shell = await SignedInAsync();

        var run = (await shell.RunAsync("logins", "end", Mine, Laptop)).Ended(ExitCode.Ok);

        Assert.Equal($"Ended the login {Laptop}.\nEnded the login {Mine}.\n", run.Output);
        Assert.Equal(
            "notice: the login of the profile \"default\" has ended, too. To delete what is left of it here: devicecode logout\n",
            run.Error);
        Assert.Equal(
            ["GET /auth/device/logins", $"DELETE /auth/device/logins/{Laptop}", $"DELETE /auth/device/logins/{Mine}"], _lines);
    }

    [Fact]
    public async Task All_others_are_ended()
    {
        using var shell = await SignedInAsync();

        var run = (await shell.RunAsync("logins", "end", "--others")).Ended(ExitCode.Ok);
        var programs = (await shell.RunAsync("logins", "end", "--others", "--json")).Ended(ExitCode.Ok);

        Assert.Equal(("Ended 3 logins.\n", ""), (run.Output, run.Error));
        Assert.Equal("""{"event":"logins_ended","profile":"default","ended":3}""", Assert.Single(programs.Events).GetRawText());
        Assert.All(_lines, line => Assert.Equal("DELETE /auth/device/logins?except=current", line));
    }

    [Fact]
    public async Task After_the_end_of_all_the_user_learns_that_this_one_has_ended_too()
    {
        using var shell = await SignedInAsync();

        var run = (await shell.RunAsync("logins", "end", "--all", "-p", "default")).Ended(ExitCode.Ok);

        Assert.Equal("Ended 3 logins.\n", run.Output);
        Assert.Contains("devicecode logout --profile default", run.Error, StringComparison.Ordinal);
        Assert.Equal(["DELETE /auth/device/logins"], _lines);
    }

    [Theory]
    [InlineData("Neither an id nor --all nor --others is given.")]
    [InlineData("An id, --all and --others exclude each other.", "--all", "--others")]
    [InlineData("An id, --all and --others exclude each other.", "--others", Laptop)]
    [InlineData("An id, --all and --others exclude each other.", "--all", Laptop)]
    public async Task One_way_to_choose_is_required(string message, params string[] args)
    {
        using var shell = await SignedInAsync();

        var run = (await shell.RunAsync(["logins", "end", .. args])).Ended(ExitCode.Usage);

        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Empty(_lines);
    }

    [Theory]
    [InlineData("insufficient_scope", 403, (int)ExitCode.Usage, "Sign in again with it: devicecode login --scope \"profile logins\"")]
    [InlineData("unauthorized", 401, (int)ExitCode.NotSignedIn, "Sign in again: devicecode login")]
    [InlineData("not_found", 404, (int)ExitCode.Usage, "To list the logins, run: devicecode logins")]
    public async Task An_error_names_the_command_that_fixes_it(string error, int status, int exitCode, string fix)
    {
        using var shell = await SignedInAsync();
        _respond = line => line.StartsWith("GET", StringComparison.Ordinal) && status == 404
            ? FakeProvider.Json(Json)
            : FakeProvider.Json($$"""{"error": "{{error}}", "error_description": "No."}""", status);

        var run = (await shell.RunAsync("logins", "end", "11111111-9d0e-4c55-8a55-2f6d1f2f7f10")).Ended(exitCode);

        Assert.EndsWith($"       {fix}\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_id_does_not_keep_the_others_signed_in()
    {
        using var shell = await SignedInAsync();
        var respond = _respond;
        _respond = line => line.EndsWith(Mine, StringComparison.Ordinal)
            ? FakeProvider.Json("""{"error": "not_found"}""", 404)
            : respond(line);

        var run = (await shell.RunAsync("logins", "end", "..", Mine, Laptop)).Ended(ExitCode.Usage);

        Assert.Equal($"Ended the login {Laptop}.\n", run.Output);
        Assert.Contains("Invalid login id \"..\".", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_invalid_id_is_not_sent()
    {
        using var shell = await SignedInAsync();

        var run = (await shell.RunAsync("logins", "end", "..")).Ended(ExitCode.Usage);

        Assert.Contains("Invalid login id \"..\".", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(_lines, line => line.StartsWith("DELETE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_profile_without_tokens_of_a_service_has_no_list()
    {
        using var provider = new FakeProvider
        {
            Instead = request => request.RequestUri!.AbsolutePath switch
            {
                "/login/device/code" => FakeProvider.Json($$"""
                    {"device_code": "{{FakeProvider.DeviceCode}}", "user_code": "WDJB-MJHT",
                    "verification_uri": "https://github.com/login/device", "expires_in": 900, "interval": 1}
                    """),
                "/login/oauth/access_token" => FakeProvider.Json("""{"access_token": "gho_0123456789", "token_type": "bearer"}"""),
                "/user" => FakeProvider.Json("""{"id": 1, "login": "alice"}"""),
                _ => null,
            },
        };
        using var shell = new Shell(provider);

        Assert.Contains("devicecode login", (await shell.RunAsync("logins")).Ended(ExitCode.NotSignedIn).Error, StringComparison.Ordinal);
        (await shell.RunAsync("login", "https://as.example")).Ended(ExitCode.Ok);
        Assert.Contains("--client-id", (await shell.RunAsync("logins")).Ended(ExitCode.NotSignedIn).Error, StringComparison.Ordinal);
        (await shell.RunAsync("login", "github", "--client-id", "cli", "-p", "github")).Ended(ExitCode.Ok);
        Assert.Contains(
            "They are listed at https://github.com/settings/",
            (await shell.RunAsync("logins", "-p", "github")).Ended(ExitCode.Usage).Error,
            StringComparison.Ordinal);
    }

    private async Task<Shell> SignedInAsync()
    {
        var shell = new Shell(new FakeProvider
        {
            Instead = request =>
            {
                if (!request.RequestUri!.AbsolutePath.StartsWith("/auth/device/logins", StringComparison.Ordinal))
                {
                    return null;
                }

                Assert.StartsWith("access-token-", request.Headers.Authorization!.Parameter, StringComparison.Ordinal);
                var line = $"{request.Method} {request.RequestUri.PathAndQuery}";
                _lines.Add(line);
                return _respond(line);
            },
        });
        (await shell.RunAsync("login", "https://as.example", "--client-id", "cli", "--scope", "profile")).Ended(ExitCode.Ok);
        return shell;
    }
}
