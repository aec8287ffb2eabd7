namespace DeviceCode.Worker.Tests;

using System.Net.Http.Json;
using System.Text.RegularExpressions;
using DeviceCode.Functions.Http;

/// <summary>The worker under the Functions host and the local host send the same responses to the same requests.</summary>
/// <remarks>
/// The test compares the status, all headers except those of the connection, and the body. A placeholder in a request stands for a value
/// of the host that receives it: <c>{token}</c> for the credentials of the same person, <c>{device_code}</c> and <c>{user_code}</c> for
/// the codes of a pending login, <c>{refresh_token}</c> and <c>{access_token}</c> for tokens of the client <c>cli</c>.
/// </remarks>
public sealed partial class ParityTests(Azurite azurite, PublishedApp app)
{
    private const string UnknownCode = "{\"user_code\": \"BBBBBBBBB\"}";
    private const string Json = "Content-Type: application/json\r\n";
    private const string Chunked = "Transfer-Encoding: chunked\r\n";
    private const string Form = "Content-Type: application/x-www-form-urlencoded\r\n";
    private const string Preflight = "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type\r\n";
    private const string SignedIn = "Authorization: {token}\r\n";
    private const string BasicApi = "Authorization: Basic YXBpOmRldmVsb3BtZW50LXNlY3JldA==\r\n"; // api:development-secret
    private const string DeviceGrant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code";

    // Headers that the server writes, not the service.
    private static readonly string[] ConnectionHeaders =
        ["connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"];

    /// <summary>The allowed differences, with their reasons.</summary>
    private static readonly (string Name, Func<string, bool> Request, Func<RawResponse, RawResponse> WithoutIt)[] Allowed =
    [
        // The local host signs people in by itself; the worker redirects them to Entra ID.
        (
            "the configuration of the page's sign-in",
            request => request.StartsWith("GET /device/config.json", StringComparison.Ordinal),
            response => response with { Body = SignIn.Replace(response.Body, "") }),

        // The policy allows the page to connect to the origin of the sign-in.
        (
            "the page's content security policy",
            request => DevicePage.IsMatch(request),
            response => response with
            {
                Headers = [.. response.Headers.Select(header => (header.Name, Value: ConnectSource.Replace(header.Value, "")))],
            }),

        // Only the local host has this form.
        (
            "the form of the development sign-in",
            request => request.Contains(" /dev/sign-in ", StringComparison.Ordinal),
            _ => new RawResponse(0, [], "")),

        // The Functions host routes such a path to no function, not even to the catch-all, and responds by itself.
        (
            "a path that begins with two slashes",
            request => request.Contains(" //", StringComparison.Ordinal),
            response => new RawResponse(response.Status, [], "")),

        // The hosts disagree whether an empty segment matches the end of a route. Both respond with a 404, in different words.
        (
            "two slashes after the path of the metadata",
            request => request.StartsWith("GET /.well-known/oauth-authorization-server// ", StringComparison.Ordinal),
            response => response with { Body = "" }),
    ];

