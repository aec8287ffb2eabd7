namespace DeviceCode.Cli.Tests.Documentation;

using System.Text.Json;
using System.Text.RegularExpressions;
using DeviceCode.Cli.Commands;
using DeviceCode.Cli.Commands.Credentials;
using DeviceCode.Cli.Configuration;
using DeviceCode.Cli.Login.Views;
using DeviceCode.Cli.Running;
using DeviceCode.Testing;

/// <summary>Checks docs/cli.md and the help against the command.</summary>
public sealed class DocumentationTests
{
    private static readonly string Document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "cli.md"));

    [Fact]
    public void Every_exit_code_is_documented_with_its_name()
    {
        var documented = Regex.Matches(Document, @"^\| (\d+) \| (?:`(\w+)` )?\|", RegexOptions.Multiline)
            .Select(row => (int.Parse(row.Groups[1].Value, null), row.Groups[2].Value));

        Assert.Equal(Enum.GetValues<ExitCode>().Select(code => ((int)code, code == ExitCode.Ok ? "" : code.ToName())), documented);
    }

    [Fact]
    public async Task Every_command_and_option_is_documented_or_helps_with_an_example()
    {
        using var shell = new Shell();
        var help = (await shell.RunAsync("--help")).Ended(ExitCode.Ok).Output;
        var commands = Regex.Match(help, "Commands:\n(.*?)\n\n", RegexOptions.Singleline).Groups[1].Value.Split('\n')
            .Select(line => line.Trim().Split(' ')[0]).ToList();

        Assert.Equal(12, commands.Count);
        foreach (var command in commands)
        {
            Assert.Contains($"\n| `{command}", Document, StringComparison.Ordinal);
            var examples = (await shell.RunAsync(command, "--help")).Ended(ExitCode.Ok).Output.Split("Examples:\n")[^1];
            Assert.Contains($"devicecode {command}", examples, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Every_subcommand_is_documented_and_helps_with_an_example()
    {
        using var shell = new Shell();
        var root = new CommandLine(shell.CreateEnvironment(TextWriter.Null, TextWriter.Null, Stream.Null)).CreateRoot();

        foreach (var command in root.Subcommands)
        {
            foreach (var subcommand in command.Subcommands)
            {
                var name = $"{command.Name} {subcommand.Name}";
                Assert.Contains($"\n| `{name}", Document, StringComparison.Ordinal);
                var help = (await shell.RunAsync(command.Name, subcommand.Name, "--help")).Ended(ExitCode.Ok).Output;
                Assert.Contains($"devicecode {name}", help.Split("Examples:\n")[^1], StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task The_example_of_a_credential_prints_what_the_document_shows()
    {
        var example = Regex.Match(Document, @"```console\n\$ devicecode (creds add .*?)\n(.*?)\n\n\$ ", RegexOptions.Singleline);
        var broker = new FakeBroker();
        using var shell = await broker.SignedInAsync();

        var run = (await shell.RunAsync(example.Groups[1].Value.Split(' '))).Ended(ExitCode.Ok);

        Assert.Equal(example.Groups[2].Value, (run.Error + run.Output).Replace("as.example", "login.example.com").TrimEnd());
        Assert.Contains(CredsTokenCommand.UseWithCurl, Document, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_example_in_the_help_is_a_command_line_that_is_understood()
    {
        using var shell = new Shell();
        var root = new CommandLine(shell.CreateEnvironment(TextWriter.Null, TextWriter.Null, Stream.Null)).CreateRoot();
        var examples = root.Subcommands.Concat(root.Subcommands.SelectMany(command => command.Subcommands)).OfType<CliCommand>()
            .SelectMany(command => command.Examples)
            .SelectMany(example => Regex.Matches(example.CommandLine, @"devicecode (?<args>(?:""[^""]*""|'[^']*'|[^;|&>)""'])*)")).ToList();

        Assert.True(examples.Count >= 20);
        Assert.All(examples,
            example => Assert.Empty(root.Parse(example.Groups["args"].Value.Replace('\'', '"')
            .Replace("{\"name\": \"x\"}", "{}", StringComparison.Ordinal), CommandLine.Parsing).Errors));
    }

    [Fact]
    public void The_configuration_file_is_one_and_every_setting_is_documented()
    {
        var example = Regex.Match(Document, "```json\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;

        var file = JsonSerializer.Deserialize(example, ConfigJson.Default.ConfigFile)!;

        Assert.Equal(("work", "acme", "Acme"), (file.Profile, file.Profiles["work"].Provider, file.Providers["acme"].Name));
        string[] names = [.. NamesOf<ConfigFile>(), .. NamesOf<ProfileSettings>().Select(name => $"profiles.NAME.{name}")];
        Assert.All(names.Except(["profiles", "providers"]), name => Assert.Contains($"`{name}`", Document, StringComparison.Ordinal));
        Assert.Contains("\"providers\"", example, StringComparison.Ordinal);

        static IEnumerable<string> NamesOf<T>() => ConfigJson.Default.GetTypeInfo(typeof(T))!.Properties.Select(property => property.Name);
    }

    [Fact]
    public void Every_member_of_an_event_is_documented()
    {
        var names = LoginEventJson.Default.GetTypeInfo(typeof(LoginEvent))!.Properties.Select(property => property.Name);
        Assert.All(names, name => Assert.Contains($"`{name}`", Document, StringComparison.Ordinal));
    }
}
