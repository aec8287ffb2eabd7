namespace DeviceCode.Worker.Tests;

using System.Globalization;
using System.Net.Sockets;
using System.Text;

/// <summary>An HTTP response as it came over the wire.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Headers">Names in lower case, with their values.</param>
/// <param name="Body">The body, one character a byte, without the chunks' framing.</param>
public sealed record RawResponse(int Status, IReadOnlyList<(string Name, string Value)> Headers, string Body);

/// <summary>Sends requests exactly as they are given, which HTTP libraries do not allow.</summary>
internal static class RawHttp
{
    // Much more than any response takes.
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(1);

    /// <summary>Sends a request on a connection of its own and reads the response to the end.</summary>
    /// <param name="address">The server.</param>
    /// <param name="request">The request, one character a byte. It should contain <c>Connection: close</c>.</param>
    public static async Task<RawResponse> SendAsync(Uri address, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        await using var stream = client.GetStream();
        try
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        }
        catch (IOException)
        {
            // The server responded before it read the whole request.
        }

        using var received = new MemoryStream();
        try
        {
            await stream.CopyToAsync(received).WaitAsync(TimeLimit);
        }
        catch (IOException)
        {
            // The server closed the connection before it read the whole request.
        }

        return Parse(Encoding.Latin1.GetString(received.ToArray()));
    }

    private static RawResponse Parse(string text)
    {
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        Assert.True(end > 0, $"This is not an HTTP response: \"{text}\".");
        var lines = text[..end].Split("\r\n");
        List<(string Name, string Value)> headers =
            [.. lines.Skip(1).Select(line => line.Split(':', 2)).Select(header => (header[0].ToLowerInvariant(), header[1].Trim()))];
        var body = text[(end + 4)..];
        return new RawResponse(
            int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture),
            headers,
            headers.Contains(("transfer-encoding", "chunked")) ? Unchunk(body) : body);
    }

    private static string Unchunk(string body)
    {
        var whole = new StringBuilder();
        for (var at = 0; at < body.Length;)
        {
            var line = body.IndexOf("\r\n", at, StringComparison.Ordinal);
            var length = int.Parse(body[at..line], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            whole.Append(body, line + 2, length);
            at = line + 2 + length + 2;
        }

        return whole.ToString();
    }
}