    public static IReadOnlyList<string> Requests { get; } =
    [
        // Every method on every route.
        .. from method in new[] { "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND" }
           from route in HttpFunction.All.Select(function => PathOf(function.Route)).Distinct()
           select Request($"{method} /{route}"),

        // Other paths, and other spellings of the same paths.
        .. from path in new[]
           {
               "/", "/api/healthz", "/HEALTHZ", "/healthz/", "//healthz", "/healthz?x=1", "/%2e%2e/healthz", "/a/../healthz",
               "/auth/device", "/auth//device/token", "/auth/device/token%2f", "/oauth/token/more", "/OAuth/Token",
               "/%e2%98%83", "/..%5c..%5csecret", "/robots.txt", "/favicon.ico", "/dev/sign-in",
               "/device?user_code=%3Cscript%3E", "/device?x=|||&y=^^\"", "/device;x=1", "/device%00",
               "/device/assets/x/nothing.js", "/device/assets/x/..%2f..%2fhost.json",
               "/.well-known/openid-configuration",
           }
           from method in new[] { "GET", "POST" }
           select Request($"{method} {path}"),

        // The metadata, with the path of this issuer (a/b c), without it, and with others.
        .. from suffix in new[]
           {
               "", "/", "//", "/a/b%20c", "/a/b%20c/", "/a/b%20c//", "/%61/b%20c", "/a%2fb%20c", "/A/b%20c", "/a", "/a/b%20c/d",
               "/%e2%98%83",
           }
           from method in new[] { "GET", "POST", "OPTIONS" }
           select Request($"{method} /.well-known/oauth-authorization-server{suffix}", $"Origin: {SharedWorker.Dashboard}\r\n{Preflight}"),

        // Bodies of /auth/device/*.
        .. from path in new[] { "code", "authorize", "inspect", "token" }
           from body in new[]
           {
               "", "{", "[]", "null", "{}", "{\"a\":1,\"a\":1}", "\xff", "\xef\xbb\xbf{}",
               "{\"user_code\": 1, \"device_code\": 1}",
               "{\"user_code\": \"\", \"device_code\": \"\"}",
               "{\"user_code\": \"BBBBBBBBB\", \"device_code\": \"0123456789abcdef0123456789abcdef01234567\"}",
               "{\"user_code\": \"{user_code}\", \"device_code\": \"{device_code}\", \"action\": \"maybe\"}",
           }
           select Request($"POST /auth/device/{path}", Json + SignedIn, body),

        // Content types, encodings, sizes.
        .. from headers in new[]
           {
               "",
               "Content-Type: text/plain\r\n",
               Form,
               "Content-Type: application/json; charset=utf-16\r\n",
               "Content-Type: APPLICATION/JSON;charset=UTF-8\r\n",
               $"{Json}Content-Encoding: gzip\r\n",
               $"{Json}Expect: 100-continue\r\n",
           }
           select Request("POST /auth/device/token", headers, "{\"device_code\": \"x\"}"),
        Request("POST /auth/device/code", Json, $"{{\"x\":\"{new string('x', 8184)}\"}}"),
        Request("POST /auth/device/code", Json, $"{{\"x\":\"{new string('x', 8185)}\"}}"),
        Request("POST /auth/device/code", Json, $"{{\"x\":\"{new string('x', 100_000)}\"}}"),
        $"POST /auth/device/code HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{Json}{Chunked}\r\n2\r\n{{}}\r\n0\r\n\r\n",
        $"POST /auth/device/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{Json}{Chunked}\r\n3\r\n{{}}x\r\n0\r\n\r\n",

        // Credentials.
        Request("POST /auth/device/inspect", Json, UnknownCode),
        .. from authorization in new[] { "Bearer", "Bearer x", "Bearer ..", "Basic YTpi", "bearer {bare_token}", "Bearer {bare_token}x" }
           select Request("POST /auth/device/inspect", $"{Json}Authorization: {authorization}\r\n", UnknownCode),
        Request("GET /oauth/userinfo", "Authorization: Bearer {access_token}\r\n"),
        Request("GET /oauth/userinfo", "Authorization: Bearer dca_0000\r\n"),
        Request("GET /oauth/userinfo?access_token={access_token}"),

        // A login of /auth/device/*.
        Request("POST /auth/device/code"),
        Request("POST /auth/device/inspect", Json + SignedIn, "{\"user_code\": \"{user_code}\"}"),
        Request("POST /auth/device/token", Json, "{\"device_code\": \"{device_code}\"}"),
        Request("POST /auth/device/authorize", Json + SignedIn, "{\"user_code\": \"{user_code}\", \"action\": \"deny\"}"),
        Request("POST /auth/device/token", Json, "{\"device_code\": \"{device_code}\"}"),

        // OAuth, with forms and JSON.
        .. from body in new[]
           {
               "", "=&=&", "client_id=", "client_id=%ff", "client_id=nobody", "client_id=cli", "client_id=cli&client_id=cli",
               "client_id=cli&scope=everything",
               "client_id=cli&scope=profile&code_challenge=x",
               "client_id=cli&code_challenge_method=plain",
               "client_id=api&client_secret=development-secret",
           }
           select Request("POST /oauth/device/code", Form, body),
        Request("POST /oauth/device/code", Json, "{\"client_id\": \"cli\", \"scope\": \"profile\"}"),
        .. from path in new[] { "/oauth/token", "/oauth/device/token" }
           from body in new[]
           {
               "client_id=cli",
               "client_id=cli&grant_type=password",
               $"client_id=cli&{DeviceGrant}",
               $"client_id=cli&{DeviceGrant}&device_code=x",
               $"client_id=api&client_secret=development-secret&{DeviceGrant}",
               "client_id=cli&grant_type=refresh_token&refresh_token=x",
               $"client_id=nobody&{DeviceGrant}&device_code=x",
           }
           select Request($"POST {path}", Form, body),
        Request("POST /oauth/token", Form, "client_id=cli&grant_type=refresh_token&refresh_token={refresh_token}&scope=profile"),
        Request("POST /oauth/introspect", Form + BasicApi, "token={access_token}"),
        Request("POST /oauth/introspect", Form + BasicApi, "token=x"),
        Request("POST /oauth/introspect", Form, "client_id=api&client_secret=wrong&token=x"),
        Request("POST /oauth/introspect", Form + "Authorization: Basic !\r\n", "token=x"),
        Request("POST /oauth/revoke", Form, "client_id=cli&token=x"),
        Request("POST /oauth/revoke", Form, "client_id=cli&token={refresh_token}"),

        // CORS, caching and languages.
        .. from origin in new[] { SharedWorker.Dashboard, "https://evil.example", "null" }
           from method in new[] { "OPTIONS", "POST" }
           select Request($"{method} /auth/device/token", $"{Json}Origin: {origin}\r\n{Preflight}", "{}"),
        .. from headers in new[]
           {
               "Accept-Encoding: gzip\r\n",
               "Accept-Encoding: br;q=0, gzip;q=0\r\n",
               "Accept-Language: de, en;q=0.5\r\n",
               "If-None-Match: \"x\"\r\n",
               "Range: bytes=0-10\r\n",
           }
           select Request("GET /device", headers),

        // Headers that are odd, or that a proxy might act on.
        .. from headers in new[]
           {
               "X-Forwarded-For: 203.0.113.9\r\n",
               "X-Forwarded-Host: evil.example\r\n",
               "X-Forwarded-Proto: https\r\n",
               "Forwarded: for=203.0.113.9;host=evil.example\r\n",
               "X-HTTP-Method-Override: POST\r\n",
               "X-Original-URL: /healthz\r\n",
               "Cookie: a=b; c\r\n",
               "User-Agent: \r\n",
               $"User-Agent: {new string('u', 4000)}\r\n",
               "TE: trailers\r\n",
           }
           select Request("POST /auth/device/code", headers),
    ];

