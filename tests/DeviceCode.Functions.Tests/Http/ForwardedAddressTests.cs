namespace DeviceCode.Functions.Tests.Http;

/// <summary>The client's address behind proxies. Entries of X-Forwarded-For that the client wrote are ignored.</summary>
public sealed class ForwardedAddressTests
{
    [Fact]
    public async Task The_header_can_be_configured()
    {
        using var service = new TestService(new()
        {
            ["DeviceCode:TrustedProxies"] = "1",
            ["DeviceCode:ClientAddressHeader"] = "X-Azure-ClientIP",
        });
        var (_, userCode) = await service.IssueAsync(("X-Forwarded-For", "1.1.1.1"), ("X-Azure-ClientIP", "203.0.113.1"));

        var response = await service.InspectAsync(userCode);

        Assert.Equal("203.0.113.1", response.Json.GetProperty("requested_from").GetProperty("ip").GetString());
    }

    [Theory]
    [InlineData(0, "203.0.113.1", "127.0.0.1")]
    [InlineData(1, "203.0.113.1", "203.0.113.1")]
    [InlineData(1, "203.0.113.1:4711", "203.0.113.1")]
    [InlineData(1, "[2001:db8::1]:4711", "2001:db8::1")]
    [InlineData(1, "1.1.1.1, 203.0.113.1", "203.0.113.1")]
    [InlineData(1, "1.1.1.1,2.2.2.2,203.0.113.1:4711", "203.0.113.1")]
    [InlineData(1, "::ffff:203.0.113.1", "203.0.113.1")]
    [InlineData(1, "203.0.113.1, nonsense", "127.0.0.1")]
    [InlineData(1, "", "127.0.0.1")]
    [InlineData(2, "1.1.1.1, 203.0.113.1, 10.0.0.1", "203.0.113.1")]
    [InlineData(2, "203.0.113.1", "203.0.113.1")]
    public async Task The_address_is_the_one_that_the_trusted_proxies_added(int trustedProxies, string forwardedFor, string address)
    {
        using var service = new TestService(new() { ["DeviceCode:TrustedProxies"] = $"{trustedProxies}" });
        var (_, userCode) = await service.IssueAsync(("X-Forwarded-For", forwardedFor));

        var response = await service.InspectAsync(userCode);

        Assert.Equal(address, response.Json.GetProperty("requested_from").GetProperty("ip").GetString());
    }
}
