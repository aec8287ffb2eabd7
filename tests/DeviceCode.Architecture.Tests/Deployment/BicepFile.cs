namespace DeviceCode.Architecture.Tests.Deployment;

using System.Text.RegularExpressions;

/// <summary>Reads a Bicep file without the compiler, and relies on the formatter's layout.</summary>
internal sealed partial class BicepFile
{
    private BicepFile(string path) => (Path, Text) = (path, File.ReadAllText(path));

    public static BicepFile Main { get; } = new(System.IO.Path.Combine(Folder, "main.bicep"));

    public static IReadOnlyList<BicepFile> All { get; } =
        [.. Directory.GetFiles(Folder, "*.bicep", SearchOption.AllDirectories).Select(path => new BicepFile(path))];

    public static string Folder => System.IO.Path.Combine(Repository.Root, "infra");

    public string Path { get; }

    public string Text { get; }

    public IReadOnlyList<string> Parameters => [.. DeclarationsOf("param").Select(NameOf)];

    /// <summary>The parameters without a default value.</summary>
    public IReadOnlyList<string> Required =>
        [.. DeclarationsOf("param").Where(match => !match.Groups["rest"].Value.Contains(" = ", StringComparison.Ordinal)).Select(NameOf)];

    public IReadOnlyList<string> Outputs => [.. DeclarationsOf("output").Select(NameOf)];

    /// <summary>The modules, with their files and the parameters that they get.</summary>
    public IReadOnlyDictionary<string, (BicepFile File, string Body, IReadOnlyList<string> Given)> Modules =>
        ModuleCalls.Matches(Text).ToDictionary(
            NameOf,
            match => (
                new BicepFile(System.IO.Path.Combine(Folder, match.Groups["file"].Value)),
                match.Groups["body"].Value,
                (IReadOnlyList<string>)[.. GivenParameters.Matches(match.Groups["body"].Value).Select(NameOf)]));

    /// <summary>The outputs of modules that this file refers to, as <c>module.output</c>.</summary>
    public IReadOnlyList<(string Module, string Output)> References =>
        [.. OutputReferences.Matches(Text).Select(match => (NameOf(match), match.Groups["output"].Value))];

    /// <summary>The string literals, which may be names of tables, events or metrics.</summary>
    public IReadOnlyList<string> Literals => [.. Quoted.Matches(Text).Select(NameOf)];

    public override string ToString() => System.IO.Path.GetRelativePath(Repository.Root, Path);

    private IEnumerable<Match> DeclarationsOf(string kind) =>
        Declarations.Matches(Text).Where(match => match.Groups["kind"].Value == kind);

    private static string NameOf(Match match) => match.Groups["name"].Value;

    [GeneratedRegex(@"^(?<kind>param|output) (?<name>\w+)(?<rest>.*)$", RegexOptions.Multiline)]
    private static partial Regex Declarations { get; }

    [GeneratedRegex(@"^module (?<name>\w+) '(?<file>[^']+)' = .*?\{\n(?<body>.*?)^\}", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ModuleCalls { get; }

    [GeneratedRegex(@"^    (?<name>\w+): ", RegexOptions.Multiline)]
    private static partial Regex GivenParameters { get; }

    [GeneratedRegex(@"\b(?<name>\w+)!?\.outputs\.(?<output>\w+)")]
    private static partial Regex OutputReferences { get; }

    [GeneratedRegex("'(?<name>[^'\n]+)'")]
    private static partial Regex Quoted { get; }
}
