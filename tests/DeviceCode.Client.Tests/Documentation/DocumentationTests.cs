namespace DeviceCode.Client.Tests.Documentation;

using System.Text.RegularExpressions;
using DeviceCode.Client.Tests.Broker;
using DeviceCode.Client.Tests.Service;
using DeviceCode.Testing;

/// <summary>Checks that the examples in docs/client.md and the package's README are the ones that run here.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string[] Documents = ["docs/client.md", "src/DeviceCode.Client/README.md"];

    // The examples print to the console.
    static DocumentationTests()
    {
        Console.SetOut(TextWriter.Null);
        Console.SetError(TextWriter.Null);
    }

    [Fact]
    public void Every_example_that_is_printed_is_one_that_runs()
    {
        var printed = Documents.SelectMany(document => CodeBlocks.Matches(Read(document)).Select(block => block.Groups[1].Value.Trim()))
            .ToList();
        var running = Regions.Matches(File.ReadAllText(Source())).Select(region => Printed(region.Groups[2].Value)).ToList();

        Assert.NotEmpty(printed);
        Assert.Empty(printed.Except(running));
        Assert.Empty(running.Except(printed));
    }

    [Fact]
    public async Task The_examples_run()
    {
        using var service = new LiveService();

        var tokens = await service.RunAsync(_ => Examples.SignInAsync(service));
        Assert.Equal("Alice Liddell", await Examples.CallAsync(service.Login, tokens, service.Lend()));
        Assert.Equal(DeviceLoginFailure.SignInAgain,
            (await Assert.ThrowsAsync<DeviceLoginException>(() => service.Login.RefreshAsync(tokens))).Failure);

        var user = await service.RunAsync(_ => Examples.WhoAsync(service));
        Assert.Equal("Alice Liddell", user.DisplayName);
    }

    [Fact]
    public async Task The_example_of_the_package_signs_in_to_GitHub()
    {
        using var server = new ScriptedServer().Respond(ScriptedServer.Codes).Pending().Respond(ScriptedServer.Tokens);

        var tokens = await server.RunAsync(() => Examples.GitHubAsync(server.Transport));

        Assert.Equal("at-1", tokens.AccessToken);
        Assert.Equal("https://github.com/login/device/code", server.Requests[0].Uri.AbsoluteUri);
        Assert.Equal(("your-client-id", "read:user"), (server.Requests[0].Form["client_id"], server.Requests[0].Form["scope"]));
    }

    [Fact]
    public async Task The_three_steps_run()
    {
        using var server = new ScriptedServer().Respond(ScriptedServer.Codes).Pending().Respond(ScriptedServer.Tokens);
        var prompt = new RecordingPrompt();

        var tokens = await server.RunAsync(() => Examples.StepByStepAsync(server.Options, prompt, CancellationToken.None));

        Assert.Equal("at-1", tokens.AccessToken);
        Assert.Equal(2, prompt.Reports.Count);
    }

    [Fact]
    public async Task The_code_that_is_kept_can_be_read()
    {
        using var server = new ScriptedServer().Respond(ScriptedServer.Codes);
        var authorization = await new DeviceLogin(server.Options).RequestAsync();

        Assert.Equal(authorization,
            System.Text.Json.JsonSerializer.Deserialize(Examples.Keep(authorization), ClientJson.Default.DeviceAuthorization));
    }

    [Fact]
    public async Task The_examples_of_credentials_run()
    {
        using var broker = new ScriptedServer().Respond(BrokerScript.PendingJson).Respond(BrokerScript.TokenJson);
        broker.Respond(BrokerScript.TokenJson);
        using var api = new ScriptedServer().Respond("alice").Forever();
        var store = new InMemoryTokenStore();
        await store.SaveAsync("example", new TokenSet { AccessToken = "at-user-secret" }, CancellationToken.None);

        Assert.Equal("alice", await broker.RunAsync(() => Examples.CredentialAsync(
            new StoredTokens(new DeviceLogin(broker.Options), store, "example"), broker.Transport, api)));
        Assert.All(api.Requests, request => Assert.Contains(BrokerScript.AccessToken, request.Headers, StringComparison.Ordinal));

        var stored = "";
        using var anonymous = new ScriptedServer()
            .Respond($$"""{"session": "{{BrokerScript.Session}}", {{BrokerScript.PendingJson[1..]}}""").Respond(BrokerScript.TokenJson);
        var (session, token) = await Examples.SessionAsync(anonymous.Transport, secret => stored = secret);
        Assert.Equal((BrokerScript.Session, BrokerScript.Session), (session, stored));
        Assert.IsType<CredentialResponse.Token>(token);
        Assert.Contains(session, anonymous.Requests[1].Headers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_example_of_logins_ends_the_others()
    {
        using var server = new ScriptedServer()
            .Respond("""{"logins": [{"id": "5f0c7a52-9d0e-4c55-8a55-2f6d1f2f7f10", "client_id": "cli"}]}""").Respond("""{"ended": 1}""");
        var store = new InMemoryTokenStore();
        await store.SaveAsync("example", new TokenSet { AccessToken = "at-user-secret" }, CancellationToken.None);

        await Examples.LoginsAsync(new StoredTokens(new DeviceLogin(server.Options), store, "example"), server.Transport);

        Assert.Equal(["GET /auth/device/logins", "DELETE /auth/device/logins?except=current"], server.Lines());
    }

    [Theory]
    [InlineData("access_denied", 2)]
    [InlineData("expired_token", 1)]
    public async Task The_failing_example_fails(string error, int exitCode)
    {
        using var server = new ScriptedServer().Respond(ScriptedServer.Codes).Error(error);

        Assert.Equal(exitCode, await server.RunAsync(() => Examples.FailAsync(server.Options, new RecordingPrompt())));
    }

    [Fact]
    public void Every_kind_of_failure_and_every_provider_is_explained()
    {
        var document = Read("docs/client.md");

        Assert.All(Enum.GetNames<DeviceLoginFailure>(), failure => Assert.Contains($"| `{failure}` |", document, StringComparison.Ordinal));
        Assert.All(
            typeof(Providers)
                .GetMembers(
                System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.DeclaredOnly)
                .Select(member => member.Name).Where(name => !name.StartsWith("get_", StringComparison.Ordinal)),
            provider => Assert.Contains($"| `Providers.{provider}", document, StringComparison.Ordinal));
    }

    private static string Read(string document) => File.ReadAllText(Path.Combine(Repository.Root, document));

    private static string Source() => Path.Combine(Repository.Root, "tests", "DeviceCode.Client.Tests", "Documentation", "Examples.cs");

    // The lines as the document prints them: without the indentation of the first one, and with what follows "printed:" instead of the
    // test's code.
    private static string Printed(string region)
    {
        var lines = region.Trim('\n').Split('\n');
        var indentation = lines[0].Length - lines[0].TrimStart().Length;
        var printed = new List<string>();
        var skipsNext = false;
        foreach (var line in lines.Select(line => line.Length > indentation ? line[indentation..].TrimEnd() : ""))
        {
            if (skipsNext)
            {
                skipsNext = false;
            }
            else if (Replacements.Match(line) is { Success: true } replacement)
            {
                skipsNext = line.TrimStart().StartsWith("// printed:", StringComparison.Ordinal);
                if (replacement.Groups[2].Length > 0)
                {
                    printed.Add(replacement.Groups[1].Value + replacement.Groups[2].Value);
                }
            }
            else
            {
                printed.Add(line);
            }
        }

        return string.Join('\n', printed).Trim();
    }

    [GeneratedRegex(@"```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlocks { get; }

    [GeneratedRegex(@"(?<!/)// <([\w ]+)>\n(.*?)\s*// </\1>", RegexOptions.Singleline)]
    private static partial Regex Regions { get; }

    [GeneratedRegex(@"^(\s*).*// printed:\s?(.*)$")]
    private static partial Regex Replacements { get; }
}
