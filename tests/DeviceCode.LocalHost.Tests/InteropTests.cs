namespace DeviceCode.LocalHost.Tests;

using System.Diagnostics;
using DeviceCode.Testing;

/// <summary>Standard clients, unmodified, against the service with its state in a real Azurite.</summary>
public sealed class InteropTests(Azurite azurite)
{
    [Fact]
    public async Task Openid_client_signs_in_refreshes_introspects_and_revokes()
    {
        await using var host = await HostProcess.StartAsIssuerAsync(azurite.ConnectionString, new()
        {
            // It waits for real.
            ["OAuth__Clients__0__PollingInterval"] = "00:00:01",
        });

        using var node = Process.Start(new ProcessStartInfo(
            "node", [Path.Combine(Repository.Root, "tests", "DeviceCode.LocalHost.Tests", "Interop", "openid-client.mjs"), host.Address.AbsoluteUri])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, error) = (node.StandardOutput.ReadToEndAsync(), node.StandardError.ReadToEndAsync());
        await node.WaitForExitAsync();

        Assert.True(node.ExitCode == 0, $"{await output}\n{await error}");
        Assert.Equal(8, (await output).Split('\n').Count(line => line.StartsWith("ok ", StringComparison.Ordinal)));
    }
}
