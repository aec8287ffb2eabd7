namespace DeviceCode.Architecture.Tests;

using System.Globalization;
using System.Text.RegularExpressions;

/// <summary>The text of the source files.</summary>
public sealed partial class SourceTests
{
    private static readonly string[] Files =
    [
        .. new[] { "src", "tests" }.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal)),
    ];

    /// <summary>No formatter enforces <c>max_line_length</c> for C#.</summary>
    [Theory]
    [InlineData("src/DeviceCode.Core")]
    [InlineData("src/DeviceCode.Tables")]
    [InlineData("src/DeviceCode.Client")]
    [InlineData("src/DeviceCode.Cli")]
    [InlineData("tests/DeviceCode.Core.Tests")]
    [InlineData("tests/DeviceCode.Tables.Tests")]
    [InlineData("tests/DeviceCode.Client.Tests")]
    [InlineData("tests/DeviceCode.Cli.Tests")]
    public void No_line_is_longer_than_the_editor_configuration_allows(string folder)
    {
        var allowed = int.Parse(
            MaxLineLength.Match(File.ReadAllText(Path.Combine(Repository.Root, ".editorconfig"))).Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.Empty(
            from file in Files
            where Path.GetRelativePath(Repository.Root, file).StartsWith($"{folder}/", StringComparison.Ordinal)
            from line in File.ReadLines(file).Index()
            where line.Item.Length > allowed
            select $"{Path.GetRelativePath(Repository.Root, file)}:{line.Index + 1} has {line.Item.Length} characters");
    }

    /// <summary>Every folder is a namespace, so that the rules for namespaces are rules for folders. The client library is flat on purpose.</summary>
    [Fact]
    public void Namespaces_are_folders() => Assert.Empty(
        from file in Files
        let path = Path.GetRelativePath(Repository.Root, file).Split('/')
        where path[1] != "DeviceCode.Client"
        let declared = Namespace.Match(File.ReadAllText(file)).Groups[1].Value
        where declared.Length > 0 && declared != string.Join('.', path[1..^1])
        select $"{string.Join('/', path)} declares {declared}");

    [GeneratedRegex("^max_line_length = ([0-9]+)$", RegexOptions.Multiline)]
    private static partial Regex MaxLineLength { get; }

    [GeneratedRegex("^namespace ([A-Za-z.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace { get; }
}
