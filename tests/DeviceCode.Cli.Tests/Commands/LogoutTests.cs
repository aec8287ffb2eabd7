namespace DeviceCode.Cli.Tests.Commands;

using DeviceCode.Cli.Running;
using DeviceCode.Cli.Targets;

public sealed class LogoutTests
{
    [Fact]
    public async Task Tokens_are_revoked_then_forgotten()
    {
        using var shell = await TokenTests.SignedInAsync();

        Assert.Equal("Signed out of as.example.\n", (await shell.RunAsync("logout")).Ended(ExitCode.Ok).Output);

        Assert.Contains(shell.Provider.Requests, request => request.Uri.AbsolutePath == "/revoke"
            && request.Body.Contains("refresh-token-00000001", StringComparison.Ordinal));
        Assert.Equal(["lock"], Directory.GetFiles(shell.Data, "*", SearchOption.AllDirectories).Select(Path.GetFileName));
        (await shell.RunAsync("token")).Ended(ExitCode.NotSignedIn);
        (await shell.RunAsync("logout")).Ended(ExitCode.NotSignedIn);
    }

    [Fact]
    public async Task Where_nothing_can_be_revoked_it_says_so()
    {
        using var shell = await TokenTests.SignedInAsync(new FakeProvider { CanRevoke = false });

        var run = (await shell.RunAsync("logout")).Ended(ExitCode.Ok);

        Assert.Equal("notice: as.example cannot revoke tokens, so they are valid until they expire.\n", run.Error);
        Assert.Null(shell.Profiles.Load("default"));
    }

    [Fact]
    public async Task A_server_that_does_not_revoke_them_does_not_keep_anybody_signed_in()
    {
        using var shell = await TokenTests.SignedInAsync(
            new FakeProvider { Revocation = () => FakeProvider.Json("<html>", 500, "text/html") });

        (await shell.RunAsync("logout")).Ended(ExitCode.Network);

        Assert.Null(shell.Profiles.Load("default"));
        Assert.Null(await shell.Secrets.LoadAsync("default", default));
    }

    [Fact]
    public async Task A_logout_that_cannot_revoke_forgets_the_tokens_and_says_that_they_are_still_good()
    {
        using var shell = await TokenTests.SignedInAsync();
        var profile = shell.Profiles.Load("default")!;
        shell.Profiles.Save(
            "default", profile with { Target = (LoginTarget.Provider)profile.Target with { ClientSecretFile = "/nowhere/secret" } });

        var run = (await shell.RunAsync("logout")).Ended(ExitCode.Usage);

        Assert.StartsWith("notice: the tokens were deleted here but not revoked: they are valid until they expire.\n", run.Error,
            StringComparison.Ordinal);
        Assert.Null(await shell.Secrets.LoadAsync("default", default));
        Assert.Null(shell.Profiles.Load("default"));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    public async Task A_damaged_profile_is_forgotten_with_all_that_belongs_to_it(string content)
    {
        using var shell = await TokenTests.SignedInAsync();
        (await shell.RunAsync("login", "https://as.example", "--no-wait")).Ended(ExitCode.Ok);
        var folder = Path.Combine(shell.Data, "default");
        await File.WriteAllTextAsync(Path.Combine(folder, "profile.json"), content);
        await File.WriteAllTextAsync(Path.Combine(folder, $"tokens.json.{Guid.NewGuid():N}"), "a killed write");

        var run = (await shell.RunAsync("logout")).Ended(ExitCode.Ok);

        Assert.Equal("Deleted the profile \"default\".\n", run.Output);
        Assert.Contains("not revoked: they are valid until they expire.", run.Error, StringComparison.Ordinal);
        Assert.Equal(["lock"], Directory.GetFiles(folder).Select(Path.GetFileName));
        (await shell.RunAsync("logout")).Ended(ExitCode.NotSignedIn);
    }

    [Fact]
    public async Task Damaged_tokens_are_forgotten_too()
    {
        using var shell = await TokenTests.SignedInAsync();
        await File.WriteAllTextAsync(shell.Secrets.PathOf("default"), "{");

        var run = await shell.RunAsync("logout");

        Assert.Contains("not revoked", run.Error, StringComparison.Ordinal);
        Assert.Equal(["lock"], Directory.GetFiles(Path.Combine(shell.Data, "default")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Drafts_of_killed_writes_and_pending_logins_are_deleted()
    {
        using var shell = await TokenTests.SignedInAsync();
        var folder = Path.Combine(shell.Data, "default");
        (await shell.RunAsync("login", "https://as.example", "--no-wait")).Ended(ExitCode.Ok);
        foreach (var file in new[] { "tokens.json", "profile.json" })
        {
            await File.WriteAllTextAsync(Path.Combine(folder, $"{file}.{Guid.NewGuid():N}"), "a killed write");
        }

        (await shell.RunAsync("logout")).Ended(ExitCode.Ok);

        Assert.Equal(["lock"], Directory.GetFiles(folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task What_is_left_without_a_profile_is_deleted_too()
    {
        using var shell = await TokenTests.SignedInAsync();
        var folder = Path.Combine(shell.Data, "default");
        File.Delete(Path.Combine(folder, "profile.json"));

        (await shell.RunAsync("logout")).Ended(ExitCode.NotSignedIn);

        Assert.Equal(["lock"], Directory.GetFiles(folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_login_without_tokens_is_just_forgotten()
    {
        using var shell = new Shell();
        (await shell.RunAsync("login", "https://as.example")).Ended(ExitCode.Ok);
        var requests = shell.Provider.Requests.Count;

        var run = (await shell.RunAsync("logout", "--json")).Ended(ExitCode.Ok);

        Assert.Equal(["signed_out"], run.EventNames);
        Assert.Equal(requests, shell.Provider.Requests.Count);
        Assert.Empty(shell.Profiles.Names);
    }
}
