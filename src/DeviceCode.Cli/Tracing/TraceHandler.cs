namespace DeviceCode.Cli.Tracing;

using System.Globalization;
using System.Net.Http.Headers;
using DeviceCode.Cli.Terminal;

/// <summary>Prints requests and responses for <c>--verbose</c>, with every secret masked.</summary>
/// <param name="inner">The handler that sends the requests.</param>
/// <param name="output">The writer to print to.</param>
/// <param name="time">The clock.</param>
/// <param name="showsBodies">False to print no bodies, because those of an API may contain anything.</param>
internal sealed class TraceHandler(HttpMessageHandler inner, TextWriter output, TimeProvider time, bool showsBodies)
    : DelegatingHandler(inner)
{
    private const int LargestBody = 64 * 1024;

    private readonly Masking _masking = new();

    /// <inheritdoc />
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Print('>', $"{request.Method} {_masking.Address(request.RequestUri!.AbsoluteUri)}");
        PrintHeaders('>', request.Headers);
        await PrintBodyAsync('>', request.Content, cancellationToken);
        var started = time.GetTimestamp();
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            Print('<', string.Create(
                CultureInfo.InvariantCulture,
                $"{(int)response.StatusCode} {response.ReasonPhrase} after {time.GetElapsedTime(started).TotalMilliseconds:0} ms"));
            PrintHeaders('<', response.Headers);
            await PrintBodyAsync('<', response.Content, cancellationToken);
            return response;
        }
        catch (HttpRequestException failed)
        {
            // The messages of the causes, which the outer ones only refer to.
            var causes = new List<string>();
            for (Exception? cause = failed; cause is not null; cause = cause.InnerException)
            {
                causes.Add(cause.Message.Replace(", see inner exception", "", StringComparison.OrdinalIgnoreCase).TrimEnd('.'));
            }

            Print('<', $"no response: {string.Join(": ", causes.Distinct())}");
            throw;
        }
    }

    private void PrintHeaders(char direction, HttpHeaders headers)
    {
        foreach (var (name, values) in headers.NonValidated)
        {
            foreach (var value in values)
            {
                Print(direction, $"{name}: {_masking.Header(name, value)}");
            }
        }
    }

    private async Task PrintBodyAsync(char direction, HttpContent? content, CancellationToken cancellationToken)
    {
        if (content?.Headers is not { } headers || headers.ContentLength == 0)
        {
            return;
        }

        PrintHeaders(direction, headers);
        var isJson = headers.ContentType?.MediaType?.EndsWith("json", StringComparison.OrdinalIgnoreCase) == true;
        var isForm = headers.ContentType?.MediaType == "application/x-www-form-urlencoded";
        if (!showsBodies || !(isJson || isForm) || headers.ContentLength > LargestBody)
        {
            return;
        }

        await content.LoadIntoBufferAsync(LargestBody, cancellationToken);
        var body = await content.ReadAsByteArrayAsync(cancellationToken);
        Print(direction, isJson ? _masking.Json(body) : _masking.Form(System.Text.Encoding.UTF8.GetString(body)));
    }

    private void Print(char direction, string line) => output.WriteLine($"{direction} {Printable.Line(line)}");
}
