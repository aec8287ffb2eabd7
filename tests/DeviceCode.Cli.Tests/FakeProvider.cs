namespace DeviceCode.Cli.Tests;

using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;

/// <summary>
/// An authorization server, a DeviceCode service and an API in one, with responses that a test sets. It responds at once, so that commands
/// in the same process run in virtual time. It can also listen on a port, for commands in other processes.
/// </summary>
internal sealed class FakeProvider : HttpMessageHandler
{
    public const string DeviceCode = "device-code-0123456789abcdef";
    public const string ClientSecret = "client-secret-0123456789";

    private readonly ConcurrentQueue<HttpResponseMessage> _polls = [];
    private readonly TaskCompletionSource _refreshesEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _tokens;
    private int _refreshes;
    private WebApplication? _app;

    public Uri Address { get; private set; } = new("https://as.example");

    public string UserCode { get; init; } = "WDJB-MJHT";

    public int ExpiresIn { get; init; } = 900;

    /// <summary>The lifetime of access tokens in seconds.</summary>
    public int AccessTokenLifetime { get; init; } = 3600;

    /// <summary>The scope of the tokens.</summary>
    public string Scope { get; init; } = "profile";

    public bool CanRevoke { get; init; } = true;

    public Func<HttpResponseMessage> Revocation { get; init; } = () => new HttpResponseMessage(HttpStatusCode.OK);

    /// <summary>Whether it has <c>/auth/device/*</c>.</summary>
    public bool HasUserLogin { get; init; } = true;

    /// <summary>How long a refresh takes, for tests of concurrent ones.</summary>
    public TimeSpan RefreshTime { get; init; }

    /// <summary>Returns a response that replaces the usual one; null for the usual one.</summary>
    public Func<HttpRequestMessage, HttpResponseMessage?> Instead { get; set; } = _ => null;

    /// <summary>The response of the API.</summary>
    public HttpResponseMessage? ApiResponse { get; init; }

    /// <summary>Returns whether the login still waits for the user.</summary>
    public Func<bool> IsPending { get; init; } = () => false;

    /// <summary>Runs before the response to a poll.</summary>
    public Action? BeforePoll { get; set; }

    /// <summary>Runs before the response to a refresh.</summary>
    public Action? BeforeRefresh { get; init; }

    public int Refreshes => _refreshes;

    public ConcurrentQueue<(string Method, Uri Uri, string Body, string? Authorization)> Requests { get; } = [];

    /// <summary>All issued and sent values that must not be printed.</summary>
    public ConcurrentBag<string> Secrets { get; } = [
        DeviceCode, ClientSecret, Convert.ToBase64String(Encoding.UTF8.GetBytes($"cli:{ClientSecret}"))];

    /// <summary>Adds a response to a poll. After all of them, the login is approved.</summary>
    public FakeProvider Poll(string json, int status = 400, string type = "application/json")
    {
        _polls.Enqueue(Json(json, status, type));
        return this;
    }

    public FakeProvider Error(string error, string? description = null) =>
        Poll(description is null ? $$"""{"error": "{{error}}"}""" : $$"""{"error": "{{error}}", "error_description": "{{description}}"}""");

    public static HttpResponseMessage Json(string json, int status = 200, string type = "application/json") =>
        new((HttpStatusCode)status) { Content = new StringContent(json, Encoding.UTF8, type) };

    /// <summary>Listens on a port of its own.</summary>
    public Task<FakeProvider> ListenAsync() => ListenAsync("127.0.0.1", certificate: null);

    /// <summary>Listens on a port of its own, with TLS on all addresses of this machine if there is a certificate.</summary>
    public async Task<FakeProvider> ListenAsync(string host, X509Certificate2? certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(certificate is null ? IPAddress.Loopback : IPAddress.Any, 0, listener =>
        {
            if (certificate is not null)
            {
                listener.UseHttps(certificate);
            }
        }));
        _app = builder.Build();
        _app.Run(RespondAsync);
        await _app.StartAsync();
        Address = new UriBuilder(_app.Urls.Single()) { Host = host }.Uri;
        return this;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(CancellationToken.None);
        var authorization = request.Headers.Authorization?.ToString();
        Requests.Enqueue((request.Method.Method, request.RequestUri!, body, authorization));
        var form = QueryHelpers.ParseQuery(body);
        if (body.Contains(DeviceCode, StringComparison.Ordinal))
        {
            BeforePoll?.Invoke();
        }