    [Fact]
    public async Task Both_hosts_give_the_same_responses()
    {
        Assert.InRange(Requests.Count, 100, 1000);
        await using var worker = await WorkerService.StartAsync(app, azurite.ConnectionString, Settings);
        await using var local = await HostProcess.StartAsync(
            azurite.ConnectionString, new(Settings.Concat(WorkerService.Clients)) { ["Urls"] = "http://127.0.0.1:0" });
        using var localClient = new HttpClient { BaseAddress = local.Address };
        var workerSide = await Side.StartAsync(worker.Client, worker.Authorization(), worker.Leaks.AddCodes);
        var localSide = await Side.StartAsync(localClient, "Bearer dev:Alice Liddell <alice@wonderland.example>", local.Watch);

        List<string> differences = [];
        foreach (var request in Requests)
        {
            var (expected, actual) = (await localSide.SendAsync(request), await workerSide.SendAsync(request));
            if (expected != actual)
            {
                differences.Add($"{request[..Math.Min(request.Length, 300)]}\n--- local host:\n{expected}\n--- worker:\n{actual}\n");
            }
        }

        Assert.True(
            differences.Count == 0,
            $"{differences.Count} of {Requests.Count} responses differ.\n{string.Join("\n\n", differences.Take(10))}");
    }

    private static Dictionary<string, string> Settings => new()
    {
        ["DeviceCode__PublicUrl"] = "https://login.example.com/a/b%20c",
        ["DeviceCode__ApiKeysUrl"] = "https://example.com/api-keys",
        ["DeviceCode__CorsOrigins__0"] = SharedWorker.Dashboard,
        ["DeviceCode__WrongGuessesPerUser"] = "300",
        ["DeviceCode__WrongGuessesPerAddress"] = "300",
        ["DeviceCode__UserCodeLength"] = "9",

        // A key is generated in development only.
        ["DOTNET_ENVIRONMENT"] = "Development",
        ["Broker__Providers__self__Kind"] = "devicecode",
        ["Broker__Providers__self__At"] = "https://login.example.com/a/b%20c",
        ["Broker__Providers__self__ClientId"] = "broker",
        ["Broker__Providers__self__Scopes"] = "profile email offline_access",
        ["Broker__Providers__self__Sessions"] = "true",
    };

