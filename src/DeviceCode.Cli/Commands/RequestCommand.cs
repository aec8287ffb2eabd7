namespace DeviceCode.Cli.Commands;

using System.CommandLine;
using System.Globalization;
using System.Net.Http.Headers;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Targets;
using DeviceCode.Cli.Terminal;
using DeviceCode.Client;

/// <summary>
/// <c>devicecode request</c>: sends an HTTP request with the access token, without curl and without the token in the arguments of a
/// process.
/// </summary>
internal sealed class RequestCommand : CliCommand
{
    private readonly Argument<string> _method = new("METHOD") { HelpName = "METHOD", Description = "GET, POST, …" };

    private readonly Argument<string> _address = new("URL")
    {
        HelpName = "URL",
        Description = "the URL; the token is sent to its origin only, and redirects are not followed",
    };

    private readonly Option<string[]> _headers = new("--header", "-H")
    {
        Description = "a header, such as \"Accept: text/csv\"; can be repeated",
        HelpName = "name: value",
    };

    private readonly Option<string?> _data = new("--data", "-d")
    {
        Description = "the body; @file reads it from a file, @- from standard input",
        HelpName = "text",
    };

    private readonly Option<bool> _include = new("--include", "-i")
    {
        Description = "also print the status and the headers of the response",
    };

    public RequestCommand(CommandEnvironment environment)
        : base("request", "Send an HTTP request with the access token, and print the response.", environment)
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
        ("devicecode request GET https://api.github.com/user", "read a resource"),
        (
            "devicecode request POST https://api.example.com/items -d '{\"name\": \"x\"}'",
            "send JSON; for another type, add -H \"Content-Type: …\""),
        ("devicecode request PUT https://api.example.com/photo -d @photo.png -H \"Content-Type: image/png\"", "send a file"),
    ];

    /// <inheritdoc />
    protected override async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var text = context.Arguments.GetRequiredValue(_address);
        var address = WebAddresses.Parse(text, allowsQuery: true) ?? throw new CommandException(
            ExitCode.Usage, $"Invalid URL \"{text}\".", "Write it like https://api.example.com/items.");
        var name = context.ProfileName;
        using var request = await RequestAsync(context, address, cancellationToken);
        var profile = context.Profiles.Require(name);
        return await context.WithTokensAsync(name, profile, tokens => SendAsync(context, tokens, request, cancellationToken));
    }

    private async Task<ExitCode> SendAsync(
        CommandContext context, StoredTokens tokens, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var environment = context.Environment;
        var address = request.RequestUri!;
        var network = environment.CreateTransport(context.CreateTrace(showsBodies: false)).Handler;
        var handler = new AccessTokenHandler(tokens, new Uri(address.GetLeftPart(UriPartial.Authority)))
        {
            InnerHandler = network,
            RefreshesAfterAnyUnauthorized = true,
        };
        using var client = new HttpMessageInvoker(handler, disposeHandler: false);
        try
        {
            using var response = await client.SendAsync(request, cancellationToken);
            if (context.Arguments.GetValue(_include))
            {
                PrintHead(environment.Output, response);
            }

            await PrintBodyAsync(environment, response, cancellationToken);
            if ((int)response.StatusCode < 400)
            {
                return ExitCode.Ok;
            }

            var status = $"{(int)response.StatusCode} {Printable.Line(response.ReasonPhrase ?? "")}".TrimEnd();
            context.Notice($"the server returned HTTP {status}.");
            return ExitCode.RequestFailed;
        }
        catch (Exception failed) when (failed is HttpRequestException or HttpIOException)
        {
            throw context.Transport.Explain(address, failed);
        }
    }

    private async Task<HttpRequestMessage> RequestAsync(CommandContext context, Uri address, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(Method(context.Arguments.GetRequiredValue(_method)), address);
        request.Headers.UserAgent.ParseAdd(context.Transport.UserAgent);
        if (context.Arguments.GetValue(_data) is { } data)
        {
            request.Content = new ByteArrayContent(await ReadAsync(context, data, cancellationToken))
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
            };
        }

        var defaults = new HashSet<string>(["User-Agent", "Content-Type"], StringComparer.OrdinalIgnoreCase);
        foreach (var header in context.Arguments.GetValue(_headers) ?? [])
        {
            var colon = header.IndexOf(':', StringComparison.Ordinal);
            var (name, value) = colon > 0 ? (header[..colon].Trim(), header[(colon + 1)..].Trim()) : ("", "");
            var isOfBody = name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase);
            HttpHeaders? headers = isOfBody ? request.Content?.Headers : request.Headers;
            if (colon > 0 && headers is not null && !header.AsSpan().ContainsAny('\r', '\n', '\0'))
            {
                // Replace our default, once: a header that is repeated on the command line is sent repeatedly.
                if (defaults.Remove(name))
                {
                    headers.Remove(name);
                }

                if (headers.TryAddWithoutValidation(name, value))
                {
                    continue;
                }
            }

            throw new CommandException(
                ExitCode.Usage,
                $"Invalid header \"{header}\".",
                isOfBody && headers is null ? "Headers of the body require --data." : "Write it as \"Name: value\", on one line.");
        }

        return request;
    }

    private static HttpMethod Method(string text)
    {
        try
        {
            return HttpMethod.Parse(text.ToUpperInvariant());
        }
        catch (Exception invalid) when (invalid is FormatException or ArgumentException)
        {
            throw new CommandException(
                ExitCode.Usage, $"Invalid HTTP method \"{text}\".", "Put the method first: devicecode request GET https://api.example.com");
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
            return await context.Environment.ReadFileOrInputAsync(data[1..], cancellationToken);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(
                ExitCode.Usage,
                $"The body cannot be read from {data[1..]}.",
                "Use @ with an existing file, or @- for standard input.",
                unreadable);
        }
    }

    private static void PrintHead(TextWriter output, HttpResponseMessage response)
    {
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/{response.Version} {(int)response.StatusCode} {Printable.Line(response.ReasonPhrase ?? "")}"));
        foreach (var (name, value) in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated))
        {
            output.WriteLine($"{Printable.Line(name)}: {Printable.Line(value.ToString())}");
        }

        output.WriteLine();
    }

    // Unchanged into a pipe or a file; on a terminal, without control characters.
    private static async Task PrintBodyAsync(
        CommandEnvironment environment, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (environment.OutputIsTerminal)
        {
            var text = Printable.Text(await response.Content.ReadAsStringAsync(cancellationToken));
            environment.Output.Write(text);
            if (text.Length > 0 && !text.EndsWith('\n'))
            {
                environment.Output.WriteLine();
            }

            return;
        }

        await environment.Output.FlushAsync(cancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        await body.CopyToAsync(environment.RawOutput, cancellationToken);
        await environment.RawOutput.FlushAsync(cancellationToken);
    }
}
