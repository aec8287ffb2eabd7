namespace DeviceCode.Cli.Tests.Commands;

using DeviceCode.Cli.Running;
using DeviceCode.Cli.Targets;
using DeviceCode.Client;

public sealed class TokenTests
{
    [Fact]
    public async Task It_is_the_token_and_a_newline()
    {
        using var shell = await SignedInAsync();

        var run = (await shell.RunAsync("token")).Ended(ExitCode.Ok);

        Assert.Equal(("access-token-00000001\n", ""), (run.Output, run.Error));
        Assert.Equal(0, shell.Provider.Refreshes);
    }

    [Fact]
    public async Task Programs_get_its_end_and_scope_too()
    {
        using var shell = await SignedInAsync();

        var token = Assert.Single((await shell.RunAsync("token", "--json")).Ended(ExitCode.Ok).Events);

        Assert.Equal(
            ("access-token-00000001", "Bearer", "profile"),
            (token.GetProperty("access_token").GetString(), token.GetProperty("token_type").GetString(), token.GetProperty("scope")
                .GetString()));
        Assert.True(token.GetProperty("expires_at").GetDateTimeOffset() > shell.Time.GetUtcNow());
    }

    [Fact]
    public async Task One_that_ends_within_a_minute_is_refreshed_and_kept()
    {
        using var shell = await SignedInAsync();
        shell.Time.Advance(TimeSpan.FromMinutes(59.5));

        var first = (await shell.RunAsync("token")).Ended(ExitCode.Ok);
        var second = (await shell.RunAsync("token")).Ended(ExitCode.Ok);

        Assert.Equal(("access-token-00000002\n", "access-token-00000002\n", 1), (first.Output, second.Output, shell.Provider.Refreshes));
    }

