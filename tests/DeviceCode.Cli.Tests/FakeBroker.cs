namespace DeviceCode.Cli.Tests;

using System.Text.Json.Nodes;
using DeviceCode.Cli.Running;

/// <summary>
/// A credential broker at the address of a <see cref="FakeProvider"/>, with responses that a test sets. Its owners are the users of the
/// provider and one session.
/// </summary>
internal sealed class FakeBroker
{
    public const string Session = "dcs_0123456789abcdefghijABCDEFGHIJKLMN";
    public const string RefreshToken = "ghr-refresh-token-0123456789";

    private const string Codes = """
        "user_code": "WDJB-MJHT", "verification_uri": "https://github.com/login/device", "expires_in": 900, "interval": 5
        """;

    private const string Page = """
        "authorization_uri": "https://as.example/creds/-/connect?request=abc", "expires_in": 600, "interval": 5
        """;

    private int _tokens;

    public FakeBroker(string scope = "profile creds") => Provider = new FakeProvider { Scope = scope, Instead = Respond };

    public FakeProvider Provider { get; }

    /// <summary>
    /// The credentials by name, with the grant of those that wait for their approval and the error of those that have ended.
    /// </summary>
    public Dictionary<string, (string Provider, string? Pending, string? Error)> Credentials { get; } = [];

    public bool AllowsSessions { get; init; } = true;

    public bool HasSession { get; set; }

    /// <summary>The number of reads until the user has decided.</summary>
    public int ReadsUntilApproval { get; set; } = 1;

    /// <summary>The error with which the user decides; null to approve.</summary>
    public string? Decision { get; init; }

    public bool Revokes { get; init; } = true;

    public int? ExpiresIn { get; init; } = 3600;

    /// <summary>Returns a response to a request, such as <c>GET /creds/github</c>; null for the usual one.</summary>
    public Func<string, HttpResponseMessage?> Instead { get; set; } = _ => null;

    /// <summary>Runs before the response to a request.</summary>
    public Action<string>? Before { get; set; }

    public List<(string Line, string Body, string? Bearer, bool IsConditional)> Requests { get; } = [];

    public string[] Lines => [.. Requests.Select(request => request.Line)];

    /// <summary>Returns a shell, signed in as the user.</summary>
    public async Task<Shell> SignedInAsync()
    {
        var shell = new Shell(Provider);
        (await shell.RunAsync("login", "https://as.example", "--client-id", "cli", "--scope", "profile creds")).Ended(ExitCode.Ok);
        return shell;
    }

    /// <summary>Returns a shell without a login, which creates a session.</summary>
    public Shell WithoutLogin()
    {
        var shell = new Shell(Provider);
        shell.Environment["DEVICECODE_SERVICE"] = "https://as.example";
        return shell;
    }

    public FakeBroker Add(string name, string provider = "github", string? pending = null, string? error = null)
    {
        Credentials[name] = (provider, pending, error);
        return this;
    }

