namespace DeviceCode.Cli.Commands;

using System.CommandLine;
using System.Globalization;
using System.Net.Http.Headers;
using DeviceCode.Cli.Failures;
using DeviceCode.Cli.Login;
using DeviceCode.Cli.Terminal;
using DeviceCode.Client;

/// <summary><c>devicecode request</c>: an HTTP request with the access token, for where there is no curl, or no wish to have tokens in its arguments.</summary>
internal sealed class RequestCommand : CliCommand
{
    private readonly Argument<string> _method = new("METHOD") { HelpName = "METHOD", Description = "GET, POST, …" };
    private readonly Argument<string> _address = new("URL") { HelpName = "URL", Description = "where to; the token goes to this origin and to no other, redirects are not followed" };
    private readonly Option<string[]> _headers = new("--header", "-H") { Description = "a header, such as \"Accept: text/csv\"; can be given several times", HelpName = "name: value" };
    private readonly Option<string?> _data = new("--data", "-d") { Description = "the body; @file reads it from a file, @- from standard input", HelpName = "text" };
    private readonly Option<bool> _include = new("--include", "-i") { Description = "print the status and the headers of the answer, too" };

    /// <summary>The command.</summary>
    public RequestCommand(Surroundings around)
        : base("request", "Send an HTTP request with the access token, and print the answer.", around)
    {
        _method.CompletionSources.Add("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD");
        Add(_method);
        Add(_address);
        Add(_headers);
        Add(_data);
        Add(_include);
    }

    /// <inheritdoc />
    public override IReadOnlyList<(string CommandLine, string Effect)> Examples =>
    [
        ("devicecode request GET https://api.github.com/user", "read something"),
        ("devicecode request POST https://api.example.com/items -d '{\"name\": \"x\"}'", "send JSON; another type with -H \"Content-Type: …\""),
        ("devicecode request PUT https://api.example.com/photo -d @photo.png -H \"Content-Type: image/png\"", "send a file"),
    ];

    /// <inheritdoc />
    protected override async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var address = LoginTargets.Address(context.Arguments.GetRequiredValue(_address), allowsQuery: true) ?? throw new CommandException(
            ExitCode.Usage, "That is no address.", "Write it like https://api.example.com/items.");
        var name = context.ProfileName;
        using var request = await RequestAsync(context, address, cancellationToken);
        return await context.WithTokensAsync(name, context.Profiles.Require(name), tokens => SendAsync(context, tokens, request, cancellationToken));
    }

    private async Task<ExitCode> SendAsync(CommandContext context, StoredTokens tokens, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var around = context.Around;
        var address = request.RequestUri!;
        var network = around.Connect(context.Trace(showsBodies: false)).Handler;
        var handler = new AccessTokenHandler(tokens, new Uri(address.GetLeftPart(UriPartial.Authority))) { InnerHandler = network };
        using var client = new HttpMessageInvoker(handler, disposeHandler: false);
        try
        {
            using var response = await client.SendAsync(request, cancellationToken);
            if (context.Arguments.GetValue(_include))
            {
                PrintHead(around.Output, response);
            }

            await PrintBodyAsync(around, response, cancellationToken);
            if ((int)response.StatusCode < 400)
            {
                return ExitCode.Ok;
            }

            around.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"notice: the server answered {(int)response.StatusCode} {Printable.Line(response.ReasonPhrase ?? "")}."));
            return ExitCode.RequestFailed;
        }
        catch (Exception failed) when (failed is HttpRequestException or HttpIOException)
        {
            throw new CommandException(ExitCode.Network, $"{address.Authority} does not answer.", "Check the address and the network; --verbose shows what happened.", failed);
        }
    }

    private async Task<HttpRequestMessage> RequestAsync(CommandContext context, Uri address, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(Method(context.Arguments.GetRequiredValue(_method)), address);
        request.Headers.UserAgent.ParseAdd(context.Connection.UserAgent);
        if (context.Arguments.GetValue(_data) is { } data)
        {
            request.Content = new ByteArrayContent(await ReadAsync(context, data, cancellationToken)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        }

        var defaults = new HashSet<string>(["User-Agent", "Content-Type"], StringComparer.OrdinalIgnoreCase);
        foreach (var header in context.Arguments.GetValue(_headers) ?? [])
        {
            var colon = header.IndexOf(':', StringComparison.Ordinal);
            var (name, value) = colon > 0 ? (header[..colon].Trim(), header[(colon + 1)..].Trim()) : ("", "");
            HttpHeaders? headers = name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase) ? request.Content?.Headers : request.Headers;
            if (colon > 0 && headers is not null && !header.AsSpan().ContainsAny('\r', '\n', '\0'))
            {
                // In place of a default of ours; the same header twice on the command line is sent twice.
                if (defaults.Remove(name))
                {
                    headers.Remove(name);
                }

                if (headers.TryAddWithoutValidation(name, value))
                {
                    continue;
                }
            }

            throw new CommandException(ExitCode.Usage, $"{header} is no header that can be sent.", "Write it as \"Name: value\"; headers of the body need --data.");
        }

        return request;
    }

    private static HttpMethod Method(string text)
    {
        try
        {
            return HttpMethod.Parse(text.ToUpperInvariant());
        }
        catch (Exception wrong) when (wrong is FormatException or ArgumentException)
        {
            throw new CommandException(ExitCode.Usage, $"\"{text}\" is no HTTP method.", "Give the method first: devicecode request GET https://api.example.com");
        }
    }

    private static async Task<byte[]> ReadAsync(CommandContext context, string data, CancellationToken cancellationToken)
    {
        if (!data.StartsWith('@'))
        {
            return System.Text.Encoding.UTF8.GetBytes(data);
        }

        try
        {
            using var buffer = new MemoryStream();
            await using var source = data == "@-" ? context.Around.Input : File.OpenRead(data[1..]);

            // A terminal is read without an end, and without an ear for the token.
            await source.CopyToAsync(buffer, cancellationToken).WaitAsync(cancellationToken);
            return buffer.ToArray();
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Usage, $"The body cannot be read from {data[1..]}.", "Name a file that is there, or - for standard input.", missing);
        }
    }

    private static void PrintHead(TextWriter output, HttpResponseMessage response)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"HTTP/{response.Version} {(int)response.StatusCode} {Printable.Line(response.ReasonPhrase ?? "")}"));
        foreach (var (name, value) in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated))
        {
            output.WriteLine($"{Printable.Line(name)}: {Printable.Line(value.ToString())}");
        }

        output.WriteLine();
    }

    // Byte by byte into a pipe or a file; on a terminal, without what could do things to it.
    private static async Task PrintBodyAsync(Surroundings around, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (around.OutputIsTerminal)
        {
            var text = Printable.Text(await response.Content.ReadAsStringAsync(cancellationToken));
            around.Output.Write(text);
            if (text.Length > 0 && !text.EndsWith('\n'))
            {
                around.Output.WriteLine();
            }

            return;
        }

        await around.Output.FlushAsync(cancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        await body.CopyToAsync(around.RawOutput, cancellationToken);
        await around.RawOutput.FlushAsync(cancellationToken);
    }
}
