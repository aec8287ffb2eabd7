namespace DeviceCode.Functions.Page;

using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

/// <summary>A file of the page, sent uncompressed or, to a browser that accepts it, compressed with gzip.</summary>
/// <param name="contentType">The media type.</param>
/// <param name="bytes">The content.</param>
/// <remarks>
/// The file is compressed here, once, because neither the Functions host nor the worker compresses responses. Brotli saves nothing on
/// files this small.
/// </remarks>
internal sealed class PageAsset(string contentType, byte[] bytes) : IResult
{
    private const string Gzip = "gzip";

    private readonly Lazy<byte[]> _compressed = new(() => Compress(bytes));

    /// <summary>The content, uncompressed.</summary>
    public ReadOnlySpan<byte> Bytes => bytes;

    /// <summary>A text in UTF-8.</summary>
    public static PageAsset Text(string contentType, string text) => new($"{contentType}; charset=utf-8", Encoding.UTF8.GetBytes(text));

    /// <inheritdoc />
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        var accepted = httpContext.Request.GetTypedHeaders().AcceptEncoding;
        var compressed = accepted.Any(named => named.Quality is not 0 && named.Value.Equals(Gzip, StringComparison.OrdinalIgnoreCase));
        var content = compressed ? _compressed.Value : bytes;

        var response = httpContext.Response;
        response.ContentType = contentType;
        response.ContentLength = content.Length;
        response.Headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);
        if (compressed)
        {
            response.Headers.ContentEncoding = Gzip;
        }

        if (!HttpMethods.IsHead(httpContext.Request.Method))
        {
            await response.Body.WriteAsync(content, httpContext.RequestAborted);
        }
    }

    private static byte[] Compress(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var stream = new GZipStream(compressed, CompressionLevel.SmallestSize))
        {
            stream.Write(bytes);
        }

        return compressed.ToArray();
    }
}
