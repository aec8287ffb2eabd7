namespace DeviceCode.Functions.Tests.Http;

using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

/// <summary>Invalid requests, and the exact response to each.</summary>
public sealed class BadInputTests : IDisposable
{
    private const string NoJson = "Send the body as JSON in UTF-8, with Content-Type: application/json.";
    private const string NotAnObject = "The body must be a JSON object.";
    private const string TwoMembers = "The body has two members of the same name. Send each member once.";

    private static readonly string[] Paths = ["/auth/device/code", "/auth/device/authorize", "/auth/device/inspect", "/auth/device/token"];

    private readonly TestService _service = new(new() { ["DeviceCode:TrustedProxies"] = "1" });
    private int _cases;

    public static TheoryData<string, string> Malformed => new()
    {
        { "{", Position(1, 2) },
        { "}", Position(1, 1) },
        { "nul", Position(1, 4) },
        { "{\"a\"}", Position(1, 5) },
        { "{\"a\":}", Position(1, 6) },
        { "{\"a\":1,}", Position(1, 8) },
        { "{\"a\":1 \"b\":2}", Position(1, 8) },
        { "{a:1}", Position(1, 2) },
        { "{'a':1}", Position(1, 2) },
        { "{\"a\":01}", Position(1, 7) },
        { "{\"a\":+1}", Position(1, 6) },
        { "{\"a\":1.}", Position(1, 8) },
        { "{\"a\":NaN}", Position(1, 6) },
        { "{\"a\":\"\n\"}", Position(1, 7) },
        { "{\"a\":\"\\x\"}", Position(1, 8) },
        { "{\"a\":\"\\u12\"}", Position(1, 11) },
        { "{\"a\":\"", Position(1, 7) },
        { "{}{}", Position(1, 3) },
        { "{} x", Position(1, 4) },
        { "// comment\n{}", Position(1, 1) },
        { "{\n  \"a\": tru\n}", Position(2, 11) },
        { "{}\ufeff", Position(1, 3) },
        { "\ufeff\ufeff{}", Position(1, 1) },
        { "user_code=BDWP-HQPK", Position(1, 1) },
        { new string('[', 17), Position(1, 17) },
        { "{\"a\":" + new string('[', 5000), Position(1, 21) },
        { "\"text\"", NotAnObject },
        { "[]", NotAnObject },
        { "1", NotAnObject },
        { "null", NotAnObject },
        { "true", NotAnObject },
        { "{\"a\":1,\"a\":1}", TwoMembers },
        { "{\"device_code\":\"x\",\"device_code\":\"x\"}", TwoMembers },
        { "{\"user_code\":\"x\",\"user\\u005fcode\":\"x\"}", TwoMembers },
        { "{\"a\":{\"b\":1,\"b\":1}}", TwoMembers },
        { "{\"\\ud800\":1}", "The body has a member whose name is not valid Unicode text." },
    };

    public static TheoryData<string, string> WrongMembers => new()
    {
        { "{}", "The member NAME is missing." },
        { "{\"NAME\":null}", "The member NAME is missing." },
        { "{\"NAME \":\"x\"}", "The member NAME is missing." },
        { "{\"Name\":\"x\"}", "The member NAME is missing." },
        { "{\"NAME\":1}", "The member NAME must be a string." },
        { "{\"NAME\":1e999}", "The member NAME must be a string." },
        { "{\"NAME\":true}", "The member NAME must be a string." },
        { "{\"NAME\":[\"x\"]}", "The member NAME must be a string." },
        { "{\"NAME\":{\"NAME\":\"x\"}}", "The member NAME must be a string." },
        { "{\"NAME\":\"\\ud800\"}", "The member NAME is not valid Unicode text." },
    };

    public void Dispose() => _service.Dispose();

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task The_error_describes_a_malformed_body_exactly(string body, string description)
    {
        foreach (var path in Paths)
        {
            (await PostAsync(path, Encoding.UTF8.GetBytes(body))).IsError(400, "bad_request", description);
        }
    }

