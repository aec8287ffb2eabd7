namespace DeviceCode.Functions.Tests.Broker;

using System.Text;
using System.Text.Json;

/// <summary>Sends 10,000 mutated requests to each endpoint of the broker; none may cause a 500.</summary>
public sealed class BrokerMutationTests
{
    private const int Requests = 10_000;

    [Theory]
    [InlineData("PUT", "/creds/github", 1)]
    [InlineData("GET", "/creds/github?minimum_seconds=60", 2)]
    [InlineData("POST", "/creds/github/refresh", 3)]
    [InlineData("DELETE", "/creds/github", 4)]
    [InlineData("GET", "/creds", 5)]
    [InlineData("DELETE", "/creds", 6)]
    [InlineData("GET", "/creds/-/providers", 7)]
    [InlineData("POST", "/creds/-/connect", 8)]
    [InlineData("POST", "/creds/-/callback", 9)]
    public async Task Mutated_requests_never_cause_a_500(string method, string path, int seed)
    {
        // Without logging: TestService would search a million lines at the end.
        using var broker = new BrokerService(new()
        {
            ["DeviceCode:TrustedProxies"] = "1",
            ["Logging:LogLevel:Default"] = "None",
            ["Logging:LogLevel:Microsoft.AspNetCore"] = "None",
            ["Broker:LoginsPerProvider"] = "100000",
        });
        var session = await broker.SessionAsync();
        broker.Approve();
        var token = (await broker.ReadAsync(token: session))["access_token"]!;
        var user = await broker.AccessTokenAsync();
        var made = await broker.PutAsync("private", user, """{"grant_type": "authorization_code"}""");
        var handle = made["authorization_uri"]!.Split("#request=")[1];
        var redirect = (await broker.Service.PostAsync("/creds/-/connect", new { request = handle }, TestService.Alice))["redirect_uri"]!;
        (string Name, object Value)[] members =
        [
            ("provider", "github"),
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("scope", "repo"),
            ("account", "alice@example.com"),
            ("device_code", "device-1"),
            ("interval", 5),
            ("expires_in", 900),
            ("code_verifier", new string('v', 43)),
            ("refresh_token", broker.Upstream.NewRefreshToken()),
            ("refused", token),
            ("request", handle),
            ("state", redirect.Split("state=")[1]),
            ("code", "code"),
            ("iss", "https://provider.example"),
        ];
        var random = new Random(seed);
        var statuses = new HashSet<int>();
        for (var i = 0; i < Requests; i++)
        {
            var credential = random.Next(4) switch
            {
                0 => user,
                1 when method == "PUT" => null,
                2 => Ascii(Mutate(Encoding.ASCII.GetBytes(session), random)),
                _ => session,
            };
            var authorization = path.Contains("/-/c", StringComparison.Ordinal) ? TestService.Alice
                : credential is null ? null
                : $"Bearer {credential}";
            var target = random.Next(3) == 0 ? Mutated(path, random) : path;
            var request = new HttpRequestMessage(new HttpMethod(method), target);
            request.Headers.TryAddWithoutValidation("X-Forwarded-For", $"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}");
            if (authorization is not null)
            {
                request.Headers.TryAddWithoutValidation("Authorization", authorization);
            }

            if (method is "PUT" or "POST")
            {
                request.Content = new ByteArrayContent(Mutate(Write(Pick(members, random)), random));
                request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
            }

            var response = await broker.Service.SendAsync(request);
            Assert.True(response.Status is < 500 or 503, $"{response.Status} to {method} {target}: {response.Text}");
            statuses.Add(response.Status);
        }

        // Some requests are valid, and some are not.
        Assert.True(statuses.Count > 1, string.Join(' ', statuses));
    }

    private static string Mutated(string path, Random random)
    {
        var place = random.Next(path.Length - 6) + 6;
        var garbage = new string([.. Enumerable.Range(0, random.Next(4)).Select(_ => (char)random.Next(33, 127))]);
        return path[..place] + Uri.EscapeDataString(garbage) + path[Math.Min(path.Length, place + random.Next(3))..];
    }

    private static string Ascii(byte[] bytes) => new([.. bytes.Select(b => b is > 32 and < 127 ? (char)b : 'x')]);

    private static (string Name, object Value)[] Pick((string Name, object Value)[] members, Random random) =>
        [.. members.Where(_ => random.Next(3) > 0)];

    private static byte[] Write((string Name, object Value)[] members) => Encoding.UTF8.GetBytes(
        $"{{{string.Join(',', members.Select(m => $"{JsonSerializer.Serialize(m.Name)}:{JsonSerializer.Serialize(m.Value)}"))}}}");

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
}
