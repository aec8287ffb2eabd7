namespace DeviceCode.Cli.Tests.Processes;

using System.Diagnostics;
using System.Text;
using CliWrap;
using CliWrap.Buffered;

/// <summary>Runs the command in a process of its own.</summary>
/// <param name="folder">The folder of its data.</param>
/// <param name="program">The installed tool; null for the build beside the tests.</param>
internal sealed class CliProcess(string folder, string? program = null)
{
    // Far more than a command takes, so that one that hangs fails by itself.
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>The words that start it in a shell.</summary>
    public IReadOnlyList<string> Command { get; } = program is null ? [
        "dotnet", Path.Combine(AppContext.BaseDirectory, "devicecode.dll")] : [program];

    /// <summary>The differences of its environment from that of the tests; null removes a variable.</summary>
    public Dictionary<string, string?> Environment { get; } = new()
    {
        ["DEVICECODE_DATA"] = Path.Combine(folder, "data"),
        ["DEVICECODE_CONFIG"] = Configuration(folder),

        // Never the keyring of the person who runs the tests.
        ["DBUS_SESSION_BUS_ADDRESS"] = null,
        ["DEVICECODE_STORAGE"] = OperatingSystem.IsLinux() ? null : "file",
        ["NO_COLOR"] = null,
        ["CI"] = null,
        ["TF_BUILD"] = null,
    };

    /// <summary>The words that start it in any shell, with the variables that its environment sets.</summary>
    public string ShellCommand => string.Join(
        ' ', ["env", .. Environment.Where(pair => pair.Value is not null).Select(pair => $"{pair.Key}={pair.Value}"), .. Command]);

    // An empty configuration where the test has none: a file that is named must exist.
    private static string Configuration(string folder)
    {
        var path = Path.Combine(folder, "config.json");
        if (!File.Exists(path))
        {
            File.WriteAllText(path, "{}");
        }

        return path;
    }

    /// <summary>Starts it, for a test that signals or kills it.</summary>
    public Process Start(params string[] args)
    {
        var start = new ProcessStartInfo(Command[0], [.. Command.Skip(1), .. args])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
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

    /// <summary>Runs it to its end, without standard input.</summary>
    public Task<Run> RunAsync(params string[] args) => RunAsync(args, _ => { });

    /// <summary>Runs it to its end, without standard input, and passes every line of its output on as soon as it is printed.</summary>
    public Task<Run> RunAsync(IEnumerable<string> args, Action<string> onLine) => RunAsync(new Command(Command[0])
        .WithArguments([.. Command.Skip(1), .. args])
        .WithEnvironmentVariables(Environment)
        .WithStandardOutputPipe(PipeTarget.ToDelegate(onLine, Encoding.UTF8)));

    /// <summary>Runs any program to its end.</summary>
    public static async Task<Run> RunAsync(Command program)
    {
        using var timeout = new CancellationTokenSource(Patience);
        var result = await program.WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(Encoding.UTF8, timeout.Token);
        return new Run(result.ExitCode, result.StandardOutput, result.StandardError);
    }

    /// <summary>Waits for the end of a process that was started with <see cref="Start"/>.</summary>
    public static async Task<Run> EndOfAsync(Process process)
    {
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(Patience);
        return new Run(process.ExitCode, await output, await error);
    }
}
