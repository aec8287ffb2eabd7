namespace DeviceCode.Core.Tests;

using DeviceCode.Core.Devices;
using DeviceCode.Core.Guesses;
using DeviceCode.Core.OAuth;
using DeviceCode.Testing;

/// <summary>The clock is set back while the service runs, as after a virtual machine resumes.</summary>
public sealed class ClockSetBackTests
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    private readonly SettableTime _time = new();

    [Theory]
    [InlineData(10)]
    [InlineData(60)]
    public async Task A_device_is_not_slowed_down(int minutes)
    {
        var service = Some.Service(time: _time);
        var issued = await service.IssueAsync();
        Assert.IsType<PollResult.Pending>(await service.PollAsync(issued.DeviceCode));

        _time.Advance(-TimeSpan.FromMinutes(minutes));
        Assert.IsType<PollResult.Pending>(await service.PollAsync(issued.DeviceCode));
        Assert.IsType<PollResult.SlowDown>(await service.PollAsync(issued.DeviceCode));
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.IsType<PollResult.Pending>(await service.PollAsync(issued.DeviceCode));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(60)]
    public async Task A_network_can_request_codes_and_Retry_After_stays_within_the_window(int minutes)
    {
        var service = Some.Service(time: _time, options: new DeviceAuthorizationOptions { CodesPerAddress = 2, CodesWindow = Window });
        await service.IssueAsync();
        await service.IssueAsync();
        Assert.IsType<IssueResult.TooMany>(await IssueAsync(service));

        _time.Advance(-TimeSpan.FromMinutes(minutes));
        await service.IssueAsync();
        await service.IssueAsync();
        var limit = Assert.IsType<IssueResult.TooMany>(await IssueAsync(service)).Limit;
        Assert.Equal((Window, true), (limit.RetryAfter, limit.IsFirst));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(60)]
    public async Task A_person_can_enter_codes_and_guesses_of_other_instances_count(int minutes)
    {
        var guesses = new InMemoryWrongGuessStore();
        var service = Some.Service(guesses: guesses, time: _time);
        for (var i = 0; i < 6; i++)
        {
            await service.InspectAsync("BBBB-BBBB");
        }

        _time.Advance(-TimeSpan.FromMinutes(minutes));
        var userCode = (await service.IssueAsync()).Authorization.UserCode.Reveal();
        Assert.IsType<InspectResult.Pending>(await service.InspectAsync(userCode));

        // An instance that refreshed before its clock was set back must still read what others add.
        var limiter = new GuessLimiter(guesses, new DeviceAuthorizationOptions().ToGuessLimits(), _time, Some.Metrics);
        var another = new DeviceAuthorizationService(
            new InMemoryDeviceAuthorizationStore(), limiter, new AnyClient(), new DeviceAuthorizationOptions(), _time, Some.Metrics);
        await limiter.RefreshAsync(CancellationToken.None);
        _time.Advance(-TimeSpan.FromMinutes(minutes));
        for (var i = 0; i < 5; i++)
        {
            await Some.Service(guesses: guesses, time: _time).InspectAsync("BBBB-BBBB", by: "bob");
        }

        await limiter.RefreshAsync(CancellationToken.None);
        Assert.IsType<UserCodeRejection.TooManyGuesses>((await another.InspectAsync("BBBB-BBBB", by: "bob")).Rejection());
    }

    [Fact]
    public async Task No_response_promises_more_than_a_lifetime()
    {
        var world = new OAuthWorld();
        var time = new SettableTime();
        var devices = Some.Service(time: time, clients: new AnyClient());
        var userCode = (await devices.IssueAsync()).Authorization.UserCode.Reveal();
        time.Advance(-TimeSpan.FromHours(1));

        var shown = Assert.IsType<InspectResult.Pending>(await devices.InspectAsync(userCode));
        Assert.Equal(TimeSpan.FromMinutes(15), shown.ExpiresIn);

        var registry = new ClientRegistry(world.Options);
        var tokens = new TokenService(world.Devices, world.Grants, registry, world.Options, time, Some.Metrics);
        var first = Assert.IsType<TokenResult.Issued>(await world.RedeemAsync(await world.ApprovedAsync()));
        time.Advance(world.Time.GetUtcNow() - time.GetUtcNow());
        var refreshToken = first.RefreshToken!.Reveal();
        Assert.IsType<TokenResult.Issued>(
            await tokens.RefreshAsync(world.Client, refreshToken, null, Some.DeviceOrigin, CancellationToken.None));
        time.Advance(-TimeSpan.FromHours(1));
        var again = Assert.IsType<TokenResult.Issued>(
            await tokens.RefreshAsync(world.Client, refreshToken, null, Some.DeviceOrigin, CancellationToken.None));
        Assert.Equal(TimeSpan.FromHours(1), again.ExpiresIn);
    }

    private static Task<IssueResult> IssueAsync(DeviceAuthorizationService service) =>
        service.IssueAsync(Some.From(Some.DeviceOrigin), CancellationToken.None);

    /// <summary>A clock that can go back, which <c>FakeTimeProvider</c> cannot.</summary>
    private sealed class SettableTime : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => _now;

        public void Advance(TimeSpan delta) => _now += delta;
    }
}
