namespace DeviceCode.Cli.Tests.Installed;

using System.Text.Json;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Tests.Processes;
using DeviceCode.Testing.Service;

/// <summary>Tests the installed tool against real servers: both kinds of login at the service, and npm's oidc-provider.</summary>
public sealed class InstalledToolTests(InstalledTool tool) : IClassFixture<InstalledTool>, IDisposable
{
    private const string Browser = "./dev installs the browser on Linux only.";

    private readonly string _folder = Directory.CreateTempSubdirectory("devicecode-installed-").FullName;

    private CliProcess Cli => new(_folder, tool.Path);

    [Fact]
    public async Task It_tells_its_version_and_helps()
    {
        // With a suffix, unless it is built from a tag.
        Assert.Matches(@"^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?\n$", (await Cli.RunAsync("--version")).Ended(ExitCode.Ok).Output);
        Assert.Contains("Examples:", (await Cli.RunAsync()).Ended(ExitCode.Ok).Output, StringComparison.Ordinal);
    }

    [Fact]
    [OnlyOnLinux(Browser)]
    public async Task It_learns_who_signed_in_from_the_service()
    {
        await using var service = await Server.ServiceAsync();

        var events = await LoginAsync(Approvals.InBrowserAsync, service.Address.AbsoluteUri);

        var complete = events[^1];
        Assert.Equal("complete", complete.GetProperty("event").GetString());
        Assert.Equal("https://example.com/account/api-keys", complete.GetProperty("api_keys_url").GetString());
        Assert.Equal("Alice Example <alice@example.com>\n", (await Cli.RunAsync("whoami")).Ended(ExitCode.Ok).Output);
        (await Cli.RunAsync("token")).Ended(ExitCode.NotSignedIn);
        (await Cli.RunAsync("logout")).Ended(ExitCode.Ok);
        (await Cli.RunAsync("status")).Ended(ExitCode.NotSignedIn);
    }

