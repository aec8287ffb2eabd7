namespace DeviceCode.Testing;

using System.Collections.Concurrent;
using System.Globalization;
using DeviceCode.Core.Broker;

/// <summary>
/// A provider with scripted users and faults. Like GitHub and GitLab, it revokes the old tokens at a refresh, unless it is safe: then it
/// returns the same successor again.
/// </summary>
public sealed class FakeUpstream(TimeProvider time) : IUpstream
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Device> _devices = [];
    private readonly Dictionary<string, string> _successors = [];
    private readonly ConcurrentQueue<UpstreamException> _faults = [];
    private readonly HashSet<string> _active = [];
    private readonly HashSet<string> _refreshTokens = [];
    private int _issued;
    private int _answersToLose;

    /// <summary>The interval of the polls.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(5);

    public TimeSpan CodeLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>The lifetime of access tokens; null for tokens without one.</summary>
    public TimeSpan? TokenLifetime { get; set; } = TimeSpan.FromHours(1);

    public bool HasRefreshTokens { get; set; } = true;

    /// <summary>Whether a spent refresh token returns the same tokens again.</summary>
    public bool IsSafe { get; set; }

    public bool NamesAccounts { get; set; } = true;

    public bool RevocationEndsAllLogins { get; set; }

    public string Email { get; set; } = "alice@example.com";

    public string? Scope { get; set; } = "repo";

    /// <summary>The characters that are added to every access token.</summary>
    public int Padding { get; set; }

    /// <summary>Runs before each request is executed, and its result waits for it.</summary>
    public Func<string, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>Runs after each request was executed, before its response arrives.</summary>
    public Func<string, Task> After { get; set; } = _ => Task.CompletedTask;

    /// <summary>The requests, and their times.</summary>
    public ConcurrentQueue<(string Kind, DateTimeOffset At)> Requests { get; } = [];

    public ConcurrentQueue<string> Revoked { get; } = [];

    /// <summary>The user codes that were issued.</summary>
    public ConcurrentQueue<string> UserCodes { get; } = [];

    public int Count(string kind) => Requests.Count(request => request.Kind == kind);

    /// <summary>The next requests fail with these faults.</summary>
    public void Fail(params UpstreamException[] faults) => faults.ToList().ForEach(_faults.Enqueue);

    public static UpstreamException Fault(UpstreamFault fault, bool mayHaveLostAnswer = false) =>
        new(fault, "A fault.") { MayHaveLostAnswer = mayHaveLostAnswer };

    /// <summary>Executes the next requests, and loses their responses.</summary>
    public void LoseAnswers(int count) => _answersToLose = count;

    public void Approve(string? userCode = null) => Decide(userCode, device => device.IsApproved = true);

    public void Deny() => Decide(null, device => device.IsDenied = true);

    public bool IsActive(string accessToken)
    {
        lock (_lock)
        {
            return _active.Contains(accessToken);
        }
    }

    public UpstreamAbilities AbilitiesOf(string providerId) =>
        new(NamesAccounts, RevocationEndsAllLogins, new Uri("https://provider.example/apps"));

    public Task<UpstreamCode> RequestCodeAsync(string providerId, string scope, CancellationToken cancellationToken) =>
        RequestAsync("code", () =>
        {
            var number = ++_issued;
            var code = new UpstreamCode
            {
                DeviceCode = $"device-{number}",
                UserCode = $"USER-{number}",
                VerificationUri = new Uri("https://provider.example/device"),
                Lifetime = CodeLifetime,
                Interval = Interval,
            };
            _devices[code.DeviceCode] = new Device { UserCode = code.UserCode, ExpiresAt = time.GetUtcNow() + CodeLifetime };
            UserCodes.Enqueue(code.UserCode);
            return code;
        }).WaitAsync(cancellationToken);

    public UpstreamPace PaceOf(TimeSpan interval) =>
        new(interval.TotalSeconds.ToString(CultureInfo.InvariantCulture), interval, interval * 1.2);

    public async Task<UpstreamPoll> PollAsync(
        string providerId, string deviceCode, string? codeVerifier, string pace, CancellationToken cancellationToken)
    {
        try
        {
            return await RequestAsync("poll", () => Poll(deviceCode, pace));
        }
        catch (UpstreamException fault) when (fault.Fault == UpstreamFault.Unavailable)
        {
            return new UpstreamPoll.Pending(Slower(pace));
        }
    }

    public Task<CredentialTokens> RefreshAsync(string providerId, CredentialTokens tokens, CancellationToken cancellationToken) =>
        RequestAsync("refresh", () =>
        {
            var spent = tokens.RefreshToken!;
            if (IsSafe && _successors.TryGetValue(spent, out var successor))
            {
                return NewTokens(successor, isNew: false);
            }

            if (!_refreshTokens.Remove(spent))
            {
                throw Fault(UpstreamFault.InvalidGrant);
            }

            _active.Remove(tokens.AccessToken);
            var fresh = NewTokens($"{++_issued}");
            _successors[spent] = fresh.RefreshToken![2..];
            return fresh;
        });

    public Task<bool> RevokeAsync(string providerId, CredentialTokens tokens, CancellationToken cancellationToken) =>
        RequestAsync("revoke", () =>
        {
            _active.Remove(tokens.AccessToken);
            if (tokens.RefreshToken is { } refreshToken)
            {
                _refreshTokens.Remove(refreshToken);
            }

            Revoked.Enqueue(tokens.AccessToken);
            return true;
        });

    public Task<UpstreamAccount?> FindAccountAsync(string providerId, CredentialTokens tokens, CancellationToken cancellationToken) =>
        RequestAsync("account", () => NamesAccounts ? new UpstreamAccount("id-1", Email, "alice") : null);

    public Task<UpstreamBrowserLogin> BeginBrowserLoginAsync(
        string providerId, string scope, Uri redirectUri, string state, CancellationToken cancellationToken) => Task.FromResult(
            new UpstreamBrowserLogin(new Uri($"https://provider.example/authorize?state={state}"), state));

    public Task<CredentialTokens> RedeemAsync(
        string providerId, string request, BrowserResponse response, CancellationToken cancellationToken) =>
        RequestAsync("redeem", () => response switch
        {
            { Issuer: "https://evil.example" } => throw Fault(UpstreamFault.InvalidGrant),
            { Error: "access_denied" } => throw Fault(UpstreamFault.Denied),
            { Error: not null } => throw Fault(UpstreamFault.Rejected),
            _ => NewTokens($"{++_issued}"),
        });

    /// <summary>Registers a refresh token that a caller imports.</summary>
    public string NewRefreshToken()
    {
        lock (_lock)
        {
            return NewTokens($"{++_issued}").RefreshToken!;
        }
    }

    /// <summary>Issues a device code to a client that does not use the broker for that.</summary>
    public string NewDeviceCode()
    {
        lock (_lock)
        {
            var number = ++_issued;
            _devices[$"device-{number}"] = new Device { UserCode = $"USER-{number}", ExpiresAt = time.GetUtcNow() + CodeLifetime };
            UserCodes.Enqueue($"USER-{number}");
            return $"device-{number}";
        }
    }

    private void Decide(string? userCode, Action<Device> decide)
    {
        lock (_lock)
        {
            decide(_devices.Values.Last(device => userCode is null || device.UserCode == userCode));
        }
    }

    private UpstreamPoll Poll(string deviceCode, string pace)
    {
        if (!_devices.TryGetValue(deviceCode, out var device))
        {
            return new UpstreamPoll.Failed(UpstreamFault.InvalidGrant, "A fault.", MayHaveLostAnswer: false);
        }

        var now = time.GetUtcNow();
        var isEarly = device.PolledAt is { } at && now - at < Interval;
        device.PolledAt = now;
        if (device.Tokens is not null)
        {
            // A provider that repeats a lost response.
            return new UpstreamPoll.Completed(device.Tokens);
        }

        if (device.IsDenied)
        {
            return new UpstreamPoll.Failed(UpstreamFault.Denied, "A fault.", MayHaveLostAnswer: false);
        }

        if (device.IsApproved)
        {
            device.Tokens = NewTokens($"{++_issued}");
            return new UpstreamPoll.Completed(device.Tokens);
        }

        return now >= device.ExpiresAt ? new UpstreamPoll.Failed(UpstreamFault.Expired, "A fault.", MayHaveLostAnswer: false)
            : new UpstreamPoll.Pending(isEarly ? Slower(pace) : PaceOf(IntervalOf(pace)));
    }

    private static TimeSpan IntervalOf(string pace) => TimeSpan.FromSeconds(double.Parse(pace, CultureInfo.InvariantCulture));

    private UpstreamPace Slower(string pace) => PaceOf(IntervalOf(pace) + TimeSpan.FromSeconds(5));

    private CredentialTokens NewTokens(string number, bool isNew = true)
    {
        var tokens = new CredentialTokens
        {
            AccessToken = $"access-{number}{new string('a', Padding)}",
            ExpiresAt = time.GetUtcNow() + TokenLifetime,
            Lifetime = TokenLifetime,
            RefreshToken = HasRefreshTokens ? $"r-{number}" : null,
            Scope = Scope,
        };
        if (isNew)
        {
            _active.Add(tokens.AccessToken);
            _refreshTokens.Add($"r-{number}");
        }

        return tokens;
    }

    private async Task<T> RequestAsync<T>(string kind, Func<T> execute)
    {
        await Before(kind);
        Requests.Enqueue((kind, time.GetUtcNow()));
        if (_faults.TryDequeue(out var fault))
        {
            throw fault;
        }

        T result;
        bool isLost;
        lock (_lock)
        {
            result = execute();
            isLost = _answersToLose > 0 && _answersToLose-- > 0;
        }

        await After(kind);
        return isLost ? throw Fault(UpstreamFault.Unavailable, mayHaveLostAnswer: true) : result;
    }

    private sealed class Device
    {
        public required string UserCode { get; init; }

        public required DateTimeOffset ExpiresAt { get; init; }

        public bool IsApproved { get; set; }

        public bool IsDenied { get; set; }

        public DateTimeOffset? PolledAt { get; set; }

        public CredentialTokens? Tokens { get; set; }
    }
}
