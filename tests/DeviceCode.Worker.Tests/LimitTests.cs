namespace DeviceCode.Worker.Tests;

using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using DeviceCode.Functions.Http;

/// <summary>The limits of the host and of the worker. The worker's are higher: it accepts every request that the host forwards.</summary>
[Collection(nameof(SharedWorker))]
public sealed class LimitTests(SharedWorker shared)
{
    private const string Close = "Connection: close\r\n";
    private const string TooLarge = "The body is larger than 8192 bytes. Send a smaller one.";

    private WorkerService Service => shared.Service;

    private int BodySizeLimit => int.Parse(Service.Settings["FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"], CultureInfo.InvariantCulture);

    [Fact]
    public async Task As_many_headers_as_the_host_accepts_reach_the_worker()
    {
        // 100 headers with Host and Connection; the host adds four for the worker.
        var headers = string.Concat(Enumerable.Range(0, 98).Select(i => $"X-Header-{i}: x\r\n"));
        await IsServedAsync($"GET /healthz HTTP/1.1\r\nHost: x\r\n{Close}{headers}\r\n");
    }

    [Fact]
    public async Task Headers_as_large_as_the_host_accepts_reach_the_worker()
    {
        var head = $"Host: x\r\n{Close}X-Large: ";
        await IsServedAsync($"GET /healthz HTTP/1.1\r\n{head}{new string('x', (32 * 1024) - head.Length - 4)}\r\n\r\n");
    }

    [Fact]
    public async Task A_query_that_grows_when_it_is_escaped_reaches_the_worker() =>
        await IsServedAsync($"GET /device?x={new string('|', 3000)} HTTP/1.1\r\nHost: x\r\n{Close}\r\n");

    [Fact]
    public async Task A_query_as_long_as_the_host_accepts_reaches_the_worker()
    {
        const string Rest = "GET /device?x= HTTP/1.1\r\n";
        await IsServedAsync($"GET /device?x={new string('|', (8 * 1024) - Rest.Length)} HTTP/1.1\r\nHost: x\r\n{Close}\r\n");
    }

    [Theory]
    [InlineData(431, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Large: ", 33_000)]
    [InlineData(414, "GET /", 8_200)]
    public async Task The_host_rejects_larger_requests(int status, string beginning, int length)
    {
        var before = Service.Host.Invocations.Count;
        Assert.Equal(status, (await RawHttp.SendAsync(Service.Host.Address, $"{beginning}{new string('x', length)}\r\n\r\n")).Status);
        Assert.Equal(before, Service.Host.Invocations.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_of_8_KiB_is_read_and_a_larger_one_gets_an_error_in_JSON(bool chunked)
    {
        Assert.Equal(200, (await PostAsync(RequestBody.MaxBytes, chunked)).Status);
        (await PostAsync(RequestBody.MaxBytes + 1, chunked)).IsError(413, "content_too_large", TooLarge);

        // The host counts the framing of chunks too.
        (await PostAsync(BodySizeLimit - (chunked ? 1024 : 0), chunked)).IsError(413, "content_too_large", TooLarge);
    }

    /// <summary>The host reads the body into memory, and responds with an empty 500 (azure-functions-host#10519).</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_over_the_hosts_limit_never_reaches_the_worker(bool chunked)
    {
        var before = Service.Host.Invocations.Count;
        var response = await PostAsync(BodySizeLimit + 1, chunked);
        Assert.Equal((500, ""), (response.Status, response.Text));
        Assert.Equal(before, Service.Host.Invocations.Count);
    }

    private Task<ServiceResponse> PostAsync(int length, bool chunked)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/auth/device/code")
        {
            Content = new ByteArrayContent(Encoding.ASCII.GetBytes($"{{\"x\":\"{new string('x', length - 8)}\"}}")),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TransferEncodingChunked = chunked;
        return Service.SendAsync(request);
    }

    private async Task IsServedAsync(string request) => Assert.Equal(200, (await RawHttp.SendAsync(Service.Host.Address, request)).Status);
}
