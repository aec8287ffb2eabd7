namespace DeviceCode.Client.Tests;

using System.Net;
using System.Text;
using DeviceCode.Testing;
using Microsoft.AspNetCore.WebUtilities;

/// <summary>
/// An authorization server that returns scripted responses in virtual time. It responds at once, so that a whole login runs on one thread
/// and every wait is exact.
/// </summary>
internal sealed class ScriptedServer : HttpMessageHandler
{
    public const string DeviceCode = "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS";
    public const string Codes = """
        {"device_code": "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS", "user_code": "WDJB-MJHT",
        "verification_uri": "https://as.example/device", "verification_uri_complete": "https://as.example/device?user_code=WDJB-MJHT",
        "expires_in": 900, "interval": 5}
        """;
    public const string Tokens = """
        {"access_token": "at-1", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "rt-1", "scope": "profile"}
        """;

    private readonly Queue<Func<CancellationToken, Task<HttpResponseMessage>>> _script = new();
    private readonly DateTimeOffset _start;
    private Func<CancellationToken, Task<HttpResponseMessage>>? _otherwise;

    public ScriptedServer() => _start = Time.GetUtcNow();

    public ManualTime Time { get; } = new();

    public List<Request> Requests { get; } = [];

    /// <summary>The times of the polls, in seconds since the start.</summary>
    public double[] Polls =>
        [.. Requests.Where(request => request.Form.ContainsKey("device_code")).Select(request => Math.Round(request.At, 3))];

    public Transport Transport => new() { Handler = this, TimeProvider = Time, Jitter = () => 1 };

    public static Provider Provider { get; } = new()
    {
        Name = "Example",
        DeviceAuthorizationEndpoint = new Uri("https://as.example/device_authorization"),
        TokenEndpoint = new Uri("https://as.example/token"),
        RevocationEndpoint = new Uri("https://as.example/revoke"),
        UserinfoEndpoint = new Uri("https://as.example/userinfo"),
        ClientId = "cli",
    };

    public DeviceLoginOptions Options => new() { Provider = Provider, Transport = Transport };

    public ScriptedServer Respond(
        string json, int status = 200, string type = "application/json", params (string Name, string Value)[] headers) =>
        Then(_ => Task.FromResult(Response(json, status, type, headers)));

    public ScriptedServer Error(string error, int status = 400, string? more = null) => Respond(ErrorJson(error, more), status);

    public ScriptedServer Pending(int times = 1)
    {
        for (var i = 0; i < times; i++)
        {
            Error("authorization_pending");
        }

        return this;
    }

    public ScriptedServer Fail(Exception exception) => Then(_ => Task.FromException<HttpResponseMessage>(exception));

    /// <summary>Never responds.</summary>
    public ScriptedServer Hang() => Then(async cancellationToken =>
    {
        var never = new TaskCompletionSource<HttpResponseMessage>();
        await using var registration = cancellationToken.Register(() => never.SetCanceled(cancellationToken));
        return await never.Task;
    });

    /// <summary>Responds with a body from a stream.</summary>
    public ScriptedServer Stream(Stream body) =>
        Then(_ => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(body) }));

    public ScriptedServer Then(Func<CancellationToken, Task<HttpResponseMessage>> answer)
    {
        _script.Enqueue(answer);
        return this;
    }

    /// <summary>Repeats the last response of the script from now on.</summary>
    public ScriptedServer Forever()
    {
        _otherwise = _script.Last();
        return this;
    }

    public static HttpResponseMessage Response(
        string body, int status = 200, string type = "application/json", params (string Name, string Value)[] headers)
    {
        var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, type) };
        foreach (var (name, value) in headers)
        {
            Assert.True(response.Headers.TryAddWithoutValidation(name, value));
        }

        return response;
    }

    public static string ErrorJson(string error, string? more = null) =>
        $$"""{"error": "{{error}}"{{(more is null ? "" : $", {more}")}}}""";

    /// <summary>Runs an operation to its end, and advances the time whenever it waits.</summary>
    public Task<T> RunAsync<T>(Func<Task<T>> act) => Task.Run(async () =>
    {
        var task = act();
        while (!task.IsCompleted)
        {
            if (!Time.AdvanceToNext())
            {
                Thread.Yield();
            }
        }

        return await task;
    });

    public Task<TokenSet> LoginAsync(
        RecordingPrompt? prompt = null, DeviceLoginOptions? options = null, CancellationToken cancellationToken = default) =>
        RunAsync(() => DeviceLogin.LoginAsync(options ?? Options, prompt ?? new RecordingPrompt(), cancellationToken));

    public async Task<DeviceLoginException> FailingLoginAsync(RecordingPrompt? prompt = null, DeviceLoginOptions? options = null) =>
        await Assert.ThrowsAsync<DeviceLoginException>(() => LoginAsync(prompt, options));

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(CancellationToken.None);
        var form = request.Content?.Headers.ContentType?.MediaType == "application/x-www-form-urlencoded"
            ? QueryHelpers.ParseQuery(body).ToDictionary(field => field.Key, field => Assert.Single(field.Value)!)
            : [];
        Requests.Add(new Request((Time.GetUtcNow() - _start).TotalSeconds, request.Method.Method, request.RequestUri!, body, form,
            request.Headers.ToString()));
        var answer = _script.TryDequeue(out var next) ? next : _otherwise ?? throw new InvalidOperationException("The script has ended.");
        var response = await answer(cancellationToken);
        response.RequestMessage = request;
        return response;
    }

    internal sealed record Request(double At, string Method, Uri Uri, string Body, Dictionary<string, string> Form, string Headers);
}
