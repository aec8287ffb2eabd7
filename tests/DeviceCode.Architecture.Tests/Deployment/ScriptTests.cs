namespace DeviceCode.Architecture.Tests.Deployment;

using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;

/// <summary>The scripts <c>dev</c> and <c>.ci/*</c>.</summary>
public sealed class ScriptTests : IDisposable
{
    private const string Changelog = """
        # Changelog

        ## [Unreleased]

        ## [1.2.3] - 2026-12-01

        ### Added

        - **One** thing, with a [link](https://example.com).

        - Another.

        ## [1.2.30] - 2026-11-30

        - A version that begins with the same digits.

        ## [1.2.3-rc.1] - 2026-11-29

        - The release candidate.

        [1.2.3]: https://example.com

        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("devicecode-scripts-").FullName;

    [Fact]
    public void Every_command_of_dev_is_in_its_usage_and_in_the_guide()
    {
        var script = File.ReadAllText(Path.Combine(Repository.Root, "dev"));
        var guide = File.ReadAllText(Path.Combine(Repository.Root, "CONTRIBUTING.md"));
        var commands = Names(script[script.LastIndexOf("case ", StringComparison.Ordinal)..], "^  ([a-z][a-z-]*)\\) ");

        Assert.Contains("test", commands);
        Assert.Equal(commands, Names(script, "^\\./dev ([a-z-]+)"));
        Assert.Equal(commands, Names(guide, "^\\| `\\./dev ([a-z-]+)"));

        static IEnumerable<string> Names(string text, string pattern) =>
            Regex.Matches(text, pattern, RegexOptions.Multiline)
                .Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Every_script_can_be_run_and_stops_at_the_first_error() => Assert.All(
        Directory.GetFiles(Path.Combine(Repository.Root, ".ci")).Append(Path.Combine(Repository.Root, "dev"))
            .Where(path => File.ReadLines(path).First().StartsWith("#!", StringComparison.Ordinal)),
        path =>
        {
            const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
            Assert.True(File.GetUnixFileMode(path).HasFlag(Executable), path);
            Assert.Contains("set -euo pipefail", File.ReadLines(path));
        });

    [Theory]
    [InlineData("v1.2.3", "### Added\n\n- **One** thing, with a [link](https://example.com).\n\n- Another.")]
    [InlineData("1.2.30", "- A version that begins with the same digits.")]
    [InlineData("v1.2.3-rc.1", "- The release candidate.")]
    public async Task The_release_notes_are_the_section_of_the_version(string version, string notes)
    {
        var (exitCode, printed) = await ReleaseNotesAsync(version, Changelog);

        Assert.Equal((0, notes), (exitCode, printed));
    }

    [Theory]
    [InlineData("v1.2", Changelog, "Invalid version \"1.2\".")]
    [InlineData("main", Changelog, "Invalid version \"main\".")]
    [InlineData("v1.2.4", Changelog, " has no section \"## [1.2.4]\".")]
    [InlineData("v1x2x3", Changelog, "Invalid version \"1x2x3\".")]
    [InlineData("v1.0.0", "## [1.0.0]\n\n- Something.\n", "Invalid heading \"## [1.0.0]\"")]
    [InlineData(
        "v1.0.0",
        "## [1.0.0] - 2026-12-01\n\n- A.\n\n## [1.0.0] - 2026-12-02\n\n- B.\n",
        "Invalid heading \"## [1.0.0] - 2026-12-01")]
    [InlineData("v1.0.0", "## [1.0.0] - 2026-12-01\n\n## [0.9.0] - 2026-11-01\n\n- Something.\n", " is empty.")]
    [InlineData("v1.0.0", "", " has no section \"## [1.0.0]\".")]
    public async Task Without_notes_there_is_no_release(string version, string changelog, string problem)
    {
        var (exitCode, printed) = await ReleaseNotesAsync(version, changelog);

        Assert.Equal(1, exitCode);
        Assert.Contains(problem, printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_changelog_is_one_that_the_script_reads()
    {
        var changelog = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "CHANGELOG.md"));
        var released = changelog.Replace("## [Unreleased]", "## [99.0.0] - 2026-12-01", StringComparison.Ordinal);

        Assert.NotEqual(changelog, released);
        Assert.Equal(0, (await ReleaseNotesAsync("v99.0.0", released)).ExitCode);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<(int ExitCode, string Printed)> ReleaseNotesAsync(string version, string changelog)
    {
        var file = Path.Combine(_folder, "CHANGELOG.md");
        await File.WriteAllTextAsync(file, changelog);
        await using var script = ServerProcess.Start(
            new ProcessStartInfo(Path.Combine(Repository.Root, ".ci", "release-notes"), [version, file]));
        return (await script.Exited, string.Join('\n', script.Lines));
    }
}
