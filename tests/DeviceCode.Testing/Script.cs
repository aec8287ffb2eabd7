namespace DeviceCode.Testing;

using CliWrap;
using CliWrap.Buffered;

/// <summary>Runs scripts to their end. If a script fails, so does the test, with the script's output.</summary>
public static class Script
{
    // Much more than a script takes, so that only a hang fails.
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(5);

    /// <summary>Runs a script of the tests with Node, and returns its output.</summary>
    /// <param name="script">The script's path below <c>tests</c>.</param>
    /// <param name="arguments">The script's arguments.</param>
    /// <param name="input">The script's standard input.</param>
    public static Task<string> NodeAsync(string script, IEnumerable<string>? arguments = null, string input = "") =>
        RunAsync("node", [Path.Combine(Repository.Root, "tests", script), .. arguments ?? []], input);

    /// <summary>Runs commands with bash, and returns their output.</summary>
    public static Task<string> BashAsync(string commands) => RunAsync("bash", ["-euo", "pipefail", "-c", commands], "");

    private static async Task<string> RunAsync(string program, IEnumerable<string> arguments, string input)
    {
        using var limit = new CancellationTokenSource(TimeLimit);
        var result = await Cli.Wrap(program)
            .WithArguments(arguments)
            .WithStandardInputPipe(PipeSource.FromString(input))
            .WithValidation(CommandResultValidation.None)
            .ExecuteBufferedAsync(limit.Token);
        Assert.True(result.ExitCode == 0, $"{result.StandardOutput}\n{result.StandardError}");
        return result.StandardOutput;
    }
}
