namespace DeviceCode.Cli.Tests.Commands;

using DeviceCode.Cli.Running;

public sealed class StatusTests
{
    [Fact]
    public async Task It_lists_the_profiles_and_asks_nobody()
    {
        using var shell = await TokenTests.SignedInAsync();
        (await shell.RunAsync("login", "https://as.example", "-p", "who")).Ended(ExitCode.Ok);
        var requests = shell.Provider.Requests.Count;

        var run = (await shell.RunAsync("status")).Ended(ExitCode.Ok);

        Assert.Equal(
            $"""
             * default: as.example, Alice Example <alice@example.com>
                 The access token is valid for 60 minutes, then it is refreshed.
                 Scope: profile
                 Tokens: {shell.Secrets.PathOf("default")}
               who: as.example, Alice Example <alice@example.com>
                 There is no token, because the login was without a client id.
                 API keys: https://as.example/keys

             """,
            run.Output);
        Assert.Equal(requests, shell.Provider.Requests.Count);
        Assert.DoesNotContain("who", (await shell.RunAsync("status", "-p", "default")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Programs_get_a_line_a_profile()
    {
        using var shell = await TokenTests.SignedInAsync();
        shell.Time.Advance(TimeSpan.FromHours(2));

        var status = Assert.Single((await shell.RunAsync("status", "--json")).Ended(ExitCode.Ok).Events);

        Assert.Equal(("default", "expired"), (status.GetProperty("profile").GetString(), status.GetProperty("state").GetString()));
        Assert.True(status.GetProperty("is_default").GetBoolean() && status.GetProperty("is_renewable").GetBoolean());
        Assert.DoesNotContain("token-0", status.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokens_that_are_of_no_use_any_more_are_told_by_the_exit_code()
    {
        using var shell = await TokenTests.SignedInAsync();
        File.Delete(shell.Secrets.PathOf("default"));

        var run = (await shell.RunAsync("status")).Ended(ExitCode.NotSignedIn);

        Assert.Contains("sign in again", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_is_signed_in()
    {
        using var shell = new Shell();
        Assert.Equal("", (await shell.RunAsync("status")).Ended(ExitCode.NotSignedIn).Output);
    }

    [Fact]
    public async Task Whoami_asks_the_provider_or_remembers_the_login()
    {
        using var shell = await TokenTests.SignedInAsync();
        (await shell.RunAsync("login", "https://as.example", "-p", "who")).Ended(ExitCode.Ok);

        var asked = Assert.Single((await shell.RunAsync("whoami", "--json")).Ended(ExitCode.Ok).Events);
        var remembered = (await shell.RunAsync("whoami", "-p", "who")).Ended(ExitCode.Ok);

        Assert.Equal(("alice", "alice@example.com"), (asked.GetProperty("subject").GetString(), asked.GetProperty("email").GetString()));
        Assert.Equal("Alice Example <alice@example.com>\n", remembered.Output);
        Assert.Equal(
            "Bearer access-token-00000001", shell.Provider.Requests.Last(request => request.Uri.AbsolutePath == "/userinfo").Authorization);
    }
}
