namespace DeviceCode.Testing.Service;

using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

/// <summary>
/// The local host in its own process, which a test can kill and start again. When the test ends, it searches everything that the host
/// printed, including logs of the level Trace, for codes and identities.
/// </summary>
public sealed class HostProcess : IAsyncDisposable
{
    public const string Approver = "approver@wonderland.example";

    private const string LogLevel = "Logging__LogLevel__Default";
    private const string Marker = "Now listening on: ";

    private readonly Dictionary<string, string> _settings;
    private readonly LeakSearch _leaks = new("wonderland");
    private readonly List<string> _printed = [];
    private ServerProcess? _process;
    private HttpClient? _client;

    private HostProcess(Dictionary<string, string> settings) => _settings = settings;

    public Uri Address => _client!.BaseAddress!;

    /// <summary>Everything that the host has printed so far.</summary>
    public IReadOnlyList<string> Printed => [.. _printed, .. _process?.Lines ?? []];

    /// <summary>Starts a host.</summary>
    /// <param name="connectionString">The storage.</param>
    /// <param name="settings">Settings that replace those below, like the prefix of tables that several hosts share.</param>
    public static async Task<HostProcess> StartAsync(string connectionString, Dictionary<string, string>? settings = null)
    {
        var host = new HostProcess(new()
        {
            ["Urls"] = "http://127.0.0.1:0",
            ["DOTNET_ENVIRONMENT"] = "Development",
            ["Storage__ConnectionString"] = connectionString,
            ["Storage__TablePrefix"] = $"t{Guid.NewGuid():N}"[..20],
            ["DeviceCode__CodesPerAddress"] = "10000",
            ["DeviceCode__CodesWindow"] = "00:00:01",
            [LogLevel] = "Trace",
            ["Logging__LogLevel__Microsoft.AspNetCore"] = "Trace",
        });
        foreach (var (name, value) in settings ?? [])
        {
            host._settings[name] = value;
        }

        await host.StartAgainAsync();
        return host;
    }

    /// <summary>Starts a host whose issuer is its own address.</summary>
    public static async Task<HostProcess> StartAsIssuerAsync(string connectionString, Dictionary<string, string> settings)
    {
        while (true)
        {
            var url = $"http://127.0.0.1:{Azurite.FreePort()}";
            try
            {
                return await StartAsync(connectionString, new(settings) { ["DeviceCode__PublicUrl"] = url, ["Urls"] = url });
            }
            catch (InvalidOperationException exception)
                when (exception.Message.Contains("address already in use", StringComparison.Ordinal))
            {
                // Another process has taken the port since it was found free.
            }
        }
    }

    /// <summary>Runs a host that must end by itself.</summary>
    public static async Task<(int ExitCode, IReadOnlyList<string> Lines)> RunToEndAsync(Dictionary<string, string> settings)
    {
        await using var process = Launch(settings);
        return (await process.Exited.WaitAsync(TimeSpan.FromMinutes(5)), process.Lines);
    }

    public async Task StartAgainAsync()
    {
        _process = Launch(_settings);
        var line = await _process.LineAsync(line => line.Contains(Marker, StringComparison.Ordinal));

        // The client of the previous process is not disposed: that would cancel its running requests.
        _client = new HttpClient { BaseAddress = new Uri(line.Split(Marker)[1].Trim()) };
    }

    /// <summary>Ends the host as <c>kill -9</c> does.</summary>
    public Task KillAsync() => EndAsync("KILL");

    /// <summary>Stops the host as Ctrl-C does.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> StopAsync() => EndAsync("INT");

    /// <summary>Stops the host as a service manager does.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> TerminateAsync() => EndAsync("TERM");

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

    /// <summary>Makes the test fail if the host prints a code of this login.</summary>
    public void Watch(string deviceCode, string userCode) => _leaks.AddCodes(deviceCode, userCode);

    /// <summary>Makes the test fail if the host prints this secret.</summary>
    public void Watch(string secret) => _leaks.Add(secret);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await StopAsync();
        }

        _client?.Dispose();
        Assert.True(_settings[LogLevel] != "Trace" || _printed.Exists(line => line.StartsWith("trce: ", StringComparison.Ordinal)));
        _leaks.AssertNone(_printed);
    }

    private async Task<int> EndAsync(string signal)
    {
        var exitCode = await _process!.StopAsync(signal);
        _printed.AddRange(_process.Lines);
        await _process.DisposeAsync();
        _process = null;
        return exitCode;
    }

    private static ServerProcess Launch(Dictionary<string, string> settings) => ServerProcess.Start(
        new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "DeviceCode.LocalHost.dll")])
        {
            WorkingDirectory = AppContext.BaseDirectory,
        },
        settings);
}
