namespace DeviceCode.Broker.Tests.Keys;

using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Security.KeyVault.Secrets;
using DeviceCode.Broker.Keys;
using DeviceCode.Core;

public sealed class KeyRingTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly string _folder = Directory.CreateTempSubdirectory("devicecode-keys-").FullName;
    private readonly TestTime _time = new();
    private readonly FakeVault _vault = new();

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        _vault.Dispose();
    }

    [Fact]
    public async Task Processes_that_start_together_share_the_key_in_a_file_that_only_the_user_can_read()
    {
        var path = Path.Combine(_folder, "sub", "key");
        var rings = await Racing.RunAsync(8, _ => Task.FromResult(LocalKeyRing.InFile(path)));
        var box = (await rings[0].ReadAsync(None)).Seal("content"u8, [], "here");
        foreach (var ring in rings)
        {
            Assert.Equal("content"u8.ToArray(), (await ring.ReadAsync(None)).Open(box, [], "here"));
        }

        Assert.Equal([path], Directory.EnumerateFiles(Path.GetDirectoryName(path)!));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("no key")]
    [InlineData("AAAA")]
    public void A_file_without_a_key_is_rejected(string text)
    {
        var path = Path.Combine(_folder, "key");
        File.WriteAllText(path, text);
        Assert.Contains(path, Assert.Throws<InvalidDataException>(() => LocalKeyRing.InFile(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_newest_version_that_all_instances_know_seals_and_every_enabled_one_opens()
    {
        _vault.Add("v1", age: TimeSpan.FromDays(30), 1);
        _vault.Add("v2", age: TimeSpan.FromDays(1), 2);
        _vault.Add("v3", age: TimeSpan.FromMinutes(5), 3);
        _vault.Add("v4", age: TimeSpan.FromDays(2), 4, enabled: false);
        using var ring = NewRing();
        var keys = await ring.ReadAsync(None);
        var box = keys.Seal("x"u8, [], "p");
        foreach (var (seed, opens) in new[] { (1, false), (2, true), (3, false) })
        {
            Assert.Equal(opens, Opens(new([Key(seed)]), box));
            Assert.True(Opens(keys, new Core.Broker.KeyRing([Key(seed)]).Seal("x"u8, [], "p")));
        }

        Assert.False(Opens(keys, new Core.Broker.KeyRing([Key(4)]).Seal("x"u8, [], "p")));
    }

    [Fact]
    public async Task The_only_version_seals_however_young_it_is()
    {
        _vault.Add("v1", age: TimeSpan.FromSeconds(1), 1);
        using var ring = NewRing();
        Assert.True(Opens(new([Key(1)]), (await ring.ReadAsync(None)).Seal("x"u8, [], "p")));
    }

    [Fact]
    public async Task The_ring_is_read_at_the_first_use_then_hourly_and_kept_through_an_outage()
    {
        _vault.IsDown = true;
        using var ring = NewRing();
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await ring.ReadAsync(None));
        _vault.IsDown = false;
        _vault.Add("v1", age: TimeSpan.FromDays(30), 1);
        var first = await ring.ReadAsync(None);
        var requests = _vault.Requests.Count;
        await Racing.RunAsync(16, async _ => await ring.ReadAsync(None));
        Assert.Equal(requests, _vault.Requests.Count);

        _vault.IsDown = true;
        _time.Advance(TimeSpan.FromHours(2));
        Assert.Same(first, await ring.ReadAsync(None));
        var failed = _vault.Requests.Count;
        Assert.Same(first, await ring.ReadAsync(None));
        Assert.Equal(failed, _vault.Requests.Count);
        _vault.IsDown = false;
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.NotSame(first, await ring.ReadAsync(None));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("no key")]
    public async Task A_vault_without_a_valid_key_is_explained(string? value)
    {
        if (value is not null)
        {
            _vault.Add("v1", TimeSpan.FromDays(1), 1, value: value);
        }

        using var ring = NewRing();
        var fault = await Assert.ThrowsAsync<StoreUnavailableException>(async () => await ring.ReadAsync(None));
        Assert.Contains("32", fault.Message, StringComparison.Ordinal);
        Assert.True(value is null || !fault.Message.Contains(value, StringComparison.Ordinal));
    }

    private static byte[] Key(int seed) => [.. Enumerable.Repeat((byte)seed, 32)];

    private static bool Opens(Core.Broker.KeyRing ring, byte[] box)
    {
        try
        {
            ring.Open(box, [], "p");
            return true;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    private VaultKeyRing NewRing() => new(
        new SecretClient(new Uri("https://vault.example"), new NoCredential(), new SecretClientOptions
        {
            Transport = new HttpClientTransport(_vault),
            Retry = { MaxRetries = 0 },
            DisableChallengeResourceVerification = true,
        }),
        _time);

    private sealed class NoCredential : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new("token", DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(GetToken(requestContext, cancellationToken));
    }

    /// <summary>The REST interface of a Key Vault.</summary>
    private sealed class FakeVault : HttpMessageHandler
    {
        private readonly Dictionary<string, (DateTimeOffset Created, bool Enabled, string Value)> _versions = [];
        private readonly DateTimeOffset _now = new TestTime().GetUtcNow();

        public bool IsDown { get; set; }

        public ConcurrentQueue<Uri> Requests { get; } = [];

        public void Add(string version, TimeSpan age, int seed, bool enabled = true, string? value = null) =>
            _versions[version] = (_now - age, enabled, value ?? Convert.ToBase64String(Key(seed)));

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests.Enqueue(request.RequestUri!);
            if (IsDown)
            {
                throw new HttpRequestException("The vault is down.");
            }

            if (request.Headers.Authorization is null)
            {
                var challenge = new HttpResponseMessage(HttpStatusCode.Unauthorized);
                challenge.Headers.TryAddWithoutValidation(
                    "WWW-Authenticate", "Bearer authorization=\"https://login.example/tenant\", resource=\"https://vault.azure.net\"");
                return Task.FromResult(challenge);
            }

            var parts = request.RequestUri!.AbsolutePath.Trim('/').Split('/');
            object body = parts[^1] == "versions"
                ? new { value = _versions.Select(pair => Describe(pair.Key, value: null)).ToArray() }
                : Describe(parts[^1], _versions[parts[^1]].Value);
            return Task.FromResult(new HttpResponseMessage { Content = JsonContent.Create(body) });
        }

        private object Describe(string version, string? value) => new
        {
            id = $"https://vault.example/secrets/broker-key/{version}",
            value,
            attributes = new { enabled = _versions[version].Enabled, created = _versions[version].Created.ToUnixTimeSeconds() },
        };
    }
}