    [Fact]
    [OnlyOnLinux(Browser)]
    public async Task It_gets_tokens_from_the_service_and_revokes_them()
    {
        await using var service = await Server.ServiceAsync();

        await LoginAsync(
            Approvals.InBrowserAsync, service.Address.AbsoluteUri, "--client-id", "cli", "--scope", "profile email offline_access");

        var token = (await Cli.RunAsync("token")).Ended(ExitCode.Ok).Output.TrimEnd();
        Assert.Matches("^dca_[0-9A-Za-z]{71}$", token);
        var userinfo = new Uri(service.Address, "/oauth/userinfo").AbsoluteUri;
        var answer = (await Cli.RunAsync("request", "GET", userinfo)).Ended(ExitCode.Ok);
        Assert.Equal("alice@example.com", JsonElement.Parse(answer.Output).GetProperty("email").GetString());

        (await Cli.RunAsync("logout")).Ended(ExitCode.Ok);

        using var client = new HttpClient { DefaultRequestHeaders = { { "Authorization", $"Bearer {token}" } } };
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, (await client.GetAsync(userinfo)).StatusCode);
        (await Cli.RunAsync("token")).Ended(ExitCode.NotSignedIn);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [OnlyOnLinux(Browser)]
    public async Task It_keeps_a_credential_in_the_broker_of_the_service(bool isUser)
    {
        await using var service = await Server.ServiceAsync();
        var url = service.Address.AbsoluteUri;
        if (isUser)
        {
            await LoginAsync(Approvals.InBrowserAsync, url, "--client-id", "tools", "--scope", "creds profile");
        }

        string[] where = isUser ? [] : ["--service", url];
        await RunAsync(Approvals.InBrowserAsync, ExitCode.Ok, ["creds", "add", "self", "--json", .. where]);

        var token = (await Cli.RunAsync("creds", "token", "self")).Ended(ExitCode.Ok).Output.TrimEnd();
        Assert.Matches("^dca_[0-9A-Za-z]{71}$", token);
        using var client = new HttpClient { DefaultRequestHeaders = { { "Authorization", $"Bearer {token}" } } };
        var userinfo = new Uri(service.Address, "/oauth/userinfo");
        Assert.Contains("alice@example.com", await client.GetStringAsync(userinfo), StringComparison.Ordinal);
        Assert.Contains("alice@example.com", (await Cli.RunAsync("creds", "list")).Ended(ExitCode.Ok).Output, StringComparison.Ordinal);

        (await Cli.RunAsync("creds", "rm", "self")).Ended(ExitCode.Ok);
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, (await client.GetAsync(userinfo)).StatusCode);
        Assert.NotEqual(0, (await Cli.RunAsync("creds", "token", "self")).ExitCode);
    }

    [Fact]
    [OnlyOnLinux(Browser)]
    public async Task It_lists_the_logins_of_the_user_and_ends_them()
    {
        await using var service = await Server.ServiceAsync();
        string[] login = [service.Address.AbsoluteUri, "--client-id", "tools", "--scope", "profile offline_access logins"];
        await LoginAsync(Approvals.InBrowserAsync, login);
        await LoginAsync(Approvals.InBrowserAsync, [.. login, "-p", "laptop"]);

        var listed = (await Cli.RunAsync("logins", "--json")).Ended(ExitCode.Ok).Events;
        Assert.Equal([false, true], listed.Select(entry => entry.GetProperty("current").GetBoolean()));
        Assert.Contains("Example tools with credentials (this login)\n    Signed in ",
            (await Cli.RunAsync("logins")).Ended(ExitCode.Ok).Output, StringComparison.Ordinal);

        Assert.Equal("Ended 1 login.\n", (await Cli.RunAsync("logins", "end", "--others")).Ended(ExitCode.Ok).Output);
        (await Cli.RunAsync("whoami", "-p", "laptop")).Ended(ExitCode.NotSignedIn);
        (await Cli.RunAsync("whoami")).Ended(ExitCode.Ok);

        (await Cli.RunAsync("logins", "end", listed[1].GetProperty("id").GetString()!)).Ended(ExitCode.Ok);
        (await Cli.RunAsync("whoami")).Ended(ExitCode.NotSignedIn);
        (await Cli.RunAsync("logout")).Ended(ExitCode.Ok);
    }

    [Theory]
    [InlineData()]
    [InlineData("--client-id", "cli")]
    [OnlyOnLinux(Browser)]
    public async Task It_signs_in_to_a_service_below_a_path(params string[] args)
    {
        await using var proxy = await PathProxy.StartAsync("/login");
        await using var service = await Server.ServiceAsync(proxy.PublicUrl);
        proxy.Service = service.Address;

        await LoginAsync(Approvals.InBrowserAsync, [proxy.PublicUrl.AbsoluteUri, .. args]);

        Assert.Equal("Alice Example <alice@example.com>\n", (await Cli.RunAsync("whoami")).Ended(ExitCode.Ok).Output);
    }

    [Theory]
    [InlineData()]
    [InlineData("--client-id", "cli")]
    [OnlyOnLinux(Browser)]
    public async Task It_hears_a_no(params string[] args)
    {
        await using var service = await Server.ServiceAsync();

        var events = await LoginAsync(Approvals.DenyInBrowserAsync, exitCode: ExitCode.Denied, [service.Address.AbsoluteUri, .. args]);

        Assert.Equal("denied", events[^1].GetProperty("error").GetString());
    }

    [Fact]
    public async Task It_signs_in_to_oidc_provider_by_discovery_and_refreshes()
    {
        await using var server = await Server.OidcProviderAsync();

        await LoginAsync(
            Approvals.ByFormsAsync, server.Address.AbsoluteUri, "--client-id", "cli", "--scope", "openid profile email offline_access");

        Assert.Equal("Alice Example <alice@example.com>\n", (await Cli.RunAsync("whoami")).Ended(ExitCode.Ok).Output);
        var first = (await Cli.RunAsync("token")).Ended(ExitCode.Ok).Output;

        // Its access tokens are valid for 62 seconds, and the command refreshes a token a minute before it expires.
        await Task.Delay(TimeSpan.FromSeconds(3));
        var second = (await Cli.RunAsync("token")).Ended(ExitCode.Ok).Output;
        Assert.NotEqual(first, second);

        var me = new Uri(server.Address, "/me").AbsoluteUri;
        Assert.Contains(
            "alice@example.com", (await Cli.RunAsync("request", "GET", me)).Ended(ExitCode.Ok).Output, StringComparison.Ordinal);
        (await Cli.RunAsync("logout")).Ended(ExitCode.Ok);
        (await Cli.RunAsync("whoami")).Ended(ExitCode.NotSignedIn);
    }

    [Fact]
    public async Task Without_a_client_id_oidc_provider_is_told_from_a_service()
    {
        await using var server = await Server.OidcProviderAsync();

        Assert.Contains("--client-id ID", (await Cli.RunAsync("login", server.Address.AbsoluteUri)).Ended(ExitCode.Usage).Error,
            StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<IReadOnlyList<JsonElement>> LoginAsync(Approval approve, params string[] args) => LoginAsync(approve, ExitCode.Ok, args);

    private Task<IReadOnlyList<JsonElement>> LoginAsync(Approval approve, ExitCode exitCode, string[] args) =>
        RunAsync(approve, exitCode, ["login", "--json", .. args]);

    private async Task<IReadOnlyList<JsonElement>> RunAsync(Approval approve, ExitCode exitCode, string[] args)
    {
        var first = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var run = Cli.RunAsync(args, line => first.TrySetResult(line));
        if (await Task.WhenAny(first.Task, run) == run && !first.Task.IsCompleted)
        {
            Assert.Fail((await run).Error);
        }

        var code = JsonElement.Parse(await first.Task);
        Assert.True(code.TryGetProperty("verification_uri_complete", out var page), await first.Task);
        await approve(new Uri(page.GetString()!));
        return (await run).Ended(exitCode).Events;
    }
}
