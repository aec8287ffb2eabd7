namespace DeviceCode.LocalHost.Tests;

using System.Diagnostics;
using DeviceCode.Testing;

/// <summary>Unmodified standard clients, with a service whose state is in a real Azurite.</summary>
public sealed class InteropTests(Azurite azurite)
{
    // Much more than needed, so that only a hang fails.
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Openid_client_signs_in_refreshes_introspects_and_revokes()
    {
        await using var host = await HostProcess.StartAsIssuerAsync(azurite.ConnectionString, new()
        {
            // The client waits for this interval in real time.
            ["OAuth__Clients__0__PollingInterval"] = "00:00:01",
        });

        var output = await Script.NodeAsync(
            "DeviceCode.Testing.Service/openid-client.mjs",
            [host.Address.AbsoluteUri, "Bearer dev:Alice Example <alice@example.com>", "alice@example.com", "Alice Example"]);

        Assert.Equal(8, output.Split('\n').Count(line => line.StartsWith("ok ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Openid_client_finds_a_service_below_a_path_by_its_issuer()
    {
        await using var proxy = await PathProxy.StartAsync("/a/b");
        await using var host = await HostProcess.StartAsync(azurite.ConnectionString, new()
        {
            ["Urls"] = "http://127.0.0.1:0",
            ["DeviceCode__PublicUrl"] = proxy.PublicUrl.AbsoluteUri,
            ["OAuth__Clients__0__PollingInterval"] = "00:00:01",
        });
        proxy.Service = host.Address;

        var output = await Script.NodeAsync(
            "DeviceCode.Testing.Service/openid-client.mjs",
            [proxy.PublicUrl.AbsoluteUri, "Bearer dev:Alice Example <alice@example.com>", "alice@example.com", "Alice Example"]);

        Assert.Equal(8, output.Split('\n').Count(line => line.StartsWith("ok ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_example_in_the_documentation_runs_as_it_is_printed()
    {
        await using var host = await HostProcess.StartAsIssuerAsync(
            azurite.ConnectionString, new() { ["OAuth__Clients__0__PollingInterval"] = "00:00:01" });
        var document = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "oauth.md"));
        var example = document.Split("```js\n")[1].Split("```")[0]
            .Replace("http://localhost:7071", host.Address.AbsoluteUri.TrimEnd('/'), StringComparison.Ordinal);

        // Below the repository, so that Node finds the packages of package.json.
        var folder = Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts", $"example-{Guid.NewGuid():N}"));
        var file = Path.Combine(folder.FullName, "login.mjs");
        await File.WriteAllTextAsync(file, example);
        using var node = Process.Start(new ProcessStartInfo("node", [file])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = node.StandardError.ReadToEndAsync();

        var prompt = await node.StandardOutput.ReadLineAsync().WaitAsync(TimeLimit);
        if (prompt is null)
        {
            Assert.Fail(await error);
        }

        Assert.StartsWith($"Open {host.Address}device and enter ", prompt, StringComparison.Ordinal);
        Assert.Equal(200, (await host.PostAsync("/auth/device/authorize", new { user_code = prompt.Split(' ')[^1] })).Status);

        Assert.Equal("Signed in as approver", await node.StandardOutput.ReadLineAsync().WaitAsync(TimeLimit));
        await node.WaitForExitAsync().WaitAsync(TimeLimit);
        Assert.Equal(0, node.ExitCode);
        folder.Delete(recursive: true);
    }
}
