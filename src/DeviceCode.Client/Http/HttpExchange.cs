namespace DeviceCode.Client;

using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

/// <summary>Sends one request and reads its response, within limits of time and size. Failures are part of the response.</summary>
internal static class HttpExchange
{
    // Tokens with many claims, and metadata, take tens of kilobytes.
    private const int MaxBytes = 256 * 1024;

    private static readonly string[] SecretParameters =
        [OAuthNames.DeviceCode, OAuthNames.ClientSecret, OAuthNames.CodeVerifier, OAuthNames.RefreshToken, OAuthNames.Token];

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16 };

    /// <summary>Sends a form (RFC 6749 §3.2).</summary>
    public static Task<ServerResponse> PostFormAsync(
        this Transport transport,
        Uri uri,
        IReadOnlyDictionary<string, string> form,
        AuthenticationHeaderValue? authorization,
        CancellationToken cancellationToken) =>
        transport.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, uri)
            {
                Content = new FormUrlEncodedContent(form),
                Headers = { Authorization = authorization },
            },
            [.. SecretParameters.Where(form.ContainsKey).Select(name => form[name]).Where(value => value.Length > 0)],
            cancellationToken);

    /// <summary>Sends a request, disposes of it, and reads the JSON object in the response.</summary>
    /// <param name="transport">The transport.</param>
    /// <param name="request">The request.</param>
    /// <param name="secrets">The values in the request that must never be displayed.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public static async Task<ServerResponse> SendAsync(
        this Transport transport, HttpRequestMessage request, IReadOnlyCollection<string> secrets, CancellationToken cancellationToken)
    {
        var uri = request.RequestUri!;
        RequireSecure(uri);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.TryAddWithoutValidation("User-Agent", transport.UserAgent);

        using var _ = request;
        using var invoker = new HttpMessageInvoker(transport.Handler, disposeHandler: false);
        using var timeout = new CancellationTokenSource(transport.RequestTimeout, transport.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var response = await invoker.SendAsync(request, either.Token).ConfigureAwait(false);
            var (json, failure) = await ReadAsync(uri, response, either.Token).ConfigureAwait(false);
            return new ServerResponse
            {
                Status = (int)response.StatusCode,
                Json = json,
                Failure = failure,
                RetryAfter = RetryAfter(response, transport.TimeProvider),
                Secrets = secrets,
            };
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The linked token is of no use to the caller, who compares the exception's token with their own.
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            return new ServerResponse { Failure = NetworkFailure.Of(uri, exception, transport.RequestTimeout) };
        }
    }

    /// <summary>Rejects http, except to this machine.</summary>
    /// <exception cref="DeviceLoginException">The URL is neither https nor on this machine.</exception>
    public static void RequireSecure(Uri uri)
    {
        if (!uri.IsAbsoluteUri || !(uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback)))
        {
            throw new DeviceLoginException(
                DeviceLoginFailure.Configuration,
                uri.IsAbsoluteUri
                    ? $"The URL {uri.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped)} does not use https."
                    : $"The URL \"{uri.OriginalString}\" has no scheme.",
                "Use an https URL; http is allowed for servers on this machine only.");
        }
    }

    private static async Task<(JsonElement Json, DeviceLoginException? Failure)> ReadAsync(
        Uri uri, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            return Parse(uri, response, await ReadAsync(response, cancellationToken).ConfigureAwait(false));
        }
        catch (InvalidDataException malformed)
        {
            return (default, new DeviceLoginException(
                DeviceLoginFailure.Protocol,
                $"The response of {uri.Authority} is not compressed as it says.",
                "Check whether a proxy changes the responses, or report it to the operator of the server.",
                malformed)
            {
                Status = (int)response.StatusCode,
            });
        }
    }

    // Null when the body is too large.
    private static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = new ArrayBufferWriter<byte>();
        using var stream = Decode(
            await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), response.Content.Headers.ContentEncoding);
        while (body.WrittenCount <= MaxBytes)
        {
            var read = await stream.ReadAsync(body.GetMemory(), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                return body.WrittenMemory;
            }

            body.Advance(read);
        }

        return null;
    }

    private static (JsonElement Json, DeviceLoginException? Failure) Parse(
        Uri uri, HttpResponseMessage response, ReadOnlyMemory<byte>? body)
    {
        var status = (int)response.StatusCode;
        if (status is >= 300 and < 400 || (response.RequestMessage?.RequestUri is { } answered && answered != uri))
        {
            var target = response.Headers.Location is { IsAbsoluteUri: true } location ? $" to {location.IdnHost}" : "";
            return (default, new DeviceLoginException(
                DeviceLoginFailure.Configuration,
                $"{uri.Authority} redirects the request{target}. Redirects are not followed, because the request contains secrets.",
                "Use the URL of the redirect, if you trust it.")
            {
                Status = status,
            });
        }

        if (body is null)
        {
            return (default, Unexpected(string.Create(CultureInfo.InvariantCulture, $"more than {MaxBytes / 1024} KiB")));
        }

        try
        {
            // Some servers send JSON with another Content-Type, so try to parse every body.
            var json = JsonElement.Parse(WithoutByteOrderMark(body.Value.Span), Strict);
            RequireText(json);
            return json.ValueKind == JsonValueKind.Object ? (json, null) : (default, Unexpected("JSON that is not an object"));
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return (default, Unexpected(body.Value.IsEmpty ? "an empty response" : "something other than JSON"));
        }

        DeviceLoginException Unexpected(string what) => new(
            DeviceLoginFailure.Protocol,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{uri.Authority} returned {what} (HTTP {status}); it does not look like an authorization server."),
            "Check the URL, and whether a proxy or a sign-in page of the network intercepts the request.")
        {
            Status = status,
        };
    }

    // RFC 8259 §8.1: a parser may ignore it.
    private static ReadOnlySpan<byte> WithoutByteOrderMark(ReadOnlySpan<byte> json) =>
        json.StartsWith(Encoding.UTF8.Preamble) ? json[Encoding.UTF8.Preamble.Length..] : json;

    // Decodes what the handler has left: a program's own handler may not decompress, and some servers compress every response.
    private static Stream Decode(Stream body, ICollection<string> encodings) => encodings.Reverse().Aggregate(body, (stream, encoding) =>
        encoding.ToUpperInvariant() switch
        {
            "GZIP" or "X-GZIP" => new GZipStream(stream, CompressionMode.Decompress),
            "DEFLATE" => new ZLibStream(stream, CompressionMode.Decompress),
            "BR" => new BrotliStream(stream, CompressionMode.Decompress),
            _ => stream,
        });

    // Invalid Unicode in a string throws only when the string is read. Reading all of them here makes every later read safe.
    private static void RequireText(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.String:
                _ = json.GetString();
                break;

            case JsonValueKind.Array:
                json.EnumerateArray().ToList().ForEach(RequireText);
                break;

            case JsonValueKind.Object:
                foreach (var member in json.EnumerateObject())
                {
                    _ = member.Name;
                    RequireText(member.Value);
                }

                break;
        }
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage response, TimeProvider time) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,

        // Compare with the server's own clock where it sends a Date: this machine's clock may be wrong.
        { Date: { } date } => date - (response.Headers.Date ?? time.GetUtcNow()) is { Ticks: > 0 } left ? left : TimeSpan.Zero,
        _ => null,
    };
}
