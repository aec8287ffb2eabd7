namespace DeviceCode.Testing;

using System.Diagnostics;

/// <summary>A server in its own process. Keeps everything that the server prints, and stops it with a signal.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    // A server under test must not read settings of the machine.
    private static readonly string[] SettingPrefixes =
    [
        "ASPNETCORE_",
        "DOTNET_ENVIRONMENT",
        "URLS",
        "Storage__",
        "DeviceCode__",
        "OAuth__",
        "Broker__",
        "AzureAd__",
        "APPLICATIONINSIGHTS_",
        "AZURE_",
        "FUNCTIONS_",
    ];

    private readonly Process _process;
    private readonly List<string> _lines = [];
    private readonly List<(Func<string, bool> Matches, TaskCompletionSource<string> Found)> _waiting = [];
    private bool _hasEnded;

    private ServerProcess(Process process) => _process = process;

    public int Id => _process.Id;

    /// <summary>Completes with the exit code when the process has ended and all its output has been read.</summary>
    public Task<int> Exited { get; private set; } = Task.FromResult(0);

    /// <summary>The lines printed so far to standard output and standard error.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>Starts a process with these settings as environment variables, and without the machine's settings of the service.</summary>
    public static ServerProcess Start(ProcessStartInfo start, IEnumerable<KeyValuePair<string, string>>? settings = null)
    {
        foreach (var name in start.Environment.Keys.Where(IsSetting).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in settings ?? [])
        {
            start.Environment[name] = value;
        }

        start.RedirectStandardOutput = start.RedirectStandardError = true;
        var process = new Process { StartInfo = start };
        var server = new ServerProcess(process);
        process.OutputDataReceived += (_, line) => server.Add(line.Data);
        process.ErrorDataReceived += (_, line) => server.Add(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        server.Exited = server.EndAsync();
        return server;

        static bool IsSetting(string name) =>
            SettingPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Waits for a line that matches, printed before or after the call, and returns it.</summary>
    /// <exception cref="InvalidOperationException">The process ended without such a line. The message has its last lines.</exception>
    public Task<string> LineAsync(Func<string, bool> matches)
    {
        lock (_lines)
        {
            if (_lines.Find(line => matches(line)) is { } line)
            {
                return Task.FromResult(line);
            }

            if (_hasEnded)
            {
                return Task.FromException<string>(Ended());
            }

            var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((matches, found));
            return found.Task;
        }
    }

    /// <summary>Sends a signal, like <c>TERM</c> or <c>INT</c>, unless the process has ended.</summary>
    public async Task SignalAsync(string signal)
    {
        if (!_process.HasExited)
        {
            using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
            await kill.WaitForExitAsync();
        }
    }

    /// <summary>Sends a signal and waits until the process has ended.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync(string signal)
    {
        await SignalAsync(signal);
        return await Exited;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await Exited;
        _process.Dispose();
    }

    private void Add(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_lines)
        {
            _lines.Add(line);
            foreach (var waiting in _waiting.FindAll(waiting => waiting.Matches(line)))
            {
                waiting.Found.TrySetResult(line);
                _waiting.Remove(waiting);
            }
        }
    }

    private async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync();
        lock (_lines)
        {
            _hasEnded = true;
            _waiting.ForEach(waiting => waiting.Found.TrySetException(Ended()));
            _waiting.Clear();
        }

        return _process.ExitCode;
    }

    private InvalidOperationException Ended() =>
        new($"{_process.StartInfo.FileName} ended with exit code {_process.ExitCode}:\n{string.Join('\n', _lines.TakeLast(20))}");
}