    public static HttpResponseMessage Error(string error, int status, string? description = null, int? retryAfter = null)
    {
        var response = FakeProvider.Json(new JsonObject { ["error"] = error, ["error_description"] = description }.ToJsonString(), status);
        if (retryAfter is { } seconds)
        {
            response.Headers.Add("Retry-After", seconds.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        return response;
    }

    private HttpResponseMessage? Respond(HttpRequestMessage request)
    {
        var path = request.RequestUri!.AbsolutePath;
        if (path != "/creds" && !path.StartsWith("/creds/", StringComparison.Ordinal))
        {
            return null;
        }

        var line = $"{request.Method} {request.RequestUri.PathAndQuery}";
        Before?.Invoke(line);
        var body = request.Content?.ReadAsStringAsync().Result ?? "";
        var bearer = request.Headers.Authorization?.Parameter;
        Requests.Add((line, body, bearer, request.Headers.IfNoneMatch.Count > 0));
        if (Instead(line) is { } instead)
        {
            return instead;
        }

        if (bearer?.StartsWith("access-token-", StringComparison.Ordinal) != true && !(bearer == Session && HasSession)
            && !(bearer is null && AllowsSessions))
        {
            return Error("unauthorized", 401);
        }

        return (request.Method.Method, path.Split('/')[2..]) switch
        {
            ("PUT", [var name]) => Put(name, JsonNode.Parse(body)!.AsObject(), bearer, request.Headers.IfNoneMatch.Count > 0),
            ("GET", []) => List(),
            ("DELETE", []) => End(),
            ("GET", ["-", "providers"]) => FakeProvider.Json("""
                {"providers": [{"id": "github", "name": "GitHub", "grants": ["refresh_token"], "scopes": ["repo", "read:user"]},
                {"id": "google-work", "name": "Google", "grants": [], "scopes": []}]}
                """),
            (_, [var name, ..]) when !Credentials.ContainsKey(name) => Error("not_found", 404),
            ("DELETE", [var name]) => Delete(name),
            (_, [var name, ..]) => Read(name),
            _ => Error("method_not_allowed", 405),
        };
    }

    private HttpResponseMessage Put(string name, JsonObject body, string? bearer, bool isConditional)
    {
        if (isConditional && Credentials.ContainsKey(name))
        {
            return Error("already_exists", 412);
        }

        var session = bearer is null ? $"\"session\": \"{Session}\"," : "";
        if (bearer is null)
        {
            HasSession = true;
            Provider.Secrets.Add(Session);
        }

        var grant = (string)body["grant_type"]!;
        Add(name, (string?)body["provider"] ?? name, grant == "refresh_token" ? null : grant);
        return FakeProvider.Json($$"""{ {{session}} {{(grant == "refresh_token"
            ? $"\"name\": \"{name}\", \"provider\": \"{Credentials[name].Provider}\", \"status\": \"ready\", \"account\": \"alice\""
            : Pending(name))}} }""");
    }

    private string Pending(string name) => $"""
        "name": "{name}", "provider": "{Credentials[name].Provider}", "status": "pending",
        {(Credentials[name].Pending == "authorization_code" ? Page : Codes)}
        """;

    private HttpResponseMessage Read(string name)
    {
        var (provider, pending, error) = Credentials[name];
        if (pending is not null && ReadsUntilApproval-- > 0)
        {
            var response = FakeProvider.Json($$"""{"error": "authorization_pending", {{Pending(name)}} }""", 503);
            response.Headers.Add("Retry-After", "5");
            return response;
        }

        error ??= pending is null ? null : Decision;
        Add(name, provider, null, error);
        if (error is not null)
        {
            return Error(error, 410);
        }

        var token = $"gho-access-token-{++_tokens:00000000}";
        Provider.Secrets.Add(token);
        var expiry = ExpiresIn is null ? "" : $"\"expires_in\": {ExpiresIn},";
        return FakeProvider.Json($$"""
            {"access_token": "{{token}}", "token_type": "Bearer", {{expiry}} "scope": "repo", "provider": "{{provider}}",
            "account": "alice"}
            """);
    }

    private HttpResponseMessage List() => FakeProvider.Json(new JsonObject
    {
        ["credentials"] = new JsonArray([.. Credentials.Select(entry => (JsonNode)new JsonObject
        {
            ["name"] = entry.Key,
            ["provider"] = entry.Value.Provider,
            ["status"] = entry.Value.Pending is not null ? "pending" : entry.Value.Error is not null ? "ended" : "ready",
            ["account"] = "alice",
            ["scope"] = "repo",
            ["error"] = entry.Value.Error,
            ["created_at"] = "2026-11-21T12:00:00Z",
            ["expires_at"] = entry.Value is { Pending: null, Error: null } ? "2026-11-21T20:00:00Z" : null,
        })]),
    }.ToJsonString());

    private HttpResponseMessage Delete(string name)
    {
        Credentials.Remove(name);
        return FakeProvider.Json(Revokes
            ? """{"status": "deleted", "revoked": true}"""
            : """{"status": "deleted", "revoked": false, "approvals_page": "https://github.com/settings"}""");
    }

    private HttpResponseMessage End()
    {
        HasSession = false;
        Credentials.Clear();
        return FakeProvider.Json("""{"status": "deleted"}""");
    }
}
