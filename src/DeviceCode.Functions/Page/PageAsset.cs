namespace DeviceCode.Functions.Page;

using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

/// <summary>A file of the page, ready to be sent: as it is or, where the browser takes that, compressed.</summary>
/// <param name="contentType">Its media type.</param>
/// <param name="bytes">Its content.</param>
/// <remarks>Compressed here, once, because neither the Functions host nor the worker compresses what it sends.</remarks>
internal sealed class PageAsset(string contentType, byte[] bytes) : IResult
{
    // The best that a browser names comes first.
    private readonly (string Encoding, Lazy<byte[]> Bytes)[] _encodings =
    [
        ("br", new(() => Compress(bytes, stream => new BrotliStream(stream, CompressionLevel.Optimal)))),
        ("gzip", new(() => Compress(bytes, stream => new GZipStream(stream, CompressionLevel.SmallestSize)))),
        ("identity", new(bytes)),
    ];

    /// <summary>The content, uncompressed.</summary>
    public ReadOnlySpan<byte> Bytes => bytes;

    /// <summary>A text in UTF-8.</summary>
    public static PageAsset Text(string contentType, string text) => new($"{contentType}; charset=utf-8", Encoding.UTF8.GetBytes(text));

    /// <inheritdoc />
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        var accepted = httpContext.Request.GetTypedHeaders().AcceptEncoding;
        var (encoding, content) = Array.Find(_encodings, known => known.Encoding == "identity" || accepted.Any(named => Takes(named, known.Encoding)));

        var response = httpContext.Response;
        response.ContentType = contentType;
        response.ContentLength = content.Value.Length;
        response.Headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);
        if (encoding != "identity")
        {
            response.Headers.ContentEncoding = encoding;
        }

        if (!HttpMethods.IsHead(httpContext.Request.Method))
        {
            await response.Body.WriteAsync(content.Value, httpContext.RequestAborted);
        }
    }

    private static bool Takes(StringWithQualityHeaderValue named, string encoding) =>
        named.Quality is not 0 && named.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase);

    private static byte[] Compress(byte[] bytes, Func<Stream, Stream> open)
    {
        using var compressed = new MemoryStream();
        using (var stream = open(compressed))
        {
            stream.Write(bytes);
        }

        return compressed.ToArray();
    }
}
