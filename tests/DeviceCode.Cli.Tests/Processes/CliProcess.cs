namespace DeviceCode.Cli.Tests.Processes;

using System.Diagnostics;

/// <summary>The command in a process of its own.</summary>
/// <param name="folder">Where its data are.</param>
/// <param name="program">The installed tool; null for what was built with the tests.</param>
internal sealed class CliProcess(string folder, string? program = null)
{
    // Far more than it takes; what hangs shall fail by itself.
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>How a shell starts it.</summary>
    public IReadOnlyList<string> Command { get; } = program is null ? ["dotnet", Path.Combine(AppContext.BaseDirectory, "devicecode.dll")] : [program];

    /// <summary>What is different in its environment.</summary>
    public Dictionary<string, string?> Environment { get; } = new()
    {
        ["DEVICECODE_DATA"] = Path.Combine(folder, "data"),
        ["DEVICECODE_CONFIG"] = Configuration(folder),

        // No keyring of whoever runs the tests.
        ["DBUS_SESSION_BUS_ADDRESS"] = null,
        ["NO_COLOR"] = null,
        ["CI"] = null,
        ["TF_BUILD"] = null,
    };

    // One that sets nothing, where the test has none: a file that is named must be there.
    private static string Configuration(string folder)
    {
        var path = Path.Combine(folder, "config.json");
        if (!File.Exists(path))
        {
            File.WriteAllText(path, "{}");
        }

        return path;
    }

    public Process Start(params string[] args)
    {
        var start = new ProcessStartInfo(Command[0], [.. Command.Skip(1), .. args]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in Environment)
        {
            if (value is null)
            {
                start.Environment.Remove(name);
            }
            else
            {
                start.Environment[name] = value;
            }
        }

        return Process.Start(start)!;
    }

    public async Task<Run> RunAsync(params string[] args)
    {
        using var process = Start(args);
        process.StandardInput.Close();
        return await EndOfAsync(process);
    }

    public static async Task<Run> EndOfAsync(Process process)
    {
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(Patience);
        return new Run(process.ExitCode, await output, await error);
    }
}