    private static string PathOf(string route) => route
        .Replace("{*path}", "no/such/path", StringComparison.Ordinal)
        .Replace("{*issuerPath}", "a/b%20c", StringComparison.Ordinal)
        .Replace("{version}", "0123456789abcdef", StringComparison.Ordinal)
        .Replace("{name}", "device.js", StringComparison.Ordinal);

    private static string Request(string start, string headers = "", string? body = null) =>
        $"{start} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}{(body is null ? "" : "Content-Length: {length}\r\n")}\r\n{body}";

    /// <summary>One of the two hosts, with its own values for the placeholders.</summary>
    private sealed class Side
    {
        private readonly Uri _address;
        private readonly Dictionary<string, string> _values = [];

        private Side(Uri address) => _address = address;

        public static async Task<Side> StartAsync(HttpClient client, string authorization, Action<string, string> watch)
        {
            var side = new Side(client.BaseAddress!);
            side._values["{token}"] = authorization;
            side._values["{bare_token}"] = authorization["Bearer ".Length..];

            var pending = await PostAsync("/auth/device/code", []);
            (side._values["{device_code}"], side._values["{user_code}"]) = (pending["device_code"]!, pending["user_code"]!);
            watch(pending["device_code"]!, pending["user_code"]!);

            var codes = await PostAsync("/oauth/device/code", new() { ["client_id"] = "cli" });
            watch(codes["device_code"]!, codes["user_code"]!);
            using var approval = new HttpRequestMessage(HttpMethod.Post, "/auth/device/authorize")
            {
                Content = JsonContent.Create(new { user_code = codes["user_code"] }),
            };
            approval.Headers.TryAddWithoutValidation("Authorization", authorization);
            Assert.Equal(200, (int)(await client.SendAsync(approval)).StatusCode);
            var tokens = await PostAsync("/oauth/token", new()
            {
                ["client_id"] = "cli",
                ["grant_type"] = "urn:ietf:params:oauth:grant-type:device_code",
                ["device_code"] = codes["device_code"]!,
            });
            (side._values["{access_token}"], side._values["{refresh_token}"]) = (tokens["access_token"]!, tokens["refresh_token"]!);
            return side;

            async Task<ServiceResponse> PostAsync(string path, Dictionary<string, string> form) =>
                await ServiceResponse.ReadAsync(await client.PostAsync(path, form.Count == 0 ? null : new FormUrlEncodedContent(form)));
        }

        /// <summary>Sends a request and returns those parts of the response that must be the same for both hosts.</summary>
        public async Task<string> SendAsync(string request)
        {
            var filled = _values.Aggregate(request, (text, value) => text.Replace(value.Key, value.Value, StringComparison.Ordinal));
            var body = filled[(filled.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
            var response = await RawHttp.SendAsync(_address, filled.Replace("{length}", $"{body.Length}", StringComparison.Ordinal));
            response = Allowed.Where(difference => difference.Request(request))
                .Aggregate(response, (remaining, difference) => difference.WithoutIt(remaining));
            var headers = response.Headers.Where(header => !ConnectionHeaders.Contains(header.Name)).Order()
                .Select(header => $"{header.Name}: {header.Value}");
            return $"{response.Status}\n{string.Join('\n', headers)}\n\n{Varying.Replace(response.Body, "…")}";
        }
    }

    [GeneratedRegex("""
        (?<="(?:device_code|user_code|access_token|refresh_token|requested_at|sub|expires_in|exp|iat|version)":\s?)(?:"[^"]*"|\d+)
        |(?<=user_code=)[A-Z]+-[A-Z]+
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Varying { get; }

    [GeneratedRegex("""
        "sign_in":\{[^}]*\}
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex SignIn { get; }

    [GeneratedRegex("connect-src [^;]*;")]
    private static partial Regex ConnectSource { get; }

    [GeneratedRegex("^[A-Z]+ /(?:device(?:[ /?]|$)|creds/-/c)")]
    private static partial Regex DevicePage { get; }
}
