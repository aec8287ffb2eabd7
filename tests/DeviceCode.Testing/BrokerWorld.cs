namespace DeviceCode.Testing;

using System.Collections.Concurrent;
using System.Security.Cryptography;
using DeviceCode.Core;
using DeviceCode.Core.Broker;
using DeviceCode.Core.OAuth;

/// <summary>A broker with a scripted provider and a fake clock; several instances can share a store.</summary>
public sealed class BrokerWorld : IBrokerAudit
{
    public const string Name = "github";

    private readonly ICredentialStore _store;

    public BrokerWorld(ICredentialStore store)
    {
        _store = store;
        Upstream = new FakeUpstream(Time);
        Options = new BrokerOptions
        {
            WritesPerNetwork = 10_000,
            WritesPerOwner = 10_000,
            Providers =
            {
                [Name] = NewProvider(),
                ["other"] = NewProvider(),
            },
        };
        Background = new BackgroundWork(this);
        Keys = new Ring();
        Broker = NewInstance();
    }

    public TestTime Time { get; } = new();

    public FakeUpstream Upstream { get; }

    public BrokerOptions Options { get; }

    public BackgroundWork Background { get; }

    public Ring Keys { get; }

    public CredentialBroker Broker { get; }

    /// <summary>The alarms that were set: the tests deliver them.</summary>
    public List<(CredentialAlarm Alarm, DateTimeOffset At)> Alarms { get; } = [];

    public ConcurrentQueue<string> Audit { get; } = [];

    /// <summary>A user with her own subject, so that tests share no owner.</summary>
    public CredentialOwner.OfUser Alice { get; } = NewUser("alice");

    public static CredentialOwner.OfUser NewUser(
        string name, string scopes = "creds", string clientId = "cli", string? group = null) => new(
        new User($"{name}-{Guid.NewGuid()}", "tenant", $"{name}@example.com", name),
        new Client { Id = clientId, CredentialGroup = group },
        scopes);

    /// <summary>Creates another instance of the service on the same store.</summary>
    public CredentialBroker NewInstance(ICredentialStore? store = null, TimeProvider? time = null, ICredentialAlarm? alarm = null) =>
        new(Options, store ?? _store, Upstream, alarm ?? new Queue(this), Keys, Background, time ?? Time, this);

    public static CredentialRequest NewRequest(string name = Name, string grantType = GrantTypes.DeviceCode) =>
        new(name, Some.Origin()) { GrantType = grantType };

    public Task<BrokerResult> PutAsync(CredentialOwner? owner = null, CredentialRequest? request = null, CredentialBroker? broker = null) =>
        (broker ?? Broker).PutAsync(owner ?? Alice, request ?? NewRequest(), CancellationToken.None);

    public Task<BrokerResult> ReadAsync(
        CredentialOwner? owner = null, string name = Name, int minimum = 60, CredentialBroker? broker = null) =>
        (broker ?? Broker).ReadAsync(owner ?? Alice, name, TimeSpan.FromSeconds(minimum), CancellationToken.None);

    public async Task<BrokerResult> DeleteAsync(CredentialOwner? owner = null, string name = Name)
    {
        var result = await Broker.DeleteAsync(owner ?? Alice, name, Some.Origin(), CancellationToken.None);
        await Background.WhenIdleAsync();
        return result;
    }

    /// <summary>Makes a credential and signs in.</summary>
    public async Task<string> SignInAsync(CredentialOwner? owner = null, CredentialRequest? request = null)
    {
        var name = (request ??= NewRequest()).Name;
        Assert.IsType<BrokerResult.Pending>(await PutAsync(owner, request));
        Upstream.Approve();
        Time.Advance(TimeSpan.FromSeconds(6));
        return Token(await ReadAsync(owner, name));
    }

