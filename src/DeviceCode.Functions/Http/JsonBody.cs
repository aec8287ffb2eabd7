namespace DeviceCode.Functions.Http;

using System.Globalization;
using System.Net.Mime;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

/// <summary>The JSON object in a request's body. Members that nobody asks for are ignored.</summary>
/// <remarks>Whatever is wrong with it ends the request with a 400, 413 or 415 that names the member or the position.</remarks>
internal sealed class JsonBody : IDisposable
{
    /// <summary>The most bytes a body can have.</summary>
    public const int MaxBytes = 8 * 1024;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    private readonly JsonDocument? _document;

    private JsonBody(JsonDocument? document) => _document = document;

    /// <summary>Reads the body, which must be there.</summary>
    public static async Task<JsonBody> ReadAsync(HttpRequest request) =>
        Parse(request, await ReadBytesAsync(request)) ?? throw Bad("The body is empty. Send a JSON object.");

    /// <summary>Reads the body if there is one.</summary>
    public static async Task<JsonBody> ReadOptionalAsync(HttpRequest request) =>
        Parse(request, await ReadBytesAsync(request)) ?? new JsonBody(null);

    /// <summary>The text of a member that must be there.</summary>
    public string Required(string name) => Optional(name) ?? throw Bad($"The member {name} is missing.");

    /// <summary>The text of a member; null when it is not there, or is null.</summary>
    public string? Optional(string name)
    {
        if (_document is null || !_document.RootElement.TryGetProperty(name, out var member) || member.ValueKind == JsonValueKind.Null)
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

    public void Dispose() => _document?.Dispose();

    private static JsonBody? Parse(HttpRequest request, ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return null;
        }

        CheckType(request);
        if (!Utf8.IsValid(bytes.Span))
        {
            throw Bad("The body is not valid UTF-8.");
        }

        try
        {
            var document = JsonDocument.Parse(bytes, Strict);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new JsonBody(document)
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

    private static void CheckType(HttpRequest request)
    {
        var isJson = MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            && type.MediaType.Equals(MediaTypeNames.Application.Json, StringComparison.OrdinalIgnoreCase)
            && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));
        if (!isJson)
        {
            throw new ApiException(ApiError.UnsupportedMediaType("Send the body as JSON in UTF-8, with Content-Type: application/json."));
        }

        if (request.Headers.ContentEncoding.Count > 0)
        {
            throw new ApiException(ApiError.UnsupportedMediaType("Send the body as it is, without a Content-Encoding."));
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReadBytesAsync(HttpRequest request)
    {
        if (request.ContentLength > MaxBytes)
        {
            throw new ApiException(ApiError.ContentTooLarge(MaxBytes));
        }

        var buffer = new byte[MaxBytes + 1];
        var length = await request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, request.HttpContext.RequestAborted);
        return length <= MaxBytes ? buffer.AsMemory(0, length) : throw new ApiException(ApiError.ContentTooLarge(MaxBytes));
    }

    private static ApiException Bad(string description) => new(ApiError.BadRequest(description));
}
