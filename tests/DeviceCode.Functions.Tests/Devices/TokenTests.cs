namespace DeviceCode.Functions.Tests.Devices;

/// <summary><c>POST /auth/device/token</c>: each row of the contract's table.</summary>
public sealed class TokenTests : IDisposable
{
    private readonly TestService _service = new();

    public void Dispose() => _service.Dispose();

    [Fact]
    public async Task Pending()
    {
        var (deviceCode, _) = await _service.IssueAsync();
        Is(await _service.PollAsync(deviceCode), 200, """{"status":"pending","error":"authorization_pending"}""");
    }

    [Fact]
    public async Task Slow_down()
    {
        var (deviceCode, _) = await _service.IssueAsync();
        await _service.PollAsync(deviceCode);
        _service.Time.Advance(TimeSpan.FromSeconds(4));
        Is(await _service.PollAsync(deviceCode), 200, """{"status":"pending","error":"slow_down","interval":10}""");
        _service.Time.Advance(TimeSpan.FromSeconds(1));
        Is(await _service.PollAsync(deviceCode), 200, """{"status":"pending","error":"authorization_pending"}""");
    }

    [Fact]
    public async Task Complete_once_and_already_used_from_then_on()
    {
        var (deviceCode, userCode) = await _service.IssueAsync();
        await _service.AuthorizeAsync(userCode);

        Is(
            await _service.PollAsync(deviceCode),
            200,
            """
            {"status":"complete","user":{"email":"alice@wonderland.example","display_name":"Alice Liddell"},
            "api_keys_url":"https://example.com/account/api-keys"}
            """.ReplaceLineEndings(""));
        for (var i = 0; i < 3; i++)
        {
            Is(
                await _service.PollAsync(deviceCode),
                400,
                """
                {"status":"already_used","error":"already_used",
                "error_description":"The device_code has already completed a login. Request a new one."}
                """.ReplaceLineEndings(""));
        }
    }

    [Fact]
    public async Task Denied()
    {
        var (deviceCode, userCode) = await _service.IssueAsync();
        await _service.AuthorizeAsync(userCode, "deny");
        Is(
            await _service.PollAsync(deviceCode),
            400,
            """{"status":"denied","error":"access_denied","error_description":"The user denied the request."}""");
    }

    [Fact]
    public async Task Expired()
    {
        var (deviceCode, _) = await _service.IssueAsync();
        _service.Time.Advance(TimeSpan.FromMinutes(15));
        Is(
            await _service.PollAsync(deviceCode),
            400,
            """{"status":"expired","error":"expired_token","error_description":"The device_code has expired. Request a new one."}""");
    }

    [Fact]
    public async Task A_code_approved_in_time_completes_shortly_after_its_expiry()
    {
        var (deviceCode, userCode) = await _service.IssueAsync();
        await _service.AuthorizeAsync(userCode);
        _service.Time.Advance(TimeSpan.FromSeconds(904));
        Assert.Equal("complete", (await _service.PollAsync(deviceCode))["status"]);
    }

    [Fact]
    public async Task Never_issued()
    {
        foreach (var deviceCode in new[] { new string('0', 40), Testing.Some.NewDeviceCode().Reveal() })
        {
            (await _service.PollAsync(deviceCode)).IsError(404, "not_found", "Unknown device_code. Request a new one.");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("BDWP-HQPK")]
    [InlineData("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz")]
    public async Task A_malformed_device_code_is_a_bad_request(string text) =>
        (await _service.PollAsync(text)).IsError(400, "bad_request", "The member device_code must be 40 hexadecimal digits.");

    [Fact]
    public async Task Upper_case_hexadecimal_digits_are_accepted()
    {
        var (deviceCode, _) = await _service.IssueAsync();
        Assert.Equal("pending", (await _service.PollAsync(deviceCode.ToUpperInvariant()))["status"]);
    }

    [Fact]
    public async Task A_name_with_special_characters_is_returned_unchanged()
    {
        var (deviceCode, userCode) = await _service.IssueAsync();
        await _service.AuthorizeAsync(userCode, authorization: "Bearer dev:\"O'Neill, Z. <3\" <z+tag@wonderland.example>");
        var response = await _service.PollAsync(deviceCode);
        Assert.Equal("O'Neill, Z. <3", response.Json.GetProperty("user").GetProperty("display_name").GetString());
        Assert.Equal("z+tag@wonderland.example", response.Json.GetProperty("user").GetProperty("email").GetString());
    }

    private static void Is(ServiceResponse response, int status, string json)
    {
        response.IsWellFormed();
        Assert.Equal(status, response.Status);
        Assert.Equal(json, response.Text);
    }
}
