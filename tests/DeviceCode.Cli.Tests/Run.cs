namespace DeviceCode.Cli.Tests;

using System.Text.Json;
using DeviceCode.Cli.Running;

/// <summary>The result of a command.</summary>
internal sealed record Run(int ExitCode, string Output, string Error)
{
    public string Output { get; } = WithLineFeeds(Output);

    public string Error { get; } = WithLineFeeds(Error);

    public IReadOnlyList<JsonElement> Events =>
        [.. Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];

    public string[] EventNames => [.. Events.Select(told => told.GetProperty("event").GetString()!)];

    /// <summary>Fails with the output if the exit code is different.</summary>
    public Run Ended(ExitCode exitCode) => Ended((int)exitCode);

    /// <summary>Fails with the output if the exit code is different.</summary>
    public Run Ended(int exitCode)
    {
        Assert.True(exitCode == ExitCode, $"Exit code {ExitCode} and not {exitCode}.\n{Output}\n{Error}");
        return this;
    }

    // Windows ends a line with CR LF.
    private static string WithLineFeeds(string text) =>
        OperatingSystem.IsWindows() ? text.Replace("\r\n", "\n", StringComparison.Ordinal) : text;
}
