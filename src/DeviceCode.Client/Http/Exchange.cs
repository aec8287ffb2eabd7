namespace DeviceCode.Client;

using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

/// <summary>One request and its answer, within a time and a size. Whatever goes wrong with it is in the answer.</summary>
internal static class Exchange
{
    // Tokens with many claims have tens of kilobytes, metadata too.
    private const int MaxBytes = 256 * 1024;

    private static readonly string[] Secrets = ["device_code", "client_secret", "code_verifier", "refresh_token", "token"];

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16 };

    /// <summary>Sends a form, as the OAuth RFCs want it.</summary>
    public static Task<Answer> PostFormAsync(
        this Connection connection, Uri uri, IReadOnlyDictionary<string, string> form, AuthenticationHeaderValue? authorization, CancellationToken cancellationToken) =>
        connection.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, uri) { Content = new FormUrlEncodedContent(form), Headers = { Authorization = authorization } },
            [.. Secrets.Where(form.ContainsKey).Select(name => form[name]).Where(value => value.Length > 0)],
            cancellationToken);

    /// <summary>Sends a request and reads the JSON object in its answer.</summary>
    /// <param name="connection">How.</param>
    /// <param name="request">The request; disposed of here.</param>
    /// <param name="secrets">What is in the request that must not be shown.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Answer> SendAsync(
        this Connection connection, HttpRequestMessage request, IReadOnlyCollection<string> secrets, CancellationToken cancellationToken)
    {
        var uri = request.RequestUri!;
        RequireSecure(uri);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.TryAddWithoutValidation("User-Agent", connection.UserAgent);

        using var _ = request;
        using var invoker = new HttpMessageInvoker(connection.Handler, disposeHandler: false);
        using var timeout = new CancellationTokenSource(connection.RequestTimeout, connection.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var response = await invoker.SendAsync(request, either.Token).ConfigureAwait(false);
            var body = await ReadAsync(response, either.Token).ConfigureAwait(false);
            var (json, trouble) = Parse(uri, response, body);
            return new Answer
            {
                Status = (int)response.StatusCode,
                Json = json,
                Trouble = trouble,
                RetryAfter = RetryAfter(response, connection.TimeProvider),
                Secrets = secrets,
            };
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // With the caller's own token, and not that of both.
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or OperationCanceledException)
        {
            return new Answer { Trouble = Unreachable(uri, fault, connection.RequestTimeout) };
        }
    }

    /// <summary>Refuses to send anything over http, but to this machine.</summary>
    /// <exception cref="DeviceLoginException">The address is neither https nor on this machine.</exception>
    public static void RequireSecure(Uri uri)
    {
        if (!uri.IsAbsoluteUri || !(uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback)))
        {
            throw new DeviceLoginException(
                DeviceLoginFailure.Configuration, $"The address {(uri.IsAbsoluteUri ? uri.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped) : "without a scheme")} is not https.", "Use an https address; http is for servers on this machine only.");
        }
    }

    /// <summary>The body; null when it is too large.</summary>
    private static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = new ArrayBufferWriter<byte>();
        using var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
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

    private static (JsonElement Json, DeviceLoginException? Trouble) Parse(Uri uri, HttpResponseMessage response, ReadOnlyMemory<byte>? body)
    {
        var status = (int)response.StatusCode;
        if (status is >= 300 and < 400 || (response.RequestMessage?.RequestUri is { } answered && answered != uri))
        {
            var target = response.Headers.Location is { IsAbsoluteUri: true } location ? $" to {location.IdnHost}" : "";
            return (default, new DeviceLoginException(
                DeviceLoginFailure.Configuration, $"{uri.Authority} redirects the request{target}, and secrets are not sent after a redirect.", "Use the address that it redirects to, if you trust it."));
        }

        if (body is null)
        {
            return (default, Nonsense(string.Create(CultureInfo.InvariantCulture, $"more than {MaxBytes / 1024} KiB")));
        }

        try
        {
            // Whatever its Content-Type says: what can be read as JSON is.
            var json = JsonElement.Parse(body.Value.Span, Strict);
            RequireText(json);
            return json.ValueKind == JsonValueKind.Object ? (json, null) : (default, Nonsense("JSON that is no object"));
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return (default, Nonsense(body.Value.IsEmpty ? "nothing" : "something that is not JSON"));
        }

        DeviceLoginException Nonsense(string what) => status >= 500
            ? new(DeviceLoginFailure.Network, string.Create(CultureInfo.InvariantCulture, $"{uri.Authority} is out of order: it answers with status {status}."), "Try again later.")
            : new(
                DeviceLoginFailure.Protocol,
                string.Create(CultureInfo.InvariantCulture, $"{uri.Authority} answers with {what} (status {status}), and not as an authorization server does."),
                "Check the address, and whether a proxy or a sign-in page of the network stands in between.");
    }

    /// <summary>Reads every name and text once, so that none is half a character when it is needed.</summary>
    /// <exception cref="InvalidOperationException">One is not valid Unicode.</exception>
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

        // By the clock of the server that wrote it, where that is told: this machine's may be wrong.
        { Date: { } date } => date - (response.Headers.Date ?? time.GetUtcNow()) is { Ticks: > 0 } left ? left : TimeSpan.Zero,
        _ => null,
    };

    private static DeviceLoginException Unreachable(Uri uri, Exception fault, TimeSpan timeout)
    {
        var (message, fix) = (fault as HttpRequestException)?.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => ($"The name {uri.IdnHost} cannot be resolved.", "Check the name, and that this machine is online."),
            HttpRequestError.SecureConnectionError => (
                $"There is no secure connection to {uri.Authority}.", "Check this machine's clock and certificates, and whether a proxy stands in between."),
            HttpRequestError.ProxyTunnelError => ($"The proxy does not let requests to {uri.Authority} through.", "Check the proxy's settings (HTTPS_PROXY, NO_PROXY)."),
            HttpRequestError.ConnectionError => ($"{uri.Authority} cannot be reached.", "Check that this machine is online, and that the server runs."),
            _ when fault is OperationCanceledException => (
                string.Create(CultureInfo.InvariantCulture, $"{uri.Authority} does not answer within {timeout.TotalSeconds:0.#} seconds."), "Check the network, then try again."),
            _ => ($"The connection to {uri.Authority} broke.", "Check the network, then try again."),
        };
        return new DeviceLoginException(DeviceLoginFailure.Network, message, fix, fault);
    }
}
