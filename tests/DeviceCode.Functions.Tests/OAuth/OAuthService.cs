namespace DeviceCode.Functions.Tests.OAuth;

using System.Security.Cryptography;
using System.Text;

/// <summary>The service with clients of every kind, and requests like an OAuth client's.</summary>
internal sealed class OAuthService : IDisposable
{
    public const string DeviceGrant = "urn:ietf:params:oauth:grant-type:device_code";
    public const string Secret = "a secret: with 100% + odd/characters?";

    public OAuthService(Dictionary<string, string>? settings = null)
    {
        var all = new Dictionary<string, string>(settings ?? []);
        Client(3, "confidential", ("SecretSha256", Sha256(Secret)), ("Scopes", "profile email"), ("DefaultScopes", "profile"));
        Client(
            4,
            "norefresh",
            ("Scopes", "profile"),
            ("Grants", "device_code"),
            ("AccessTokenLifetime", "00:00:00"),
            ("LoginLifetime", "00:00:00"));
        Client(5, "off", ("Scopes", "profile"), ("Enabled", "false"));
        Client(
            6,
            "slow",
            ("Scopes", "profile"),
            ("CodeLifetime", "00:05:00"),
            ("PollingInterval", "00:00:20"),
            ("AccessTokenLifetime", "00:10:00"),
            ("RefreshTokenLifetime", "01:00:00"));
        Client(7, "resource", ("SecretSha256", Sha256(Secret)), ("Grants", ""), ("Introspects", "true"));
        Service = new TestService(all);

        void Client(int n, string id, params (string Name, string Value)[] values)
        {
            all[$"OAuth:Clients:{n}:Id"] = id;
            foreach (var (name, value) in values)
            {
                all[$"OAuth:Clients:{n}:{name}"] = value;
            }
        }
    }

    public TestService Service { get; }

    public static string Basic(string id, string secret) =>
        "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Uri.EscapeDataString(id)}:{Uri.EscapeDataString(secret)}"));

    public static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    public void Dispose() => Service.Dispose();

    public void Advance(double seconds) => Service.Time.Advance(TimeSpan.FromSeconds(seconds));

    public Task<ServiceResponse> PostAsync(string path, params (string Name, string Value)[] form) => PostAsync(path, null, form);

    public async Task<ServiceResponse> PostAsync(string path, string? authorization, params (string Name, string Value)[] form)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value))),
        };
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        var response = await Service.SendAsync(request);
        foreach (var name in new[] { "device_code", "user_code", "access_token", "refresh_token" })
        {
            if (response.Status == 200 && response[name] is { } secret)
            {
                Service.Watch(secret);
            }
        }

        return response;
    }

    public Task<ServiceResponse> DeviceCodeAsync(string client = "cli", params (string Name, string Value)[] more) =>
        PostAsync("/oauth/device/code", [("client_id", client), .. more]);

    public Task<ServiceResponse> PollAsync(string deviceCode, string client = "cli", params (string Name, string Value)[] more) =>
        PostAsync("/oauth/device/token", [("grant_type", DeviceGrant), ("client_id", client), ("device_code", deviceCode), .. more]);

    public Task<ServiceResponse> RefreshAsync(string refreshToken, string client = "cli", params (string Name, string Value)[] more) =>
        PostAsync("/oauth/token", [("grant_type", "refresh_token"), ("client_id", client), ("refresh_token", refreshToken), .. more]);

    public Task<ServiceResponse> RevokeAsync(string token, string client = "cli", params (string Name, string Value)[] more) =>
        PostAsync("/oauth/revoke", [("client_id", client), ("token", token), .. more]);

    public Task<ServiceResponse> IntrospectAsync(string token) =>
        PostAsync("/oauth/introspect", Basic("api", "development-secret"), ("token", token));

    public async Task<bool> IsActiveAsync(string? token) => (await IntrospectAsync(token!)).Json.GetProperty("active").GetBoolean();

    public Task<ServiceResponse> UserInfoAsync(string? authorization)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/oauth/userinfo");
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        return Service.SendAsync(request);
    }

    /// <summary>Issues codes and approves them as Alice.</summary>
    public async Task<string> ApprovedAsync(string client = "cli", params (string Name, string Value)[] more)
    {
        var codes = await DeviceCodeAsync(client, more);
        Assert.Equal(200, codes.Status);
        Assert.Equal(200, (await Service.AuthorizeAsync(codes["user_code"]!)).Status);
        return codes["device_code"]!;
    }

    /// <summary>Signs Alice in, and returns her tokens.</summary>
    public async Task<ServiceResponse> SignInAsync(string client = "cli", params (string Name, string Value)[] more)
    {
        var response = await PollAsync(await ApprovedAsync(client, more), client);
        Assert.Equal(200, response.Status);
        return response;
    }
}

internal static class OAuthResponses
{
    /// <summary>Checks that the response is an error as in RFC 6749 §5.2.</summary>
    public static ServiceResponse IsOAuthError(this ServiceResponse response, string error, int status = 400)
    {
        response.IsWellFormed();
        Assert.Equal((status, error), (response.Status, response["error"]));
        Assert.Matches(@"^[\x20-\x21\x23-\x5b\x5d-\x7e]+$", response["error_description"]);
        Assert.Equal(status == 401, response.Headers.WwwAuthenticate.Count > 0);
        return response;
    }

    public static string AuthenticationScheme(this ServiceResponse response) => Assert.Single(response.Headers.WwwAuthenticate).Scheme;

    public static IEnumerable<string> Members(this ServiceResponse response) =>
        response.Json.EnumerateObject().Select(member => member.Name);
}