    /// <summary>Waits as a reader with <c>curl --retry</c> does, until the login is decided.</summary>
    public async Task<BrokerResult> WaitAsync(CredentialOwner? owner = null, CredentialBroker? broker = null)
    {
        while (true)
        {
            var result = await ReadAsync(owner, broker: broker);
            if (result is not BrokerResult.Pending(var login))
            {
                return result;
            }

            Time.Advance(TimeSpan.FromSeconds(Math.Ceiling(login.RetryAfter.TotalSeconds)));
        }
    }

    /// <summary>Advances the time, and delivers the alarms that become due.</summary>
    public async Task PassAsync(TimeSpan time, CredentialBroker? broker = null)
    {
        var end = Time.GetUtcNow() + time;
        while (Alarms.Where(alarm => alarm.At <= end).OrderBy(alarm => alarm.At).Select(alarm => ((CredentialAlarm, DateTimeOffset)?)alarm)
            .FirstOrDefault() is (var next, var at))
        {
            Alarms.Remove((next, at));
            Time.Advance(at > Time.GetUtcNow() ? at - Time.GetUtcNow() : TimeSpan.Zero);
            await (broker ?? Broker).HandleAlarmAsync(next.Write()!, CancellationToken.None);
        }

        Time.Advance(end - Time.GetUtcNow());
        await Background.WhenIdleAsync();
    }

    /// <summary>The times between the polls, in seconds.</summary>
    public List<double> PollGaps()
    {
        var polls = Upstream.Requests.Where(request => request.Kind == "poll").Select(request => request.At).ToList();
        return [.. polls.Zip(polls.Skip(1), (one, next) => (next - one).TotalSeconds)];
    }

    public static string Token(BrokerResult result) => Assert.IsType<BrokerResult.Ready>(result).Tokens.AccessToken;

    public static string Ended(BrokerResult result) => Assert.IsType<BrokerResult.Ended>(result).Error;

    public static string Rejected(BrokerResult result) => Assert.IsType<BrokerResult.Rejected>(result).Error;

    public void Made(Credential credential, string grant) => Audit.Enqueue($"made {grant}");

    public void Bound(Credential credential, string? accountKey) => Audit.Enqueue($"bound {accountKey}");

    public void Refreshed(Credential credential) => Audit.Enqueue("refreshed");

    public void Refused(Credential credential) => Audit.Enqueue("refused");

    public void Ended(Credential credential) => Audit.Enqueue($"ended {credential.Error}");

    public void Deleted(Credential credential) => Audit.Enqueue("deleted");

    public void Revoked(string providerId, string ownerKey, bool revoked) => Audit.Enqueue($"revoked {revoked}");

    public void ProviderRejects(string providerId, string reason) => Audit.Enqueue("provider rejects");

    public void ProviderSilent(string providerId, string reason) => Audit.Enqueue("provider silent");

    public void Failed(string reason) => Audit.Enqueue($"failed {reason}");

    private static BrokerProvider NewProvider() => new()
    {
        Kind = "github",
        ClientId = "client",
        Scopes = "repo read:user",
        DefaultScopes = "repo",
        Grants = "device_code refresh_token authorization_code",
        Sessions = true,
    };

    /// <summary>A key ring whose keys a test can add and remove.</summary>
    public sealed class Ring : IKeyRing
    {
        /// <summary>The keys; the first one seals.</summary>
        public List<byte[]> Current { get; } = [RandomNumberGenerator.GetBytes(32)];

        public bool IsDown { get; set; }

        public ValueTask<KeyRing> ReadAsync(CancellationToken cancellationToken) =>
            IsDown ? throw new StoreUnavailableException("The vault is down.") : new(new KeyRing(Current));
    }

    private sealed class Queue(BrokerWorld world) : ICredentialAlarm
    {
        public Task SetAsync(CredentialAlarm alarm, TimeSpan delay, CancellationToken cancellationToken)
        {
            lock (world.Alarms)
            {
                Assert.NotNull(alarm.Write());
                world.Alarms.Add((alarm, world.Time.GetUtcNow() + delay));
                return Task.CompletedTask;
            }
        }
    }
}