    [Fact]
    public async Task One_that_cannot_be_refreshed_says_to_sign_in_again()
    {
        using var shell = await SignedInAsync();
        shell.Time.Advance(TimeSpan.FromHours(2));
        var tokens = (await shell.Tokens.LoadAsync("default", CancellationToken.None))!;
        await shell.Tokens.SaveAsync("default", tokens with { RefreshToken = "spent-refresh-token" }, CancellationToken.None);

        var run = (await shell.RunAsync("token")).Ended(ExitCode.NotSignedIn);

        Assert.Equal("", run.Output);
        Assert.DoesNotContain("spent", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_is_signed_in()
    {
        using var shell = new Shell();

        Assert.Equal(
            "error: The profile \"work\" is not signed in.\n       Sign in: devicecode login URL --profile work\n",
            (await shell.RunAsync("token", "-p", "work")).Ended(ExitCode.NotSignedIn).Error);
    }

    [Fact]
    public async Task A_login_that_only_told_who_signed_in_has_none()
    {
        using var shell = new Shell();
        (await shell.RunAsync("login", "https://as.example")).Ended(ExitCode.Ok);

        Assert.Contains("--client-id", (await shell.RunAsync("token")).Ended(ExitCode.NotSignedIn).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{\"access_token\": \"half")]
    [InlineData("[]")]
    [InlineData("{\"a\": 1, \"a\": 2}")]
    [InlineData("{\"issued_by\": \"https://as.example/token\", \"access_token\": null}")]
    [InlineData("{\"issued_by\": \"https://as.example/token\", \"access_token\": \"two\\nlines\"}")]
    public async Task A_damaged_file_is_told_and_not_shown(string content)
    {
        using var shell = await SignedInAsync();
        await File.WriteAllTextAsync(shell.Secrets.PathOf("default"), content);

        var run = (await shell.RunAsync("token", "-v")).Ended(ExitCode.NotSignedIn);

        Assert.Equal(
            "error: The stored tokens of the profile \"default\" are damaged.\n       Sign in again: devicecode login --profile default\n",
            run.Error);
    }

    [Fact]
    public async Task Tokens_of_another_provider_are_none_and_go_nowhere()
    {
        using var shell = await SignedInAsync();
        var profile = shell.Profiles.Load("default")!;
        var target = Assert.IsType<LoginTarget.Provider>(profile.Target);
        shell.Profiles.Save("default", profile with
        {
            Target = target with
            {
                Server = target.Server with
                {
                    TokenEndpoint = new Uri("https://other.example/token"),
                    RevocationEndpoint = new Uri("https://other.example/revoke"),
                },
            },
        });
        shell.Time.Advance(TimeSpan.FromHours(2));
        shell.Provider.Requests.Clear();

        (await shell.RunAsync("token")).Ended(ExitCode.NotSignedIn);
        await shell.RunAsync("logout");

        Assert.Empty(shell.Provider.Requests);
    }

    [Fact]
    public async Task A_damaged_profile_is_mended_by_a_new_login()
    {
        using var shell = await SignedInAsync();
        await File.WriteAllTextAsync(Path.Combine(shell.Data, "default", "profile.json"), "{");

        (await shell.RunAsync("token")).Ended(ExitCode.Fault);
        (await shell.RunAsync("login", "https://as.example", "--client-id", "cli")).Ended(ExitCode.Ok);

        (await shell.RunAsync("token")).Ended(ExitCode.Ok);
    }

    [Fact]
    public async Task Profiles_do_not_know_of_each_other()
    {
        using var shell = await SignedInAsync();
        (await shell.RunAsync("login", "https://as.example", "--client-id", "cli", "-p", "work")).Ended(ExitCode.Ok);
        shell.Environment["DEVICECODE_PROFILE"] = "work";

        Assert.Equal("access-token-00000002\n", (await shell.RunAsync("token")).Output);
        Assert.Equal("access-token-00000001\n", (await shell.RunAsync("token", "--profile", "default")).Output);
    }

    [Fact]
    public async Task A_refresh_is_one_request_without_discovery()
    {
        using var shell = await SignedInAsync();
        shell.Time.Advance(TimeSpan.FromHours(2));
        shell.Provider.Requests.Clear();

        (await shell.RunAsync("token")).Ended(ExitCode.Ok);

        Assert.Equal("/token", Assert.Single(shell.Provider.Requests).Uri.AbsolutePath);
    }

    [Fact]
    public async Task A_new_token_can_be_forced()
    {
        using var shell = await SignedInAsync();

        Assert.Equal("access-token-00000002\n", (await shell.RunAsync("token", "--refresh")).Ended(ExitCode.Ok).Output);
        Assert.Equal("access-token-00000002\n", (await shell.RunAsync("token")).Ended(ExitCode.Ok).Output);
    }

    [Fact]
    public async Task A_forced_refresh_without_a_refresh_token_says_that_there_is_none()
    {
        using var shell = await SignedInAsync();
        var tokens = (await shell.Tokens.LoadAsync("default", CancellationToken.None))!;
        await shell.Tokens.SaveAsync("default", tokens with { RefreshToken = null }, CancellationToken.None);

        Assert.StartsWith("error: The login at as.example has no refresh token.\n",
            (await shell.RunAsync("token", "--refresh")).Ended(ExitCode.NotSignedIn).Error, StringComparison.Ordinal);
        (await shell.RunAsync("token")).Ended(ExitCode.Ok);
    }

    [Fact]
    public async Task New_tokens_that_cannot_be_stored_after_all_are_printed_with_a_warning()
    {
        var blocked = "";
        using var shell = await SignedInAsync(new FakeProvider
        {
            // The proof has succeeded by now.
            BeforeRefresh = () =>
            {
                File.Delete(blocked);
                Directory.CreateDirectory(blocked);
            },
        });
        blocked = shell.Secrets.PathOf("default");

        var run = (await shell.RunAsync("token", "--refresh")).Ended(ExitCode.Ok);

        Assert.Equal("access-token-00000002\n", run.Output);
        Assert.StartsWith("notice: the new tokens cannot be stored: ", run.Error, StringComparison.Ordinal);
        Assert.EndsWith("This access token is valid until it expires; then sign in again.\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_signed_in_is_asked_with_a_new_token_when_the_old_one_is_rejected()
    {
        using var shell = await SignedInAsync(new FakeProvider
        {
            Instead = request => request.Headers.Authorization?.Parameter == "access-token-00000001" ? FakeProvider.Json("{}", 401) : null,
        });

        Assert.Equal("Alice Example <alice@example.com>\n", (await shell.RunAsync("whoami")).Ended(ExitCode.Ok).Output);
        Assert.Equal("access-token-00000002\n", (await shell.RunAsync("token")).Ended(ExitCode.Ok).Output);
    }

    [Theory]
    [InlineData("https://as.example", "--client-id", "cli")]
    [InlineData("https://as.example")]
    public async Task The_tokens_of_a_replaced_login_are_revoked(params string[] target)
    {
        using var shell = await SignedInAsync();
        shell.Provider.Requests.Clear();

        var run = (await shell.RunAsync(["login", .. target])).Ended(ExitCode.Ok);

        Assert.EndsWith("notice: the tokens of the previous login were revoked.\n", run.Error, StringComparison.Ordinal);
        var paths = shell.Provider.Requests.Select(request => request.Uri.AbsolutePath).ToList();
        Assert.Equal(["/revoke", "/revoke"], paths[^2..]);
        Assert.All(shell.Provider.Requests.TakeLast(2),
            request => Assert.Contains("token-00000001", request.Body, StringComparison.Ordinal));
        if (target.Length > 1)
        {
            Assert.Equal("access-token-00000002\n", (await shell.RunAsync("token")).Ended(ExitCode.Ok).Output);
        }
        else
        {
            Assert.False(File.Exists(shell.Secrets.PathOf("default")));
        }
    }

    [Fact]
    public async Task A_replaced_login_that_cannot_be_revoked_does_not_fail_the_new_one()
    {
        using var shell = await SignedInAsync(
            new FakeProvider { Revocation = () => FakeProvider.Json("<html>", 500, "text/html") });

        var run = (await shell.RunAsync("login")).Ended(ExitCode.Ok);

        Assert.EndsWith("notice: the tokens of the previous login could not be revoked; they are valid until they expire.\n", run.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokens_that_a_provider_issues_again_are_not_revoked()
    {
        using var shell = await SignedInAsync(new FakeProvider
        {
            Instead = request => request.RequestUri!.AbsolutePath == "/token"
                ? FakeProvider.Json("""{"access_token": "always-the-same", "token_type": "Bearer"}""")
                : null,
        });

        (await shell.RunAsync("login")).Ended(ExitCode.Ok);

        Assert.DoesNotContain(shell.Provider.Requests, request => request.Uri.AbsolutePath == "/revoke");
    }

    [Fact]
    public async Task A_provider_that_would_end_the_new_login_too_is_not_asked()
    {
        using var shell = await SignedInAsync();
        var profile = shell.Profiles.Load("default")!;
        var target = (LoginTarget.Provider)profile.Target;
        shell.Profiles.Save(
            "default", profile with { Target = target with { Server = target.Server with { RevocationEndsAllLogins = true } } });

        (await shell.RunAsync("login")).Ended(ExitCode.Ok);

        Assert.DoesNotContain(shell.Provider.Requests, request => request.Uri.AbsolutePath == "/revoke");
    }

    internal static async Task<Shell> SignedInAsync(FakeProvider? provider = null)
    {
        var shell = new Shell(provider);
        (await shell.RunAsync("login", "https://as.example", "--client-id", "cli")).Ended(ExitCode.Ok);
        Assert.IsType<TokenSet>(await shell.Tokens.LoadAsync("default", CancellationToken.None));
        return shell;
    }
}