        var response = Instead(request) ?? request.RequestUri!.AbsolutePath switch
        {
            "/.well-known/oauth-authorization-server" => Json(Metadata()),
            "/auth/device/code" when !HasUserLogin => Json("<html>", 404, "text/html"),
            "/device_authorization" or "/auth/device/code" => Json(Codes()),
            "/token" when form["grant_type"] == "refresh_token" => await RefreshAsync(form["refresh_token"].ToString(), cancellationToken),
            "/token" or "/auth/device/token" when IsPending() => Json("""
                {"error": "authorization_pending", "status": "pending"}
                """, request.RequestUri!.AbsolutePath == "/token" ? 400 : 200),
            "/token" => _polls.TryDequeue(out var next) ? next : Json(Tokens()),
            "/auth/device/token" => _polls.TryDequeue(out var next) ? next : Json(
                """
                    {"status": "complete", "user": {"email": "alice@example.com", "display_name": "Alice Example"},
                    "api_keys_url": "https://as.example/keys"}
                    """),
            "/revoke" => Revocation(),
            "/userinfo" => Json("""
                {"sub": "alice", "name": "Alice Example", "email": "alice@example.com", "preferred_username": "alice"}
                """),
            "/api" => ApiResponse ?? Json("""{"fine": true}"""),
            _ => Json("""{"error": "not_found"}""", 404),
        };
        response.RequestMessage = request;
        return response;
    }

    protected override void Dispose(bool disposing)
    {
        _app?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        base.Dispose(disposing);
    }

    private string Metadata() => $$"""
        {
          "issuer": "{{Address.AbsoluteUri.TrimEnd('/')}}", "device_authorization_endpoint": "{{Address}}device_authorization",
          "token_endpoint": "{{Address}}token", "userinfo_endpoint": "{{Address}}userinfo",
          {{(CanRevoke ? $"\"revocation_endpoint\": \"{Address}revoke\"," : "")}}
          "code_challenge_methods_supported": ["S256"]
        }
        """;

    private string Codes() => $$"""
        {
          "device_code": "{{DeviceCode}}", "user_code": "{{UserCode}}", "verification_uri": "{{Address}}device",
          "verification_uri_complete": "{{Address}}device?user_code=WDJB-MJHT", "expires_in": {{ExpiresIn}}, "interval": 1
        }
        """;

    private async Task<HttpResponseMessage> RefreshAsync(string token, CancellationToken cancellationToken)
    {
        BeforeRefresh?.Invoke();
        await Task.WhenAny(Task.Delay(RefreshTime, cancellationToken), _refreshesEnd.Task);
        cancellationToken.ThrowIfCancellationRequested();
        Interlocked.Increment(ref _refreshes);
        return token == $"refresh-token-{_tokens:00000000}" ? Json(Tokens()) : Json("""{"error": "invalid_grant"}""", 400);
    }

    /// <summary>Issues valid tokens without a login.</summary>
    public (string Access, string Refresh) Issue()
    {
        var number = Interlocked.Increment(ref _tokens);
        var (access, refresh) = ($"access-token-{number:00000000}", $"refresh-token-{number:00000000}");
        Secrets.Add(access);
        Secrets.Add(refresh);
        return (access, refresh);
    }

    /// <summary>Ends the waiting of all refreshes.</summary>
    public void EndRefreshes() => _refreshesEnd.TrySetResult();

    private string Tokens()
    {
        var (access, refresh) = Issue();
        return $$"""
            {"access_token": "{{access}}", "token_type": "Bearer", "expires_in": {{AccessTokenLifetime}}, "refresh_token": "{{refresh}}",
            "scope": "{{Scope}}"}
            """;
    }

    private async Task RespondAsync(HttpContext context)
    {
        using var request = new HttpRequestMessage(
            new HttpMethod(context.Request.Method), new Uri(Address, $"{context.Request.Path}{context.Request.QueryString}"));
        request.Content = new StreamContent(context.Request.Body);
        request.Headers.TryAddWithoutValidation("Authorization", context.Request.Headers.Authorization.ToString());
        using var response = await SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)response.StatusCode;
        context.Response.ContentType = response.Content.Headers.ContentType?.ToString();
        await response.Content.CopyToAsync(context.Response.Body);
    }
}
