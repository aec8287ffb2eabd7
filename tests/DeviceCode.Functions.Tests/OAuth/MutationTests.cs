namespace DeviceCode.Functions.Tests.OAuth;

using System.Text;
using System.Text.Json;

/// <summary>Sends 10,000 mutated requests to each endpoint; every response must follow the RFC.</summary>
public sealed class MutationTests
{
    private const int Requests = 10_000;

    private static readonly string[] Errors =
    [
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "invalid_scope",
        "unauthorized_client",
        "unsupported_grant_type",
        "authorization_pending",
        "slow_down",
    ];

    [Theory]
    [InlineData("/oauth/device/code", 1)]
    [InlineData("/oauth/device/token", 2)]
    [InlineData("/oauth/token", 3)]
    [InlineData("/oauth/revoke", 4)]
    [InlineData("/oauth/introspect", 5)]
    public async Task Mutated_requests_never_cause_a_500(string path, int seed)
    {
        // Without logging: TestService would search a million lines for codes at the end.
        using var oauth = new OAuthService(new()
        {
            ["DeviceCode:TrustedProxies"] = "1",
            ["Logging:LogLevel:Default"] = "None",
            ["Logging:LogLevel:Microsoft.AspNetCore"] = "None",
        });
        var tokens = await oauth.SignInAsync();
        (string Name, string Value)[] parameters =
        [
            ("client_id", "cli"),
            ("scope", "profile email"),
            ("grant_type", seed % 2 == 0 ? OAuthService.DeviceGrant : "refresh_token"),
            ("device_code", (await oauth.DeviceCodeAsync())["device_code"]!),
            ("refresh_token", tokens["refresh_token"]!),
            ("token", tokens["access_token"]!),
            ("code_challenge", new string('c', 43)),
            ("code_challenge_method", "S256"),
            ("code_verifier", new string('v', 43)),
        ];
        var random = new Random(seed);
        var authenticated = 0;
        for (var i = 0; i < Requests; i++)
        {
            var json = random.Next(2) == 0;
            var body = Mutate(Write(Pick(parameters, random), json), random);
            if (path == "/oauth/introspect")
            {
                parameters[0] = ("client_id", "api");
            }

            var authorization = random.Next(8) == 0 ? "Basic " + Garbage(random)
                : path == "/oauth/introspect" ? OAuthService.Basic("api", "development-secret")
                : null;

            var response = await oauth.Service.PostBytesAsync(
                path,
                body,
                json ? "application/json" : "application/x-www-form-urlencoded",
                authorization,
                ("X-Forwarded-For", $"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}"));

            response.IsWellFormed();
            authenticated += response.Status == 401 ? 0 : 1;
            if (response.Status != 200)
            {
                Assert.True(response.Status is 400 or 401, $"{response.Status} to {Encoding.Latin1.GetString(body)}");
                Assert.Contains(response["error"], Errors);
                Assert.Matches(@"^[\x20-\x21\x23-\x5b\x5d-\x7e]+$", response["error_description"]);
            }
        }

        Assert.True(authenticated > Requests / 4, "Too few requests passed the client authentication.");
    }

    [Fact]
    public async Task Mutated_userinfo_requests_never_cause_a_500()
    {
        using var oauth = new OAuthService(new()
        {
            ["Logging:LogLevel:Default"] = "None",
            ["Logging:LogLevel:Microsoft.AspNetCore"] = "None",
        });
        var token = (await oauth.SignInAsync())["access_token"]!;
        var random = new Random(6);
        for (var i = 0; i < Requests; i++)
        {
            // HttpClient accepts only these characters.
            var header = Mutate(Encoding.ASCII.GetBytes($"Bearer {token}"), random).Select(b => b is > 32 and < 127 ? (char)b : ' ');
            var response = await oauth.UserInfoAsync(new string([.. header]));
            Assert.True(response.Status is 200 or 401 or 400, $"{response.Status}");
            if (response.Status != 400)
            {
                response.IsWellFormed();
            }
        }
    }

    private static (string Name, string Value)[] Pick((string Name, string Value)[] parameters, Random random)
    {
        var picked = parameters.Where((_, i) => random.Next(i == 0 ? 10 : 3) > 0).ToList();
        if (picked.Count > 0 && random.Next(10) == 0)
        {
            picked.Add(picked[random.Next(picked.Count)]);
        }

        return [.. picked];
    }

    private static byte[] Write((string Name, string Value)[] parameters, bool json) => Encoding.UTF8.GetBytes(json
        ? $"{{{string.Join(',', parameters.Select(p => $"{JsonSerializer.Serialize(p.Name)}:{JsonSerializer.Serialize(p.Value)}"))}}}"
        : string.Join('&', parameters.Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value)}")));

    private static byte[] Mutate(byte[] body, Random random)
    {
        for (var times = random.Next(4); times > 0 && body.Length > 0; times--)
        {
            var place = random.Next(body.Length);
            body = random.Next(4) switch
            {
                0 => [.. body[..place], (byte)random.Next(256), .. body[(place + 1)..]],
                1 => [.. body[..place], .. body[(place + 1)..]],
                2 => [.. body[..place], .. "%&=+\"{}[],:\\ "u8.ToArray()[random.Next(13)..][..1], .. body[place..]],
                _ => random.Next(5) == 0 ? body[..place] : [.. body, .. body[place..]],
            };
        }

        return body;
    }

    private static string Garbage(Random random) => new([.. Enumerable.Range(0, random.Next(40)).Select(_ => (char)random.Next(33, 127))]);
}
