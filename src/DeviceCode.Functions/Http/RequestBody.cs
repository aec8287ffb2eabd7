namespace DeviceCode.Functions.Http;

using System.Globalization;
using System.Net.Mime;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

/// <summary>The parameters in a request's body, which is a JSON object or a form. Unknown parameters are ignored.</summary>
/// <remarks>An invalid body ends the request with a 400, 413 or 415 that names the parameter or the position.</remarks>
internal sealed class RequestBody : IDisposable
{
    /// <summary>The maximum size of a body, in bytes.</summary>
    public const int MaxBytes = 8 * 1024;

    private const string Form = "application/x-www-form-urlencoded";

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    private readonly Faults _faults;
    private readonly JsonDocument? _json;
    private readonly Dictionary<string, StringValues>? _form;

    private RequestBody(Faults faults, JsonDocument? json = null, Dictionary<string, StringValues>? form = null) =>
        (_faults, _json, _form) = (faults, json, form);

    private string Noun => _form is null ? "member" : "parameter";

    /// <summary>Reads a JSON object.</summary>
    public static async Task<RequestBody> ReadJsonAsync(HttpRequest request)
    {
        var faults = new Faults(null);
        var bytes = await ReadBytesAsync(request, faults);
        return bytes.IsEmpty ? throw faults.Bad("The body is empty. Send a JSON object.") : ParseJson(request, bytes, faults);
    }

    /// <summary>Reads a JSON object; the body may be empty.</summary>
    public static async Task<RequestBody> ReadOptionalJsonAsync(HttpRequest request)
    {
        var faults = new Faults(null);
        var bytes = await ReadBytesAsync(request, faults);
        return bytes.IsEmpty ? new RequestBody(faults) : ParseJson(request, bytes, faults);
    }

    /// <summary>
    /// Reads a form, which the OAuth RFCs require, or a JSON object with the same members. Rejects repeated parameters and ignores
    /// empty ones (RFC 6749 §3.2).
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="error">The error code of every fault; OAuth has one for all.</param>
    public static async Task<RequestBody> ReadFormOrJsonAsync(HttpRequest request, string error)
    {
        var faults = new Faults(error);
        return await ReadBytesAsync(request, faults) switch
        {
            { IsEmpty: true } => throw faults.Bad("The body is empty. Send the parameters as a form."),
            var bytes when IsType(request, MediaTypeNames.Application.Json) => ParseJson(request, bytes, faults),
            var bytes when IsType(request, Form) => ParseForm(request, bytes, faults),
            _ => throw faults.UnsupportedMediaType(
                $"Send the parameters as a form (Content-Type: {Form}) or as JSON (Content-Type: application/json), in UTF-8."),
        };
    }

    /// <summary>Returns a required parameter.</summary>
    public string Required(string name) => Optional(name) ?? throw _faults.Bad($"The {Noun} {name} is missing.");

    /// <summary>Returns a parameter, or null if it is missing, null in JSON, or empty at an OAuth endpoint.</summary>
    public string? Optional(string name)
    {
        var text = _form is null ? FromJson(name) : _form.GetValueOrDefault(name).ToString();
        return _faults.AreOAuth && text is "" ? null : text;
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
        if (!IsType(request, MediaTypeNames.Application.Json))
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
                : "The body repeats a member.");
        }
        catch (InvalidOperationException)
        {
            throw faults.Bad("The body has a member whose name is not valid Unicode text.");
        }
    }

    private static RequestBody ParseForm(HttpRequest request, ReadOnlyMemory<byte> bytes, Faults faults)
    {
        CheckEncoding(request, bytes, faults);
        var form = QueryHelpers.ParseQuery(Encoding.UTF8.GetString(bytes.Span));
        return form.Values.All(values => values.Count == 1)
            ? new RequestBody(faults, form: new Dictionary<string, StringValues>(form, StringComparer.Ordinal))
            : throw faults.Bad("The body repeats a parameter.");
    }

    private static bool IsType(HttpRequest request, string mediaType) => MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType.Equals(mediaType, StringComparison.OrdinalIgnoreCase)
        && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    private static void CheckEncoding(HttpRequest request, ReadOnlyMemory<byte> bytes, Faults faults)
    {
        if (request.Headers.ContentEncoding.Count > 0)
        {
            throw faults.UnsupportedMediaType("Send the body without a Content-Encoding.");
        }

        if (!Utf8.IsValid(bytes.Span))
        {
            throw faults.Bad("The body is not valid UTF-8.");
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReadBytesAsync(HttpRequest request, Faults faults)
    {
        if (request.ContentLength > MaxBytes)
        {
            throw faults.TooLarge();
        }

        try
        {
            var buffer = new byte[MaxBytes + 1];
            var cancellationToken = request.HttpContext.RequestAborted;
            var length = await request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            return length <= MaxBytes ? buffer.AsMemory(0, length) : throw faults.TooLarge();
        }
        catch (BadHttpRequestException malformed) when (malformed.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw faults.TooLarge();
        }
        catch (BadHttpRequestException malformed)
        {
            throw faults.Bad("The body is incomplete.", malformed.StatusCode);
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
