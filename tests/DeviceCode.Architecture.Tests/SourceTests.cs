namespace DeviceCode.Architecture.Tests;

using System.Globalization;
using System.Text.RegularExpressions;

/// <summary>Checks the text of the source files.</summary>
public sealed partial class SourceTests
{
    private static readonly string[] Files =
    [
        .. new[] { "perf", "src", "tests" }.Select(folder => Path.Combine(Repository.Root, folder))
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal)),
    ];

    /// <summary>No formatter enforces <c>max_line_length</c> for C#.</summary>
    [Fact]
    public void No_line_is_longer_than_the_editor_configuration_allows()
    {
        var configuration = File.ReadAllText(Path.Combine(Repository.Root, ".editorconfig"));
        var allowed = int.Parse(MaxLineLength.Match(configuration).Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.Empty(
            from file in Files
            from line in File.ReadLines(file).Index()
            where line.Item.Length > allowed
            select $"{Path.GetRelativePath(Repository.Root, file)}:{line.Index + 1} has {line.Item.Length} characters");
    }

    /// <summary>
    /// Rules for namespaces apply to folders, because every folder is a namespace. The client library has a single namespace on purpose.
    /// </summary>
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
