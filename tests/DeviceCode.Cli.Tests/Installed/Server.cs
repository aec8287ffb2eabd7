namespace DeviceCode.Cli.Tests.Installed;

using System.Diagnostics;
using DeviceCode.Cli.Tests.Processes;
using DeviceCode.Testing;

/// <summary>A server in a process of its own, on a port of its own.</summary>
internal sealed class Server : IAsyncDisposable
{
    private readonly Process _process;

    private Server(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    /// <summary>The service itself, with its state in memory.</summary>
    /// <param name="publicUrl">Its public address, if it is behind a proxy.</param>
    public static Task<Server> ServiceAsync(Uri? publicUrl = null) => StartAsync(
        address => new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "DeviceCode.LocalHost.dll")])
        {
            WorkingDirectory = AppContext.BaseDirectory,
            Environment =
            {
                ["DOTNET_ENVIRONMENT"] = "Development",
                ["Urls"] = address,
                ["DeviceCode__PublicUrl"] = publicUrl?.AbsoluteUri ?? address,
                ["DeviceCode__PollingInterval"] = "00:00:01",
                ["OAuth__Clients__0__PollingInterval"] = "00:00:01",
            },
        },
        "Now listening on: ");

    /// <summary>npm's oidc-provider with its device flow enabled.</summary>
    public static Task<Server> OidcProviderAsync() => StartAsync(
        address => new ProcessStartInfo(
            "node", [Path.Combine(Repository.Root, "tests", "DeviceCode.Cli.Tests", "Installed", "oidc-provider.mjs"), address]),
        "listening");

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task<Server> StartAsync(Func<string, ProcessStartInfo> command, string listening)
    {
        while (true)
        {
            var address = $"http://127.0.0.1:{Azurite.FreePort()}";
            var start = command(address);
            start.RedirectStandardOutput = true;
            var process = Process.Start(start)!;
            var printed = new List<string>();
            while (await process.StandardOutput.ReadLineAsync().WaitAsync(CliProcess.Patience) is { } line)
            {
                printed.Add(line);
                if (line.Contains(listening, StringComparison.Ordinal))
                {
                    // Read the rest, so that the process does not block on a full pipe.
                    _ = process.StandardOutput.ReadToEndAsync();
                    return new Server(process, new Uri(address));
                }
            }

            // Another process took the port first, so try another one.
            Assert.Contains(printed, line => line.Contains("address already in use", StringComparison.OrdinalIgnoreCase));
            process.Dispose();
        }
    }
}
