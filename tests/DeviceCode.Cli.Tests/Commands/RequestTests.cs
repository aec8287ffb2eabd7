namespace DeviceCode.Cli.Tests.Commands;

using System.Text;
using DeviceCode.Cli.Running;

public sealed class RequestTests
{
    [Fact]
    public async Task The_token_is_on_it_and_the_answer_is_printed_as_it_is()
    {
        using var shell = await TokenTests.SignedInAsync();

        var run = (await shell.RunAsync("request", "get", "https://api.example/api?q=1")).Ended(ExitCode.Ok);

        Assert.Equal("""{"fine": true}""", run.Output);
        var request = shell.Provider.Requests.Last();
        Assert.Equal(("GET", "https://api.example/api?q=1", "Bearer access-token-00000001"),
            (request.Method, request.Uri.AbsoluteUri, request.Authorization));
    }

    [Fact]
    public async Task A_body_comes_from_the_command_line_a_file_or_standard_input()
    {
        using var shell = await TokenTests.SignedInAsync(new FakeProvider { ApiResponse = null });
        var file = Path.Combine(shell.Folder, "body");
        await File.WriteAllTextAsync(file, "from a file");
        shell.Input = Encoding.UTF8.GetBytes("from standard input");

        foreach (var data in new[] { "{\"x\": 1}", $"@{file}", "@-" })
        {
            (await shell.RunAsync("request", "POST", "https://api.example/api", "-d", data, "-H", "Content-Type: text/plain", "-H",
                "Accept: text/csv")).Ended(ExitCode.Ok);
        }

        Assert.Equal(
            ["{\"x\": 1}", "from a file", "from standard input"], shell.Provider.Requests.TakeLast(3).Select(request => request.Body));
    }

    [Fact]
    public async Task An_answer_of_400_and_above_is_printed_and_has_an_exit_code_of_its_own()
    {
        using var shell = await TokenTests.SignedInAsync(new FakeProvider { ApiResponse = FakeProvider.Json("""{"why": "not"}""", 418) });

        var run = (await shell.RunAsync("request", "GET", "https://api.example/api", "--include")).Ended(ExitCode.RequestFailed);

        Assert.StartsWith("HTTP/1.1 418 ", run.Output, StringComparison.Ordinal);
        Assert.Contains("\nContent-Type: application/json; charset=utf-8\n", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("""{"why": "not"}""", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plain_401_leads_to_one_refresh()
    {
        using var shell = await TokenTests.SignedInAsync(new FakeProvider
        {
            Instead = request => request.RequestUri!.AbsolutePath == "/api"
                && request.Headers.Authorization!.Parameter == "access-token-00000001" ? FakeProvider.Json("{}", 401) : null,
        });

        Assert.Equal("""{"fine": true}""", (await shell.RunAsync("request", "GET", "https://api.example/api")).Ended(ExitCode.Ok).Output);
        Assert.Equal(1, shell.Provider.Refreshes);
    }

    [Theory]
    [InlineData("@")]
    [InlineData("@/nowhere")]
    public async Task A_body_that_is_not_there_is_a_wrong_command_line(string data)
    {
        using var shell = await TokenTests.SignedInAsync();

        (await shell.RunAsync("request", "POST", "https://api.example/api", "-d", data)).Ended(ExitCode.Usage);
    }

    [Fact]
    public async Task On_a_terminal_the_answer_cannot_do_anything()
    {
        using var shell = await TokenTests.SignedInAsync(
            new FakeProvider { ApiResponse = FakeProvider.Json("a\u001b[2J\u0007\r\n\tb", 200, "text/plain") });
        shell.IsTerminal = true;

        Assert.Equal(
            "a\uFFFD[2J\uFFFD\n\tb\n", (await shell.RunAsync("request", "GET", "https://api.example/api")).Ended(ExitCode.Ok).Output);
    }

    [Fact]
    public async Task Verbose_shows_neither_the_token_nor_a_body()
    {
        using var shell = await TokenTests.SignedInAsync();

        var run = (await shell.RunAsync("request", "POST", "https://api.example/api", "-d", "a private thing", "-v")).Ended(ExitCode.Ok);

        Assert.Contains("> Authorization: Bearer ****\n", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("private", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("fine", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_ends_it_while_it_reads_standard_input()
    {
        using var cancellation = new CancellationTokenSource();
        using var shell = await TokenTests.SignedInAsync();
        shell.InputStream = new Silence(cancellation.Cancel);
        shell.CancellationToken = cancellation.Token;

        (await shell.RunAsync("request", "POST", "https://api.example/api", "-d", "@-").WaitAsync(Processes.CliProcess.Patience))
            .Ended(ExitCode.Cancelled);
    }

    [Theory]
    [InlineData("GET", "http://api.example/api")]
    [InlineData("GET", "file:///etc/passwd")]
    [InlineData("GET", "https://user:password@api.example/")]
    [InlineData("G E T", "https://api.example/api")]
    [InlineData("", "https://api.example/api")]
    [InlineData("GET", "")]
    [InlineData("GET", "https://api.example/api", "-H", "X-One: 1\r\nX-Two: 2")]
    [InlineData("GET", "https://api.example/api", "-H", "X-One: 1\nX-Two: 2")]
    [InlineData("GET", "https://api.example/api", "-H", "X-One: 1\0")]
    [InlineData("POST", "https://api.example/api", "-d", "@/nowhere/body")]
    [InlineData("GET", "https://api.example/api", "-H", "no colon")]
    [InlineData("GET", "https://api.example/api", "-H", "Content-Type: text/plain")]
    public async Task What_cannot_be_sent_safely_is_not_sent(params string[] args)
    {
        using var shell = await TokenTests.SignedInAsync();
        var before = shell.Provider.Requests.Count;

        (await shell.RunAsync(["request", .. args])).Ended(ExitCode.Usage);

        Assert.Equal(before, shell.Provider.Requests.Count);
    }

    /// <summary>Standard input without data that ignores cancellation, as a terminal does.</summary>
    private sealed class Silence(Action read) : MemoryStream
    {
        public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
        {
            read();
            return new TaskCompletionSource().Task;
        }
    }
}
