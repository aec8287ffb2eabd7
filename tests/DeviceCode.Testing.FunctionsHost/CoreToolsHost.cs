namespace DeviceCode.Testing.FunctionsHost;

using System.Diagnostics;
using System.Globalization;

/// <summary>Azure's own Functions host, as <c>func start</c> of Azure Functions Core Tools runs it.</summary>
public sealed class CoreToolsHost : IFunctionsHost
{
    private readonly ServerProcess _process;

    private CoreToolsHost(ServerProcess process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    public LeakSearch Leaks { get; } = new();

    /// <summary>Starts the host in a published app's folder and waits until it serves the functions.</summary>
    /// <param name="command">The command, like <c>func</c>.</param>
    /// <param name="appFolder">The folder that <c>dotnet publish</c> wrote.</param>
    /// <param name="settings">The app settings, as environment variables. Timers need <c>AzureWebJobsStorage</c>.</param>
    /// <param name="port">The port on the loopback address.</param>
    public static async Task<CoreToolsHost> StartAsync(string command, string appFolder, Dictionary<string, string> settings, int port)
    {
        var process = ServerProcess.Start(
            new ProcessStartInfo(command, ["start", "--port", port.ToString(CultureInfo.InvariantCulture)])
            {
                WorkingDirectory = appFolder,
            },
            [
                .. settings,
                new("FUNCTIONS_WORKER_RUNTIME", "dotnet-isolated"),
                new("AzureWebJobsSecretStorageType", "files"),
                new("FUNCTIONS_CORE_TOOLS_TELEMETRY_OPTOUT", "1"),
            ]);
        await process.LineAsync(line => line.Contains("Functions:", StringComparison.Ordinal));
        var host = new CoreToolsHost(process, new Uri($"http://127.0.0.1:{port}"));

        // The host lists the functions before it serves them.
        using var client = new HttpClient { BaseAddress = host.Address };
        while (!await RespondsAsync())
        {
            await Task.Delay(100);
        }

        return host;

        async Task<bool> RespondsAsync()
        {
            try
            {
                using var response = await client.GetAsync("/healthz");
                return response.IsSuccessStatusCode;
            }
            catch (HttpRequestException) when (!process.Exited.IsCompleted)
            {
                return false;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.SignalAsync("INT");
        await _process.DisposeAsync();
        Leaks.AssertNone(_process.Lines);
    }
}
