namespace DeviceCode.Testing.Service;

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

/// <summary>
/// The local host in a process of its own, which can be killed and started again. When the test ends, everything that it
/// printed, with logging at the level Trace, is searched for codes and identities.
/// </summary>
public sealed class HostProcess : IAsyncDisposable
{
    public const string Approver = "approver@wonderland.example";

    private readonly Dictionary<string, string> _settings;
    private readonly ConcurrentQueue<string> _printed = [];
    private readonly ConcurrentBag<string> _secrets = ["wonderland"];
    private Process? _process;
    private HttpClient? _client;

    private HostProcess(Dictionary<string, string> settings) => _settings = settings;

    public Uri Address => _client!.BaseAddress!;

    /// <summary>A running host.</summary>
    public static async Task<HostProcess> StartAsync(string connectionString, Dictionary<string, string>? settings = null)
    {
        var host = new HostProcess(new(settings ?? new() { ["Urls"] = "http://127.0.0.1:0" })
        {
            ["DOTNET_ENVIRONMENT"] = "Development",
            ["Storage__ConnectionString"] = connectionString,
            ["Storage__TablePrefix"] = $"t{Guid.NewGuid():N}"[..20],
            ["DeviceCode__CodesPerAddress"] = "10000",
            ["DeviceCode__CodesWindow"] = "00:00:01",
            ["Logging__LogLevel__Default"] = "Trace",
            ["Logging__LogLevel__Microsoft.AspNetCore"] = "Trace",
        });
        await host.StartAgainAsync();
        return host;
    }

    /// <summary>A running host that knows its own address, as its issuer.</summary>
    public static async Task<HostProcess> StartAsIssuerAsync(string connectionString, Dictionary<string, string> settings)
    {
        while (true)
        {
            var url = $"http://127.0.0.1:{Azurite.FreePort()}";
            try
            {
                return await StartAsync(connectionString, new(settings) { ["DeviceCode__PublicUrl"] = url, ["Urls"] = url });
            }
            catch (InvalidOperationException taken) when (taken.Message.Contains("address already in use", StringComparison.Ordinal))
            {
                // Somebody was quicker; another port will do.
            }
        }
    }

    /// <summary>Runs a host until it ends by itself.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunToEndAsync(Dictionary<string, string> settings)
    {
        using var process = Launch(settings);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }

    public async Task StartAgainAsync()
    {
        var listening = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _process = Launch(_settings);
        _process.EnableRaisingEvents = true;
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.Exited += (_, _) => listening.TrySetException(new InvalidOperationException("The host ended:\n" + string.Join('\n', _printed.TakeLast(20))));
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        // The one before may still have requests under way, which shall end as the network ends them.
        _client = new HttpClient { BaseAddress = new Uri(await listening.Task) };

        void Read(string? line)
        {
            if (line is null)
            {
                return;
            }

            _printed.Enqueue(line);
            const string marker = "Now listening on: ";
            if (line.IndexOf(marker, StringComparison.Ordinal) is var at and >= 0)
            {
                listening.TrySetResult(line[(at + marker.Length)..].Trim());
            }
        }
    }

    /// <summary>Ends it as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Ends it as Ctrl-C does, and tells its exit code.</summary>
    public async Task<int> StopAsync()
    {
        using (var interrupt = Process.Start("kill", ["-INT", $"{_process!.Id}"]))
        {
            await _process.WaitForExitAsync();
        }

        var exitCode = _process.ExitCode;
        _process.Dispose();
        _process = null;
        return exitCode;
    }

    public async Task<(int Status, JsonElement Json, TimeSpan? RetryAfter)> PostAsync(string path, object? body = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Headers = { { "Authorization", $"Bearer dev:{Approver}" } },
            Content = body is null ? null : JsonContent.Create(body),
        };
        using var response = await _client!.SendAsync(request);
        Assert.Equal("no-store", response.Headers.CacheControl?.ToString());
        return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>(), response.Headers.RetryAfter?.Delta);
    }

    /// <summary>Keeps a code from being printed.</summary>
    public void Watch(string deviceCode, string userCode)
    {
        _secrets.Add(deviceCode);
        _secrets.Add(userCode);
        _secrets.Add(userCode.Replace("-", "", StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await StopAsync();
        }

        _client!.Dispose();
        Assert.Contains(_printed, line => line.StartsWith("trce: ", StringComparison.Ordinal));
        var secrets = _secrets.Distinct().ToList();
        Assert.All(_printed, line => Assert.DoesNotContain(secrets, secret => line.Contains(secret, StringComparison.OrdinalIgnoreCase)));
    }

    private static Process Launch(Dictionary<string, string> settings)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "DeviceCode.LocalHost.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        foreach (var name in start.Environment.Keys.Where(IsSetting).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;

        // What the machine has set must not reach the host.
        static bool IsSetting(string name) => new[] { "ASPNETCORE_", "DOTNET_ENVIRONMENT", "URLS", "Storage__", "DeviceCode__", "OAuth__", "APPLICATIONINSIGHTS_" }
            .Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));
    }
}
