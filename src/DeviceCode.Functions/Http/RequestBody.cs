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

/// <summary>The parameters in a request's body: a JSON object, or a form. Those that nobody asks for are ignored.</summary>
/// <remarks>Whatever is wrong with it ends the request with a 400, 413 or 415 that names the parameter or the position.</remarks>
internal sealed class RequestBody : IDisposable
{
    /// <summary>The most bytes a body can have.</summary>
    public const int MaxBytes = 8 * 1024;

    private const string Form = "application/x-www-form-urlencoded";

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    private readonly JsonDocument? _json;
    private readonly Dictionary<string, StringValues>? _form;

    private readonly bool _emptyIsNone;

    private RequestBody(JsonDocument? json = null, Dictionary<string, StringValues>? form = null, bool emptyIsNone = false) =>
        (_json, _form, _emptyIsNone) = (json, form, emptyIsNone);

    /// <summary>Reads a JSON object, which must be there.</summary>
    public static async Task<RequestBody> ReadJsonAsync(HttpRequest request) =>
        await ReadBytesAsync(request) is { IsEmpty: false } bytes ? ParseJson(request, bytes) : throw Bad("The body is empty. Send a JSON object.");

    /// <summary>Reads a JSON object if there is one.</summary>
    public static async Task<RequestBody> ReadOptionalJsonAsync(HttpRequest request) =>
        await ReadBytesAsync(request) is { IsEmpty: false } bytes ? ParseJson(request, bytes) : new RequestBody();

    /// <summary>Reads a form, as the OAuth RFCs want it, or a JSON object with the same members. Repeated parameters are refused, empty ones left out (RFC 6749 §3.2).</summary>
    public static async Task<RequestBody> ReadFormOrJsonAsync(HttpRequest request) => await ReadBytesAsync(request) switch
    {
        { IsEmpty: true } => throw Bad("The body is empty. Send the parameters as a form."),
        var bytes when IsType(request, MediaTypeNames.Application.Json) => ParseJson(request, bytes, emptyIsNone: true),
        var bytes when IsType(request, Form) => ParseForm(request, bytes),
        _ => throw UnsupportedMediaType(
            "Send the body as a form in UTF-8, with Content-Type: application/x-www-form-urlencoded, or as JSON, with Content-Type: application/json."),
    };

    /// <summary>The text of a parameter that must be there.</summary>
    public string Required(string name) => Optional(name) ?? throw Bad($"The {Noun} {name} is missing.");

    /// <summary>The text of a parameter; null when it is not there, or null in JSON, or empty where the RFCs take that for not there.</summary>
    public string? Optional(string name) =>
        (_form is null ? FromJson(name) : _form.GetValueOrDefault(name).ToString()) is { } text && !(_emptyIsNone && text.Length == 0) ? text : null;

    public void Dispose() => _json?.Dispose();

    private string Noun => _form is null ? "member" : "parameter";

    private string? FromJson(string name)
    {
        if (_json is null || !_json.RootElement.TryGetProperty(name, out var member) || member.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (member.ValueKind != JsonValueKind.String)
        {
            throw Bad($"The member {name} must be a string.");
        }

        try
        {
            return member.GetString();
        }
        catch (InvalidOperationException)
        {
            throw Bad($"The member {name} is not valid Unicode text.");
        }
    }

    private static RequestBody ParseJson(HttpRequest request, ReadOnlyMemory<byte> bytes, bool emptyIsNone = false)
    {
        if (!IsType(request, MediaTypeNames.Application.Json))
        {
            throw UnsupportedMediaType("Send the body as JSON in UTF-8, with Content-Type: application/json.");
        }

        CheckEncoding(request, bytes);
        try
        {
            var document = JsonDocument.Parse(bytes, Strict);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new RequestBody(document, emptyIsNone: emptyIsNone)
                : throw Bad("The body must be a JSON object.");
        }
        catch (JsonException malformed)
        {
            throw Bad(malformed is { LineNumber: { } line, BytePositionInLine: { } position }
                ? string.Create(CultureInfo.InvariantCulture, $"The body is not valid JSON, from line {line + 1}, byte {position + 1} on.")
                : "The body has a member twice.");
        }
        catch (InvalidOperationException)
        {
            throw Bad("The body has a member whose name is not valid Unicode text.");
        }
    }

    private static RequestBody ParseForm(HttpRequest request, ReadOnlyMemory<byte> bytes)
    {
        CheckEncoding(request, bytes);
        var form = QueryHelpers.ParseQuery(Encoding.UTF8.GetString(bytes.Span));
        return form.Values.All(values => values.Count == 1)
            ? new RequestBody(form: new Dictionary<string, StringValues>(form, StringComparer.Ordinal), emptyIsNone: true)
            : throw Bad("The body has a parameter twice.");
    }

    private static bool IsType(HttpRequest request, string mediaType) => MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType.Equals(mediaType, StringComparison.OrdinalIgnoreCase)
        && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    private static void CheckEncoding(HttpRequest request, ReadOnlyMemory<byte> bytes)
    {
        if (request.Headers.ContentEncoding.Count > 0)
        {
            throw UnsupportedMediaType("Send the body as it is, without a Content-Encoding.");
        }

        if (!Utf8.IsValid(bytes.Span))
        {
            throw Bad("The body is not valid UTF-8.");
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReadBytesAsync(HttpRequest request)
    {
        if (request.ContentLength > MaxBytes)
        {
            throw new ApiException(ApiError.ContentTooLarge(MaxBytes));
        }

        try
        {
            var buffer = new byte[MaxBytes + 1];
            var length = await request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, request.HttpContext.RequestAborted);
            return length <= MaxBytes ? buffer.AsMemory(0, length) : throw new ApiException(ApiError.ContentTooLarge(MaxBytes));
        }
        catch (BadHttpRequestException malformed)
        {
            throw new ApiException(malformed.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? ApiError.ContentTooLarge(MaxBytes)
                : new ApiError(malformed.StatusCode, "bad_request", "The body could not be read to its end."));
        }
    }

    private static ApiException Bad(string description) => new(ApiError.BadRequest(description));

    private static ApiException UnsupportedMediaType(string description) => new(ApiError.UnsupportedMediaType(description));
}
