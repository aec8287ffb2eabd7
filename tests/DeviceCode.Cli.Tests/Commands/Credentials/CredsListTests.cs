namespace DeviceCode.Cli.Tests.Commands.Credentials;

using DeviceCode.Cli.Running;

public sealed class CredsListTests
{
    private const string Pending = "urn:ietf:params:oauth:grant-type:device_code";

    [Fact]
    public async Task It_lists_the_credentials_their_states_and_what_to_do()
    {
        var broker = new FakeBroker().Add("github").Add("work", "google", Pending).Add("old", "gitlab", error: "invalid_grant");
        using var shell = await broker.SignedInAsync();

        var run = (await shell.RunAsync("creds", "list")).Ended(ExitCode.Ok);

        Assert.Equal(
            """
            github: github, alice
                It is ready; the token is valid for 8 hours, then it is refreshed.
                Scope: repo
            work: google, alice
                It waits for its approval. To continue: devicecode creds token work --wait
                Scope: repo
            old: gitlab, alice
                It has ended (invalid_grant). To renew it: devicecode creds add gitlab --name old --replace
                Scope: repo

            """,
            run.Output);
        shell.Time.Advance(TimeSpan.FromHours(9));
        Assert.Contains("It is ready; the next command refreshes the token.", (await shell.RunAsync("creds", "list")).Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Programs_get_a_line_a_credential()
    {
        var broker = new FakeBroker().Add("github").Add("old", "gitlab", error: "invalid_grant");
        using var shell = await broker.SignedInAsync();

        var run = (await shell.RunAsync("creds", "list", "--json")).Ended(ExitCode.Ok);

        Assert.Equal(["ready", "ended"], run.Events.Select(entry => entry.GetProperty("status").GetString()));
        Assert.Equal("invalid_grant", run.Events[1].GetProperty("error").GetString());
        Assert.Equal(
            new DateTimeOffset(2026, 11, 21, 20, 0, 0, TimeSpan.Zero), run.Events[0].GetProperty("expires_at").GetDateTimeOffset());
    }

    [Fact]
    public async Task An_empty_list_says_so_to_people_only()
    {
        var broker = new FakeBroker();
        using var shell = await broker.SignedInAsync();

        var run = (await shell.RunAsync("creds", "list")).Ended(ExitCode.Ok);

        Assert.Equal(
            ("", "notice: there are no credentials at as.example. To add one: devicecode creds add PROVIDER\n"), (run.Output, run.Error));
    }

    [Fact]
    public async Task Providers_are_listed_also_without_a_login()
    {
        var broker = new FakeBroker();
        using var shell = broker.WithoutLogin();

        var people = (await shell.RunAsync("creds", "providers")).Ended(ExitCode.Ok);
        var programs = (await shell.RunAsync("creds", "providers", "--json")).Ended(ExitCode.Ok);

        Assert.Equal("github        GitHub, with the scopes repo read:user\ngoogle-work   Google\n", people.Output);
        Assert.Equal(
            """{"id":"github","name":"GitHub","grants":["refresh_token"],"scopes":["repo","read:user"]}""",
            programs.Events[0].GetRawText());
        Assert.False(shell.Sessions.Exists("default"));
        Assert.All(broker.Requests, request => Assert.Null(request.Bearer));
    }

    [Fact]
    public async Task Credentials_are_deleted_one_by_one()
    {
        var broker = new FakeBroker().Add("github").Add("gitlab");
        using var shell = await broker.SignedInAsync();

        var run = (await shell.RunAsync("creds", "rm", "github", "gitlab")).Ended(ExitCode.Ok);

        Assert.Equal(
            "Deleted the credential \"github\" and revoked its tokens.\nDeleted the credential \"gitlab\" and revoked its tokens.\n",
            run.Output);
        Assert.Empty(broker.Credentials);
    }

    [Fact]
    public async Task A_credential_that_was_not_revoked_says_where_it_can_be()
    {
        var broker = new FakeBroker { Revokes = false }.Add("github").Add("gitlab");
        using var shell = await broker.SignedInAsync();

        var people = (await shell.RunAsync("creds", "rm", "github")).Ended(ExitCode.Ok);
        var programs = (await shell.RunAsync("creds", "rm", "gitlab", "--json")).Ended(ExitCode.Ok);

        Assert.Equal("Deleted the credential \"github\".\n", people.Output);
        Assert.Equal(
            "notice: the tokens of \"github\" were not revoked, and are valid until they expire; "
            + "you can revoke the approval at https://github.com/settings.\n",
            people.Error);
        Assert.Equal(
            """{"event":"deleted","name":"gitlab","revoked":false,"approvals_page":"https://github.com/settings"}""",
            programs.Events[0].GetRawText());
    }

    [Fact]
    public async Task All_credentials_of_a_user_are_deleted_and_the_session_beside_them_is_ended()
    {
        var broker = new FakeBroker();
        using var shell = broker.WithoutLogin();
        (await shell.RunAsync("creds", "add", "github")).Ended(ExitCode.Ok);
        (await shell.RunAsync("login", "https://as.example", "--client-id", "cli", "--scope", "creds")).Ended(ExitCode.Ok);
        broker.Before = line =>
        {
            if (line == "DELETE /creds")
            {
                broker.Before = null;
                broker.Instead = _ =>
                {
                    broker.Instead = _ => null;
                    broker.Credentials.Clear();
                    broker.Add("gitlab");
                    return FakeProvider.Json("{}");
                };
            }
        };

        var run = (await shell.RunAsync("creds", "rm", "--all")).Ended(ExitCode.Ok);

        Assert.Equal(
            "Ended the session at as.example and deleted its credentials.\nDeleted the credential \"gitlab\" and revoked its tokens.\n",
            run.Output);
        Assert.Equal(["DELETE /creds", "GET /creds", "DELETE /creds/gitlab"], broker.Lines[^3..]);
    }

    [Theory]
    [InlineData("Neither a name nor --all is given.")]
    [InlineData("--all deletes all credentials, so the names have no effect.", "github", "--all")]
    [InlineData("Invalid credential name \"A\".", "github", "A")]
    public async Task What_would_delete_something_else_is_refused(string problem, params string[] args)
    {
        var broker = new FakeBroker().Add("github");
        using var shell = await broker.SignedInAsync();

        var run = (await shell.RunAsync(["creds", "rm", .. args])).Ended(ExitCode.Usage);

        Assert.StartsWith($"error: {problem}\n", run.Error, StringComparison.Ordinal);
        Assert.Empty(broker.Requests);
    }

    [Fact]
    public async Task A_credential_that_does_not_exist_cannot_be_deleted()
    {
        var broker = new FakeBroker();
        using var shell = await broker.SignedInAsync();

        Assert.EndsWith("       To list the credentials, run: devicecode creds list\n",
            (await shell.RunAsync("creds", "rm", "github")).Ended(ExitCode.NotSignedIn).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("There is no command \"creds lst\".", "Did you mean \"devicecode creds list\"? For help, run: devicecode creds --help",
        "creds", "lst")]
    [InlineData("There is no command \"creds frobnicate\".", "For help, run: devicecode creds --help", "help", "creds", "frobnicate")]
    [InlineData("There is no command \"cred\".", "Did you mean \"devicecode creds\"? For help, run: devicecode --help", "cred", "list")]
    [InlineData("\"devicecode creds list\" has no option --servce.", "Did you mean --service? For help, run: devicecode creds list --help",
        "creds", "list", "--servce", "x")]
    public async Task A_mistyped_name_is_answered_with_the_nearest_one(string problem, string fix, params string[] args)
    {
        using var shell = new Shell();

        Assert.Equal($"error: {problem}\n       {fix}\n", (await shell.RunAsync(args)).Ended(ExitCode.Usage).Error);
    }

    [Fact]
    public async Task Without_a_subcommand_there_is_help()
    {
        using var shell = new Shell();

        var help = (await shell.RunAsync("creds", "--help")).Ended(ExitCode.Ok).Output;

        Assert.Contains("devicecode creds add github", help, StringComparison.Ordinal);
        Assert.Equal(help, (await shell.RunAsync("creds")).Ended(ExitCode.Ok).Output);
        Assert.Equal(help, (await shell.RunAsync("help", "creds")).Ended(ExitCode.Ok).Output);
        Assert.Equal(
            (await shell.RunAsync("creds", "token", "--help")).Output, (await shell.RunAsync("help", "creds", "token")).Output);
    }
}
