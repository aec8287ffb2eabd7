namespace DeviceCode.Client.Tests.Service;

using DeviceCode.Testing.Service;

/// <summary>Tests discovery of our own service below a path of its host, through a reverse proxy that removes the path.</summary>
public sealed class PathTests
{
    [Theory]
    [InlineData("/login")]
    [InlineData("/a/b/")]
    [InlineData("/caf%C3%A9%20a")]
    public async Task A_service_below_a_path_is_discovered_by_its_issuer(string path)
    {
        await using var proxy = await PathProxy.StartAsync(path);
        using var service = new TestService(new() { ["DeviceCode:PublicUrl"] = proxy.PublicUrl.AbsoluteUri });
        proxy.Service = service.Client.BaseAddress;

        var provider = await DiscoverAsync(proxy.PublicUrl);

        Assert.Equal($"{proxy.PublicUrl.AbsoluteUri.TrimEnd('/')}/oauth/device/code", provider.DeviceAuthorizationEndpoint!.AbsoluteUri);
    }

    [Theory]
    [InlineData("/", DeviceLoginFailure.Protocol)] // the metadata there belong to the issuer with the path
    [InlineData("/Login", DeviceLoginFailure.Configuration)]
    [InlineData("/login/more", DeviceLoginFailure.Configuration)]
    public async Task Another_issuer_at_the_same_host_is_not_the_service(string other, DeviceLoginFailure failure)
    {
        await using var proxy = await PathProxy.StartAsync("/login");
        using var service = new TestService(new() { ["DeviceCode:PublicUrl"] = proxy.PublicUrl.AbsoluteUri });
        proxy.Service = service.Client.BaseAddress;

        var refusal = await Assert.ThrowsAsync<DeviceLoginException>(() => DiscoverAsync(new Uri(proxy.PublicUrl, other)));

        Assert.Equal(failure, refusal.Failure);
    }

    private static Task<Provider> DiscoverAsync(Uri issuer) =>
        new DeviceLogin(new() { Provider = Providers.Discover(issuer) }).DiscoverAsync();
}
