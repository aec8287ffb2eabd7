namespace DeviceCode.Functions.Http;

using System.Globalization;
using System.Net.Mime;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

/// <summary>The parameters in a request's body, which is a JSON object or a form. Unknown parameters are ignored.</summary>
/// <remarks>An invalid body ends the request with a 400, 413 or 415 that names the parameter or the position.</remarks>
internal sealed class RequestBody : IDisposable
{
    /// <summary>The maximum size of a body, in bytes.</summary>
    public const int MaxBytes = 8 * 1024;

    private const double MaxSeconds = int.MaxValue;

    private const string Form = "application/x-www-form-urlencoded";

    private static readonly byte[] ByteOrderMark = [0xef, 0xbb, 0xbf];

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    private readonly Faults _faults;
    private readonly JsonDocument? _json;
    private readonly ILookup<string, string>? _form;

    private RequestBody(Faults faults, JsonDocument? json = null, ILookup<string, string>? form = null) =>
        (_faults, _json, _form) = (faults, json, form);

    private string Noun => _json is null && _faults.AreOAuth ? "parameter" : "member";

    /// <summary>Reads a JSON object.</summary>
    public static async Task<RequestBody> ReadJsonAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var faults = new Faults(null);
        var bytes = await ReadBytesAsync(request, faults, cancellationToken);
        return bytes.IsEmpty ? throw faults.Bad("The body is empty. Send a JSON object.") : ParseJson(request, bytes, faults);
    }

    /// <summary>Reads a JSON object; the body may be empty.</summary>
    public static async Task<RequestBody> ReadOptionalJsonAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var faults = new Faults(null);
        var bytes = await ReadBytesAsync(request, faults, cancellationToken);
        return bytes.IsEmpty ? new RequestBody(faults) : ParseJson(request, bytes, faults);
    }

    /// <summary>
    /// Reads a form, which the OAuth RFCs require, or a JSON object with the same members; the body may be empty. A parameter without a
    /// value counts as omitted (RFC 6749 §3.1).
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="error">The error code of every fault; OAuth has one for all.</param>
    /// <param name="cancellationToken">Cancelled at the deadline of the request.</param>
    public static async Task<RequestBody> ReadFormOrJsonAsync(
        HttpRequest request, string error, CancellationToken cancellationToken)
    {
        var faults = new Faults(error);
        return await ReadBytesAsync(request, faults, cancellationToken) switch
        {
            { IsEmpty: true } => new RequestBody(faults),
            var bytes when IsJson(request) => ParseJson(request, bytes, faults),
            var bytes when IsForm(request) => ParseForm(request, bytes, faults),
            _ => throw faults.UnsupportedMediaType(
                $"Send the parameters as a form (Content-Type: {Form}) or as JSON (Content-Type: application/json), in UTF-8."),
        };
    }

    /// <summary>Returns a required parameter. Names are case-sensitive.</summary>
    public string Required(string name) => Optional(name) ?? throw _faults.Bad($"The {Noun} {name} is missing.");

    /// <summary>Returns a parameter, or null if it is missing, null in JSON, or empty at an OAuth endpoint.</summary>
    /// <remarks>
    /// A parameter must not be repeated (RFC 6749 §3.2). One that is not read may be, like <c>resource</c> (RFC 8707 §2).
    /// </remarks>
    public string? Optional(string name)
    {
        if (_form is null)
        {
            return FromJson(name) is { } text && !(_faults.AreOAuth && text.Length == 0) ? text : null;
        }

        return _form[name].Take(2).ToList() switch
        {
            [] => null,
            [var value] => value,
            _ => throw _faults.Bad($"The parameter {name} is repeated. Send it once."),
        };
    }

    /// <summary>Returns a number of seconds in a JSON object, which must not be negative; null if it is missing.</summary>
    public TimeSpan? OptionalSeconds(string name)
    {
        if (_json is null || !_json.RootElement.TryGetProperty(name, out var member) || member.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return member.ValueKind == JsonValueKind.Number && member.TryGetDouble(out var seconds) && seconds is >= 0 and <= MaxSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw _faults.Bad($"The member {name} must be a number of seconds.");
    }

    public void Dispose() => _json?.Dispose();

    private string? FromJson(string name)
    {
        if (_json is null || !_json.RootElement.TryGetProperty(name, out var member) || member.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (member.ValueKind != JsonValueKind.String)
        {
            throw _faults.Bad($"The member {name} must be a string.");
        }

        try
        {
            return member.GetString();
        }
        catch (InvalidOperationException)
        {
            throw _faults.Bad($"The member {name} is not valid Unicode text.");
        }
    }

    private static RequestBody ParseJson(HttpRequest request, ReadOnlyMemory<byte> bytes, Faults faults)
    {
        if (!IsJson(request))
        {
            throw faults.UnsupportedMediaType("Send the body as JSON in UTF-8, with Content-Type: application/json.");
        }

        CheckEncoding(request, bytes, faults);
        try
        {
            var document = JsonDocument.Parse(bytes, Strict);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new RequestBody(faults, json: document)
                : throw faults.Bad("The body must be a JSON object.");
        }
        catch (JsonException malformed)
        {
            throw faults.Bad(malformed is { LineNumber: { } line, BytePositionInLine: { } position }
                ? string.Create(CultureInfo.InvariantCulture, $"The body is not valid JSON at line {line + 1}, byte {position + 1}.")
                : "The body has two members of the same name. Send each member once.");
        }
        catch (InvalidOperationException)
        {
            throw faults.Bad("The body has a member whose name is not valid Unicode text.");
        }
    }

    private static RequestBody ParseForm(HttpRequest request, ReadOnlyMemory<byte> bytes, Faults faults)
    {
        CheckEncoding(request, bytes, faults);

        // The parser skips a "?" at the beginning, because it is made for queries. In a form that is a part of the first name.
        var pairs = new List<(string Name, string Value)>();
        foreach (var pair in new QueryStringEnumerable($"?{Encoding.UTF8.GetString(bytes.Span)}"))
        {
            pairs.Add((pair.DecodeName().ToString(), pair.DecodeValue().ToString()));
        }

        var form = pairs.Where(pair => pair.Value.Length > 0).ToLookup(pair => pair.Name, pair => pair.Value, StringComparer.Ordinal);
        return new RequestBody(faults, form: form);
    }

    // JSON is UTF-8 (RFC 8259 §8.1), of which US-ASCII is a part.
    private static bool IsJson(HttpRequest request) => IsType(request, MediaTypeNames.Application.Json, out var charset)
        && charset.ToUpperInvariant() is "" or "UTF-8" or "UTF8" or "US-ASCII";

    // The type has no charset, but some clients send one. CheckEncoding checks that the bytes are UTF-8. Only UTF-16 and UTF-32 are
    // rejected: in the other charsets, ASCII text has the same bytes as in UTF-8.
    private static bool IsForm(HttpRequest request) => IsType(request, Form, out var charset)
        && !charset.StartsWith("utf-16", StringComparison.OrdinalIgnoreCase)
        && !charset.StartsWith("utf-32", StringComparison.OrdinalIgnoreCase);

    private static bool IsType(HttpRequest request, string mediaType, out string charset)
    {
        var contentType = request.ContentType ?? "";
        charset = MediaTypeHeaderValue.TryParse(contentType, out var parsed) ? HeaderUtilities.RemoveQuotes(parsed.Charset).ToString() : "";
        return contentType.Split(';')[0].Trim().Equals(mediaType, StringComparison.OrdinalIgnoreCase);
    }

    private static void CheckEncoding(HttpRequest request, ReadOnlyMemory<byte> bytes, Faults faults)
    {
        if (request.Headers.GetCommaSeparatedValues(HeaderNames.ContentEncoding).Any(coding => !IsIdentity(coding)))
        {
            throw faults.UnsupportedMediaType("Send the body without a Content-Encoding.");
        }

        if (!Utf8.IsValid(bytes.Span))
        {
            throw faults.Bad("The body is not valid UTF-8.");
        }
    }

    // RFC 9110 §8.4.1: "identity" means no encoding.
    private static bool IsIdentity(string coding) => coding.Equals("identity", StringComparison.OrdinalIgnoreCase);

    private static async Task<ReadOnlyMemory<byte>> ReadBytesAsync(
        HttpRequest request, Faults faults, CancellationToken cancellationToken)
    {
        if (request.ContentLength > MaxBytes)
        {
            throw faults.TooLarge();
        }

        try
        {
            var buffer = new byte[MaxBytes + 1];
            var length = await request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            var bytes = length <= MaxBytes ? buffer.AsMemory(0, length) : throw faults.TooLarge();

            // RFC 8259 §8.1 allows a parser to ignore a byte order mark, which some clients send.
            return bytes.Span.StartsWith(ByteOrderMark) ? bytes[ByteOrderMark.Length..] : bytes;
        }
        catch (BadHttpRequestException malformed) when (malformed.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw faults.TooLarge();
        }
        catch (BadHttpRequestException malformed)
        {
            throw faults.Bad("The body is incomplete, or its chunks are malformed. Send all of it.", malformed.StatusCode);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw faults.Bad("The body did not arrive in time. Send all of it at once.", StatusCodes.Status408RequestTimeout);
        }
        catch (IOException)
        {
            // The client has disconnected, so it gets no response.
            throw faults.Bad("The body is incomplete.", StatusCodes.Status499ClientClosedRequest);
        }
    }

    /// <summary>
    /// The errors of a body. OAuth has one error code for all of them (RFC 6749 §5.2); the JSON API has one for each status.
    /// </summary>
    private readonly record struct Faults(string? OAuthError)
    {
        public bool AreOAuth => OAuthError is not null;

        public ApiException Bad(string description, int status = StatusCodes.Status400BadRequest) =>
            new(new ApiError(status, OAuthError ?? "bad_request", description));

        public ApiException TooLarge() => new(ApiError.ContentTooLarge(MaxBytes, OAuthError ?? "content_too_large"));

        public ApiException UnsupportedMediaType(string description) =>
            new(ApiError.UnsupportedMediaType(description, OAuthError ?? "unsupported_media_type"));
    }
}
