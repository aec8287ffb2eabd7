namespace DeviceCode.Worker.Tests;

/// <summary>The worker with a public address that has a path, behind a reverse proxy that removes the path.</summary>
public sealed class PathTests(Azurite azurite, PublishedApp app)
{
    [Fact]
    public async Task Openid_client_finds_the_service_by_its_issuer_and_signs_in()
    {
        await using var proxy = await PathProxy.StartAsync("/login");
        await using var service = await WorkerService.StartAsync(
            app, azurite.ConnectionString, new() { ["DeviceCode__PublicUrl"] = proxy.PublicUrl.AbsoluteUri });
        proxy.Service = service.Address;

        var output = await Script.NodeAsync(
            "DeviceCode.Testing.Service/openid-client.mjs",
            [proxy.PublicUrl.AbsoluteUri, service.Authorization(), "alice@wonderland.example", "Alice Liddell"]);
        Assert.Equal(8, output.Split('\n').Count(line => line.StartsWith("ok ", StringComparison.Ordinal)));

        (await service.GetAsync("/.well-known/oauth-authorization-server/login")).IsWellFormed();
        Assert.Equal(["oauth-metadata"], service.Host.Invocations.TakeLast(1));
        (await service.GetAsync("/.well-known/oauth-authorization-server/Login")).IsError(
            404, "not_found", $"Unknown issuer. This service's issuer is {proxy.PublicUrl}.");
        Assert.Equal(["oauth-metadata"], service.Host.Invocations.TakeLast(1));
    }
}
