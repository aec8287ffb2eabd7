namespace DeviceCode.Testing;

using System.Diagnostics;

/// <summary>Runs scripts of the tests with Node.</summary>
public static class NodeScript
{
    // Much more than a script takes, so that only a hang fails.
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(2);

    /// <summary>Runs a script and returns its output. If the script fails, so does the test, with the script's standard error.</summary>
    /// <param name="script">The script's path below <c>tests</c>.</param>
    /// <param name="arguments">The script's arguments.</param>
    /// <param name="input">The script's standard input.</param>
    public static async Task<string> RunAsync(string script, IEnumerable<string>? arguments = null, string input = "")
    {
        using var node = Process.Start(new ProcessStartInfo("node", [Path.Combine(Repository.Root, "tests", script), .. arguments ?? []])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            var (output, error) = (node.StandardOutput.ReadToEndAsync(), node.StandardError.ReadToEndAsync());
            await node.StandardInput.WriteAsync(input);
            node.StandardInput.Close();
            await node.WaitForExitAsync().WaitAsync(TimeLimit);
            Assert.True(node.ExitCode == 0, $"{await output}\n{await error}");
            return await output;
        }
        finally
        {
            node.Kill();
        }
    }
}
