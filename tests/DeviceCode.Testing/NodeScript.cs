namespace DeviceCode.Testing;

using System.Diagnostics;

/// <summary>A script of the tests, run by Node to its end.</summary>
public static class NodeScript
{
    // Far more than it takes; what hangs shall fail by itself.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>What the script, a path below <c>tests</c>, prints; it fails with what it says on standard error.</summary>
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
            await node.WaitForExitAsync().WaitAsync(Patience);
            Assert.True(node.ExitCode == 0, $"{await output}\n{await error}");
            return await output;
        }
        finally
        {
            node.Kill();
        }
    }
}
