namespace DeviceCode.LocalHost.Tests;

using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using DeviceCode.Testing;

/// <summary>The commands in the documents, run as they are printed.</summary>
public sealed partial class DocumentedCommandTests(Azurite azurite)
{
    // These values differ in each run.
    private static readonly string[] Drawn =
        ["device_code", "user_code", "verification_uri_complete", "access_token", "refresh_token", "session", "expires_in", "exp", "iat"];

    [Theory]
    [InlineData("README.md", 4)]
    [InlineData("docs/oauth.md", 6)]
    [InlineData("docs/broker.md", 5)]
    [InlineData("docs/logins.md", 5)]
    public async Task The_curl_commands_return_the_printed_responses(string document, int commands)
    {
        await using var host = await HostProcess.StartAsIssuerAsync(azurite.ConnectionString, []);
        var actual = new Dictionary<string, string> { ["http://localhost:7071"] = host.Address.AbsoluteUri.TrimEnd('/') };
        var examples = Example.Matches(await File.ReadAllTextAsync(Path.Combine(Repository.Root, document)));
        Assert.Equal(commands, examples.Count);
        foreach (var (command, printed) in examples.Select(example => (example.Groups[1].Value, example.Groups[2].Value)))
        {
            var response = await Script.BashAsync($"curl --silent --show-error {Actual(command)}");

            var (expected, returned) = (Members(printed), Members(response));
            Assert.Equal(expected.Keys, returned.Keys);
            foreach (var (name, value) in expected.Where(member => Drawn.Contains(member.Key)))
            {
                Assert.Equal(Actual(value).Length, returned[name].Length);
                actual[value] = returned[name];
            }

            Assert.Equal(
                expected.Where(member => !Drawn.Contains(member.Key)).Select(member => (member.Key, Actual(member.Value))),
                returned.Where(member => !Drawn.Contains(member.Key)).Select(member => (member.Key, member.Value)));
        }

        string Actual(string text) =>
            actual.Aggregate(text, (changed, pair) => changed.Replace(pair.Key, pair.Value, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_documented_client_secret_needs_no_encoding_and_has_the_printed_hash()
    {
        var document = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "oauth.md"));
        var recipe = Recipe.Match(document).Value;
        for (var i = 0; i < 10; i++)
        {
            var lines = (await Script.BashAsync(recipe)).Split('\n');
            Assert.Matches("^[A-Za-z0-9._~-]{43,}$", lines[0]);
            var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(lines[0])));
            Assert.StartsWith(hash, lines[1], StringComparison.Ordinal);
        }
    }

    private static Dictionary<string, string> Members(string json) =>
        JsonElement.Parse(json).EnumerateObject().ToDictionary(member => member.Name, member => member.Value.ToString());

    [GeneratedRegex(@"^\$ curl (.+)\n(\{.+\})$", RegexOptions.Multiline)]
    private static partial Regex Example { get; }

    [GeneratedRegex(@"^secret=.+$", RegexOptions.Multiline)]
    private static partial Regex Recipe { get; }
}
