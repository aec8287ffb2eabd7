namespace DeviceCode.Functions.Tests.Devices;

/// <summary><c>POST /auth/device/code</c>.</summary>
public sealed class CodeTests
{
    [Fact]
    public async Task Codes_are_issued_without_credentials_or_a_body()
    {
        using var service = new TestService();

        var response = (await service.PostAsync("/auth/device/code")).IsWellFormed();

        Assert.Equal(200, response.Status);
        Assert.Equal(
            ["device_code", "user_code", "verification_uri", "verification_uri_complete", "expires_in", "interval"],
            response.Json.EnumerateObject().Select(member => member.Name));
        Assert.Matches("^[0-9a-f]{40}$", response["device_code"]);
        Assert.Matches("^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$", response["user_code"]);
        Assert.Equal("http://localhost:7071/device", response["verification_uri"]);
        Assert.Equal($"http://localhost:7071/device?user_code={response["user_code"]}", response["verification_uri_complete"]);
        Assert.Equal("900", response["expires_in"]);
        Assert.Equal("5", response["interval"]);
    }

    [Theory]
    [InlineData("{}", "application/json")]
    [InlineData("{\"device_code\": \"ignored\", \"anything\": [1, 2, {}]}", "application/json; charset=utf-8")]
    [InlineData("", "application/x-www-form-urlencoded")] // curl -d ''
    public async Task A_body_is_optional_and_its_members_are_ignored(string body, string contentType)
    {
        using var service = new TestService();
        var response = await service.PostBytesAsync("/auth/device/code", System.Text.Encoding.UTF8.GetBytes(body), contentType);
        Assert.Equal(200, response.Status);
    }

    [Fact]
    public async Task The_response_follows_the_settings()
    {
        using var service = new TestService(new()
        {
            ["DeviceCode:PublicUrl"] = "https://login.example.com/base/",
            ["DeviceCode:CodeLifetime"] = "00:10:00",
            ["DeviceCode:PollingInterval"] = "00:00:07",
            ["DeviceCode:UserCodeLength"] = "9",
        });

        var response = await service.PostAsync("/auth/device/code");

        Assert.Equal("https://login.example.com/base/device", response["verification_uri"]);
        Assert.Equal("600", response["expires_in"]);
        Assert.Equal("7", response["interval"]);
        Assert.Matches("^[A-Z]{5}-[A-Z]{4}$", response["user_code"]);
    }

    [Fact]
    public async Task A_network_over_the_limit_gets_the_time_to_wait()
    {
        using var service = new TestService(new() { ["DeviceCode:CodesPerAddress"] = "2", ["DeviceCode:TrustedProxies"] = "1" });
        await service.IssueAsync(("X-Forwarded-For", "203.0.113.1"));
        service.Time.Advance(TimeSpan.FromSeconds(10));
        await service.IssueAsync(("X-Forwarded-For", "203.0.113.1"));

        var response = (await service.PostAsync("/auth/device/code", headers: ("X-Forwarded-For", "203.0.113.1"))).IsError(
            429,
            "too_many_requests",
            "Your network has requested too many codes. Try again after the number of seconds in the header Retry-After.");
        Assert.Equal(TimeSpan.FromSeconds(290), response.Headers.RetryAfter?.Delta);

        await service.IssueAsync(("X-Forwarded-For", "203.0.113.2"));
        service.Time.Advance(TimeSpan.FromSeconds(290));
        await service.IssueAsync(("X-Forwarded-For", "203.0.113.1"));
    }
}
