namespace DeviceCode.Testing;

using System.Diagnostics.Metrics;
using System.Net;
using DeviceCode.Core;
using DeviceCode.Core.Devices;
using DeviceCode.Core.Guesses;

/// <summary>Arbitrary values, for tests that do not depend on them.</summary>
public static class Some
{
    private static readonly Meter Meter = new("DeviceCode.Testing");

    // New objects each time: mutation testing keeps the process, so an object in a static field would keep the effect of an old mutant.
    public static RequestOrigin DeviceOrigin => new(IPAddress.Parse("198.51.100.7"), "some-cli/1.0");

    public static RequestOrigin BrowserOrigin => new(IPAddress.Parse("198.51.100.7"), "a browser");

    /// <summary>For tests that do not measure.</summary>
    public static DeviceMetrics Metrics => new(Meter);

    public static User User(string name = "alice") => new($"subject-of-{name}", "tenant", $"{name}@example.com", name);

    /// <summary>Returns an origin in a network that no other test uses.</summary>
    public static RequestOrigin Origin() => new(new IPAddress(Guid.NewGuid().ToByteArray()), null);

    public static DeviceCode NewDeviceCode() => DeviceCode.Generate(UserCode.Generate(8));

    public static DeviceAuthorization Authorization(DeviceCode code, DateTimeOffset? at = null)
    {
        var now = at ?? new DateTimeOffset(2026, 11, 21, 12, 0, 0, 123, TimeSpan.Zero);
        return new DeviceAuthorization
        {
            Id = Guid.NewGuid(),
            UserCode = code.UserCode!.Value,
            DeviceCodeHash = code.Hash(),
            ClientName = "Some \"client\" – with 'quotes' & ünïcode",
            Scope = "profile email",
            RequestedFrom = DeviceOrigin,
            RequestedAt = now,
            ExpiresAt = now.AddMinutes(15),
            PurgeAfter = now.AddMinutes(75),
            Interval = TimeSpan.FromSeconds(5),
        };
    }

    public static DeviceAuthorizationRequest From(RequestOrigin origin) => new("A client", origin);

    public static Claim Claim() => new(Guid.NewGuid(), new string('a', 64), new DateTimeOffset(2026, 11, 21, 12, 2, 0, 7, TimeSpan.Zero))
    {
        Holder = Guid.NewGuid(),
    };

    public static Decision Decision(bool approved = true, string by = "alice") =>
        new(Guid.NewGuid(), approved, User(by), new DateTimeOffset(2026, 11, 21, 12, 1, 0, TimeSpan.Zero));

    public static DeviceAuthorizationService Service(
        IDeviceAuthorizationStore? store = null,
        IWrongGuessStore? guesses = null,
        TimeProvider? time = null,
        DeviceAuthorizationOptions? options = null,
        Func<UserCode>? draw = null,
        DeviceMetrics? metrics = null,
        IClientPolicy? clients = null)
    {
        options ??= new DeviceAuthorizationOptions { CodesPerAddress = 10_000 };
        time ??= new TestTime();
        metrics ??= Metrics;
        return new DeviceAuthorizationService(
            store ?? new InMemoryDeviceAuthorizationStore(),
            new GuessLimiter(guesses ?? new InMemoryWrongGuessStore(), options.ToGuessLimits(), time, metrics),
            clients ?? new AnyClient(),
            options,
            time,
            metrics)
        {
            DrawUserCode = draw is null ? UserCode.Generate : _ => draw(),
        };
    }

    public static async Task<IssueResult.Issued> IssueAsync(this DeviceAuthorizationService service) =>
        Assert.IsType<IssueResult.Issued>(await service.IssueAsync(From(DeviceOrigin), CancellationToken.None));

    public static Task<DecideResult> DecideAsync(
        this DeviceAuthorizationService service, string userCode, bool approve = true, string by = "alice", RequestOrigin? from = null) =>
        service.DecideAsync(userCode, approve, User(by), from ?? BrowserOrigin, CancellationToken.None);

    public static Task<InspectResult> InspectAsync(
        this DeviceAuthorizationService service, string userCode, string by = "alice", RequestOrigin? from = null) =>
        service.InspectAsync(userCode, User(by), from ?? BrowserOrigin, CancellationToken.None);

    /// <summary>Returns the reason for which the user code was rejected; null when it was not.</summary>
    public static UserCodeRejection? Rejection(this InspectResult result) => (result as InspectResult.Rejected)?.Reason;

    /// <summary>Returns the reason for which the user code was rejected; null when it was not.</summary>
    public static UserCodeRejection? Rejection(this DecideResult result) => (result as DecideResult.Rejected)?.Reason;

    /// <summary>Polls and, as the functions do, confirms the login that the poll completes.</summary>
    public static async Task<PollResult> PollAsync(this DeviceAuthorizationService service, DeviceCode code)
    {
        var result = await service.PollAsync(code, CancellationToken.None);
        if (result is PollResult.Complete complete)
        {
            await service.ConfirmAsync(complete.Authorization, CancellationToken.None);
        }

        return result;
    }
}