    [Theory]
    [MemberData(nameof(WrongMembers))]
    public async Task A_missing_or_wrong_member_is_named(string body, string description)
    {
        foreach (var (path, member) in new[] { (Paths[1], "user_code"), (Paths[2], "user_code"), (Paths[3], "device_code") })
        {
            var response = await PostAsync(path, Encoding.UTF8.GetBytes(body.Replace("NAME", member, StringComparison.Ordinal)));
            response.IsError(400, "bad_request", description.Replace("NAME", member, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_wrong_action_is_named() =>
        (await PostAsync(Paths[1], "{\"user_code\":\"BBBB-BBBB\",\"action\":[]}"u8))
            .IsError(400, "bad_request", "The member action must be a string.");

    [Fact]
    public async Task The_error_for_an_empty_body_asks_for_a_JSON_object()
    {
        foreach (var path in Paths[1..])
        {
            (await PostAsync(path, [])).IsError(400, "bad_request", "The body is empty. Send a JSON object.");
        }
    }

    [Theory]
    [InlineData(0xff)]
    [InlineData(0xc0, 0x80)] // overlong
    [InlineData(0xed, 0xa0, 0x80)] // a surrogate
    [InlineData(0xe2, 0x82)] // cut off
    public async Task Invalid_UTF_8_is_rejected(params int[] bytes)
    {
        foreach (var path in Paths)
        {
            byte[] body = [.. "{\"user_code\":\""u8, .. bytes.Select(b => (byte)b), .. "\",\"device_code\":\"\"}"u8];
            (await PostAsync(path, body)).IsError(400, "bad_request", "The body is not valid UTF-8.");
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("json")]
    [InlineData(";;;")]
    [InlineData("; application/json")]
    [InlineData("text/plain")]
    [InlineData("text/json")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/jsonp")]
    [InlineData("application/json; charset=iso-8859-1")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/json, text/plain")]
    public async Task Another_content_type_is_rejected(string? contentType)
    {
        foreach (var path in Paths)
        {
            (await _service.PostBytesAsync(path, "{}"u8.ToArray(), contentType, TestService.Alice))
                .IsError(415, "unsupported_media_type", NoJson);
        }
    }

    [Theory]
    [InlineData("APPLICATION/JSON")]
    [InlineData("application/json;charset=UTF-8")]
    [InlineData("application/json; charset=\"utf-8\"")]
    [InlineData("application/json; v=1")]
    [InlineData("application/json;charset=\"UTF-8\"")]
    [InlineData("application/json; charset=utf8")]
    [InlineData("application/json; charset=us-ascii")]
    [InlineData("application/json;")]
    [InlineData("application/json; charset")]
    public async Task The_content_type_may_have_any_case_and_parameters(string contentType) =>
        Assert.Equal(200, (await _service.PostBytesAsync(Paths[0], "{}"u8.ToArray(), contentType)).Status);

    [Fact]
    public async Task A_byte_order_mark_is_ignored()
    {
        var (deviceCode, userCode) = await _service.IssueAsync();
        Assert.Equal(200, (await PostAsync("/auth/device/code", Marked("{}"))).Status);
        Assert.Equal(200, (await PostAsync("/auth/device/code", Marked(""))).Status);
        Assert.Equal(200, (await PostAsync("/auth/device/authorize", Marked($"{{\"user_code\": \"{userCode}\"}}"))).Status);
        Assert.Equal("complete", (await PostAsync("/auth/device/token", Marked($"{{\"device_code\": \"{deviceCode}\"}}")))["status"]);

        static byte[] Marked(string json) => Encoding.UTF8.GetBytes($"\ufeff{json}");
    }

    [Theory]
    [InlineData("identity", 200)]
    [InlineData("Identity, identity", 200)]
    [InlineData("", 200)]
    [InlineData("identity, gzip", 415)]
    [InlineData("br", 415)]
    public async Task A_body_may_have_the_encoding_identity(string encoding, int status)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, Paths[0]) { Content = new ByteArrayContent("{}"u8.ToArray()) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        Assert.Equal(status, (await _service.SendAsync(request)).Status);
    }

    [Fact]
    public async Task A_compressed_body_is_rejected()
    {
        foreach (var path in Paths)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent([0x1f, 0x8b, 8, 0]) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            request.Content.Headers.ContentEncoding.Add("gzip");
            request.Headers.TryAddWithoutValidation("Authorization", TestService.Alice);
            (await _service.SendAsync(request))
                .IsError(415, "unsupported_media_type", "Send the body without a Content-Encoding.");
        }
    }

    [Theory]
    [InlineData(8 * 1024, false, 200)]
    [InlineData((8 * 1024) + 1, false, 413)]
    [InlineData(8 * 1024, true, 200)]
    [InlineData((8 * 1024) + 1, true, 413)]
    [InlineData(1024 * 1024, true, 413)]
    public async Task A_body_can_have_8_KiB(int length, bool chunked, int status)
    {
        var body = Encoding.ASCII.GetBytes($"{{\"x\":\"{new string('x', length - 8)}\"}}");
        Assert.Equal(length, body.Length);
        var request = new HttpRequestMessage(HttpMethod.Post, Paths[0]) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TransferEncodingChunked = chunked;

        var response = await _service.SendAsync(request);

        Assert.Equal(status, response.Status);
        if (status == 413)
        {
            response.IsError(413, "content_too_large", "The body is larger than 8192 bytes. Send a smaller one.");
        }
    }

    [Fact]
    public async Task A_body_with_a_huge_Content_Length_is_rejected_before_it_arrives()
    {
        const string Headers = "Host: x\r\nContent-Type: application/json\r\nContent-Length: 20000000\r\n\r\n";
        Assert.Equal(413, await RawStatusAsync($"POST /auth/device/token HTTP/1.1\r\n{Headers}"));
    }

    [Fact]
    public async Task The_response_to_a_wrong_method_names_the_right_ones()
    {
        string[] methods = ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "BREW", "POST"];
        var paths = Paths.Select(path => (path, "POST")).Append(("/healthz", "GET, HEAD"));
        foreach (var (path, allow) in paths)
        {
            foreach (var method in methods.Except(allow.Split(", ")))
            {
                var response = await _service.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
                response.IsError(405, "method_not_allowed", $"This path supports only {allow}.");
                Assert.Equal(allow, string.Join(", ", response.ContentHeaders.Allow));
            }
        }
    }

    [Fact]
    public async Task A_HEAD_request_gets_no_body()
    {
        var response = await _service.SendAsync(new HttpRequestMessage(HttpMethod.Head, Paths[0]));
        Assert.Equal((405, ""), (response.Status, response.Text));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/auth")]
    [InlineData("/auth/device")]
    [InlineData("/auth/device/tokens")]
    [InlineData("/auth/device/token/more")]
    [InlineData("/auth//device/token")]
    [InlineData("/auth/device/token%2f")]
    [InlineData("/api/auth/device/token")]
    [InlineData("/index.html?x=<script>")]
    [InlineData("/%e2%98%83")]
    [InlineData("/..%5c..%5csecret")]
    public async Task Other_paths_get_a_404(string path)
    {
        foreach (var method in new[] { "GET", "POST", "DELETE", "OPTIONS" })
        {
            var response = await _service.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
            response.IsError(404, "not_found", "Unknown path. Check the URL.");
        }
    }

    [Fact]
    public async Task The_server_rejects_floods_of_headers_and_keeps_working()
    {
        var many = string.Concat(Enumerable.Range(0, 500).Select(i => $"X-Header-{i}: x\r\n"));
        var large = new string('x', 100_000);
        Assert.Equal(431, await RawStatusAsync($"POST /auth/device/code HTTP/1.1\r\nHost: x\r\n{many}\r\n"));
        Assert.Equal(431, await RawStatusAsync($"POST /auth/device/code HTTP/1.1\r\nHost: x\r\nX-Large: {large}\r\n\r\n"));
        Assert.Equal(414, await RawStatusAsync($"POST /{large} HTTP/1.1\r\nHost: x\r\n\r\n"));
        Assert.Equal(400, await RawStatusAsync("POST /auth/device/code HTTP/1.1\r\n\r\n"));
        Assert.Equal(400, await RawStatusAsync("\0\0\0\r\n\r\n"));

        await _service.IssueAsync();
    }

    [Fact]
    public async Task Many_and_odd_headers_below_the_limits_are_accepted()
    {
        var headers = Enumerable.Range(0, 80).Select(i => ($"X-Header-{i}", new string('x', 100)))
            .Append(("User-Agent", new string('u', 4000)))
            .Append(("X-Forwarded-For", "nonsense, , 999.1.1.1"))
            .Append(("Cookie", "user=%00%ff;;=;"));
        await _service.IssueAsync([.. headers]);
    }

    [Fact]
    public void Random_bytes_never_cause_a_500() => Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<int>(), (bytes, n) =>
        HasResponse(Paths[Math.Abs(n % Paths.Length)], bytes)).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Fact]
    public void Mutations_of_a_valid_body_never_cause_a_500()
    {
        const string UserCode = "\"user_code\": \"BDWP-HQPK\"";
        const string DeviceCode = "\"device_code\": \"0123456789abcdef0123456789abcdef01234567\"";
        var valid = Encoding.UTF8.GetBytes($"{{{UserCode}, \"action\": \"deny\", {DeviceCode}}}");
        var mutation =
            from places in Gen.Choose(0, valid.Length - 1).ArrayOf(3)
            from values in Gen.Choose(0, 255).ArrayOf(3)
            from cut in Gen.Frequency((3, Gen.Constant(valid.Length)), (1, Gen.Choose(0, valid.Length)))
            from path in Gen.Elements(Paths)
            select (Body: Mutate(places, values, cut), path);

        Prop.ForAll(mutation.ToArbitrary(), mutated => HasResponse(mutated.path, mutated.Body))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

        byte[] Mutate(int[] places, int[] values, int cut)
        {
            var body = valid.ToArray();
            for (var i = 0; i < places.Length; i++)
            {
                body[places[i]] = (byte)values[i];
            }

            return body[..cut];
        }
    }

    private static string Position(int line, int position) => $"The body is not valid JSON at line {line}, byte {position}.";

    private bool HasResponse(string path, byte[] body)
    {
        // A new person and address each time; otherwise a limit would refuse most requests.
        var n = Interlocked.Increment(ref _cases);
        var forwardedFor = ("X-Forwarded-For", $"10.{n >> 16}.{(n >> 8) & 255}.{n & 255}");
        var response = _service.PostBytesAsync(path, body, "application/json", $"Bearer dev:u{n}@example.com", forwardedFor)
            .GetAwaiter().GetResult().IsWellFormed();
        return response.Status is 200 or 400 or 404 && (response.Status == 200 || response["error"] is { Length: > 0 });
    }

    private Task<ServiceResponse> PostAsync(string path, ReadOnlySpan<byte> body) =>
        _service.PostBytesAsync(path, body.ToArray(), authorization: TestService.Alice);

    private async Task<int> RawStatusAsync(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_service.Client.BaseAddress!.Host, _service.Client.BaseAddress.Port);
        var stream = client.GetStream();
        try
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        }
        catch (IOException)
        {
            // The server closed the connection before it read everything.
        }

        using var reader = new StreamReader(stream);
        var status = await reader.ReadLineAsync();
        return int.Parse(status!.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
