namespace DeviceCode.Architecture.Tests.Deployment;

using System.Text.Json;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

/// <summary>Checks of files that no compiler reads.</summary>
public sealed partial class TreeTests
{
    private static readonly string[] Ignored =
        [".git", ".vs", ".vscode", ".idea", ".azure", ".azurite", "artifacts", "bin", "obj", "node_modules"];

    // Azurite's public default key.
    private const string WellKnownKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private static readonly string[] Files = [.. In(Repository.Root).Order(StringComparer.Ordinal)];

    [Fact]
    public void Every_JSON_file_is_valid() => Assert.All(
        Files.Where(file => Path.GetExtension(file) == ".json" && !file.EndsWith("tsconfig.json", StringComparison.Ordinal)),
        file => JsonDocument.Parse(File.ReadAllText(file)).Dispose());

    [Fact]
    public void Every_YAML_file_is_valid() => Assert.All(
        Files.Where(file => Path.GetExtension(file) is ".yml" or ".yaml"),
        file => Load(file));

    [Fact]
    public void Nothing_looks_like_a_secret() => Assert.All(Files.Where(file => Path.GetExtension(file) is not (".png" or ".ico")), file =>
    {
        var found = Secret.Match(File.ReadAllText(file).Replace(WellKnownKey, "", StringComparison.Ordinal));
        Assert.False(found.Success, $"{file} contains a possible secret at position {found.Index}.");
    });

    // Written in two parts, so that this file contains none.
    [Theory]
    [InlineData("-----BEGIN PRIVATE", " KEY-----")]
    [InlineData("-----BEGIN RSA PRIVATE", " KEY-----")]
    [InlineData("AccountKey=", "0123456789abcdefghij")]
    [InlineData("SharedAccessKey=", "0123456789abcdefghij")]
    [InlineData("https://example.com/?sig=", "0123456789abcdefghij")]
    [InlineData("InstrumentationKey=", "01234567-89ab")]
    [InlineData("ghp_", "0123456789abcdefghijklmnopqrstuvwxyz")]
    [InlineData("AKIA", "0123456789ABCDEF")]
    [InlineData("eyJ0123456789abcdefghij", ".eyJ")]
    [InlineData("xoxb-", "0123456789")]
    public void Every_kind_of_secret_is_found(string first, string rest) => Assert.Matches(Secret, first + rest);

    [Fact]
    public void Local_settings_are_neither_committed_nor_published()
    {
        Assert.Contains("local.settings.json", File.ReadAllLines(Path.Combine(Repository.Root, ".gitignore")));
        var project = File.ReadAllText(Path.Combine(Repository.Root, "src", "DeviceCode.Functions", "DeviceCode.Functions.csproj"));
        const string Item =
            """<None Include="../../local.settings.json" Link="local.settings.json" """
            + """CopyToOutputDirectory="PreserveNewest" CopyToPublishDirectory="Never" """;
        Assert.Contains(Item, project, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_file_that_a_document_names_exists()
    {
        foreach (var document in Files.Where(file => Path.GetExtension(file) == ".md"))
        {
            var folder = Path.GetDirectoryName(document)!;
            var links = Links.Matches(File.ReadAllText(document)).Select(match => match.Groups[1].Value)
                .Where(link => !link.Contains(':', StringComparison.Ordinal));
            Assert.All(links, link => Assert.True(Path.Exists(Path.Combine(folder, link)), $"{document} links to {link}."));
        }
    }

    private static YamlMappingNode Load(string file)
    {
        using var reader = new StreamReader(file);
        var yaml = new YamlStream();
        yaml.Load(reader);
        return (YamlMappingNode)yaml.Documents[0].RootNode;
    }

    private static IEnumerable<string> In(string folder) => Directory.GetFiles(folder).Concat(
        Directory.GetDirectories(folder).Where(inner => !Ignored.Contains(Path.GetFileName(inner))).SelectMany(In));

    [GeneratedRegex("""
        -----BEGIN\ [A-Z\ ]*PRIVATE\ KEY
        |AccountKey=[A-Za-z0-9+/]{20}
        |SharedAccess(?:Key|Signature)=[A-Za-z0-9%+/]{20}
        |[?&]sig=[A-Za-z0-9%+/]{20}
        |InstrumentationKey=(?!0{8}-)[0-9a-f]{8}-
        |\bgh[pousr]_[A-Za-z0-9]{36}
        |\bAKIA[0-9A-Z]{16}\b
        |\beyJ[A-Za-z0-9_-]{20,}\.eyJ
        |\bxox[bap]-[0-9A-Za-z-]{10}
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Secret { get; }

    [GeneratedRegex(@"\]\(([^)#\s]+)(?:#[^)]*)?\)")]
    private static partial Regex Links { get; }
}
