namespace DeviceCode.Core.Tests.Guesses;

using DeviceCode.Core.Guesses;
using DeviceCode.Testing;
using Moq;

public sealed class GuessLimiterTests
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly ManualTime _time = new();
    private readonly InMemoryWrongGuessStore _store = new();

    [Fact]
    public async Task A_person_who_reaches_the_limit_is_refused_until_the_oldest_guess_leaves_the_window()
    {
        var limiter = Limiter(perUser: 2);
        await limiter.RecordAsync(Some.User(), Some.Origin(), None);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(limiter.Check(Some.User(), Some.Origin()));
        await limiter.RecordAsync(Some.User(), Some.Origin(), None);

        var left = TimeSpan.FromMinutes(14);
        Assert.Equal(new GuessLimitExceeded(left, IsFirst: true, IsPerUser: true), limiter.Check(Some.User(), Some.Origin()));
        Assert.Equal(
            new GuessLimitExceeded(left, IsFirst: false, IsPerUser: true), await limiter.RecordAsync(Some.User(), Some.Origin(), None));
        _time.Advance(left - Tick);
        Assert.Equal(new GuessLimitExceeded(Tick, IsFirst: false, IsPerUser: true), limiter.Check(Some.User(), Some.Origin()));
        _time.Advance(Tick);
        Assert.Null(limiter.Check(Some.User(), Some.Origin()));
    }

    [Fact]
    public async Task A_network_that_reaches_the_limit_is_refused_to_those_who_have_guessed_and_others_are_not()
    {
        var (limiter, origin) = (Limiter(perNetwork: 2), Some.Origin());
        await limiter.RecordAsync(Some.User("alice"), origin, None);
        Assert.Null(limiter.Check(Some.User("alice"), origin));
        await limiter.RecordAsync(Some.User("bob"), origin, None);

        Assert.Equal(new GuessLimitExceeded(Window, IsFirst: true, IsPerUser: false), limiter.Check(Some.User("alice"), origin));
        Assert.Equal(
            new GuessLimitExceeded(Window, IsFirst: false, IsPerUser: false), await limiter.RecordAsync(Some.User("bob"), origin, None));
        Assert.Null(limiter.Check(Some.User("alice"), Some.Origin()));

        // A few accounts must not keep everyone else in the network from approving.
        Assert.Null(limiter.Check(Some.User("carol"), origin));
        Assert.Null(await limiter.RecordAsync(Some.User("carol"), origin, None));
        Assert.False(limiter.Check(Some.User("carol"), origin)!.IsPerUser);
        _time.Advance(Window);
        Assert.Null(limiter.Check(Some.User("carol"), origin));
    }

    [Fact]
    public async Task In_a_network_at_its_limit_parallel_guesses_of_one_person_count_once()
    {
        var (limiter, origin) = (Limiter(perNetwork: 1), Some.Origin());
        await limiter.RecordAsync(Some.User("alice"), origin, None);

        var results = await Racing.RunAsync(64, _ => limiter.RecordAsync(Some.User("bob"), origin, None));

        Assert.Single(results, limit => limit is null);
        Assert.Equal(2, (await _store.ReadAsync(DateTimeOffset.MinValue, None)).Count);
    }

    [Fact]
    public async Task When_both_limits_are_reached_the_persons_own_is_reported()
    {
        var (limiter, origin) = (Limiter(perUser: 1, perNetwork: 1), Some.Origin());
        await limiter.RecordAsync(Some.User(), origin, None);

        Assert.True(limiter.Check(Some.User(), origin)!.IsPerUser);
        Assert.True((await limiter.RecordAsync(Some.User(), origin, None))!.IsPerUser);
    }

    [Fact]
    public async Task People_with_the_same_subject_in_different_tenants_are_different_people()
    {
        var limiter = Limiter(perUser: 1);
        await limiter.RecordAsync(Some.User(), Some.Origin(), None);

        Assert.NotNull(limiter.Check(Some.User(), Some.Origin()));
        Assert.Null(limiter.Check(Some.User() with { TenantId = "another" }, Some.Origin()));
    }

    [Fact]
    public async Task A_guess_that_the_networks_limit_refuses_does_not_count_for_the_person()
    {
        var (limiter, origin) = (Limiter(perUser: 2, perNetwork: 1), Some.Origin());
        await limiter.RecordAsync(Some.User("bob"), origin, None);

        Assert.False((await limiter.RecordAsync(Some.User("bob"), origin, None))!.IsPerUser);
        Assert.Null(limiter.Check(Some.User("bob"), Some.Origin()));
    }

    [Fact]
    public async Task A_refused_guess_is_not_stored()
    {
        var (limiter, origin) = (Limiter(perUser: 2, perNetwork: 3), Some.Origin());
        foreach (var name in new[] { "alice", "alice", "alice", "bob", "bob" })
        {
            await limiter.RecordAsync(Some.User(name), origin, None);
        }

        Assert.Equal(3, (await _store.ReadAsync(DateTimeOffset.MinValue, None)).Count);
    }

    [Fact]
    public async Task The_stored_guess_identifies_neither_the_person_nor_the_network()
    {
        await Limiter().RecordAsync(Some.User(), Some.DeviceOrigin, None);

        var stored = Assert.Single(await _store.ReadAsync(DateTimeOffset.MinValue, None));
        Assert.Matches("^[0-9a-f]{64}$", stored.UserKey);
        Assert.Matches("^[0-9a-f]{64}$", stored.AddressKey);
        Assert.Equal(_time.GetUtcNow(), stored.At);
    }

    [Fact]
    public async Task The_first_refresh_reads_the_window_and_later_ones_two_minutes_more_than_is_new()
    {
        var store = new Mock<IWrongGuessStore>();
        var reads = new List<DateTimeOffset>();
        store.Setup(s => s.ReadAsync(Capture.In(reads), It.IsAny<CancellationToken>())).ReturnsAsync([]);
        var limiter = Limiter(store: store.Object);
        var start = _time.GetUtcNow();

        await limiter.RefreshAsync(None);
        _time.Advance(TimeSpan.FromMinutes(5));
        await limiter.RefreshAsync(None);
        _time.Advance(TimeSpan.FromHours(1));
        await limiter.RefreshAsync(None);

        Assert.Equal([start - Window, start - Overlap, _time.GetUtcNow() - Window], reads);
    }

    [Fact]
    public async Task The_log_is_read_before_the_first_check_and_not_again()
    {
        var store = new Mock<IWrongGuessStore>();
        store.Setup(s => s.ReadAsync(It.IsAny<DateTimeOffset>(), It.IsAny<CancellationToken>())).ReturnsAsync([]);
        var limiter = Limiter(store: store.Object);

        await limiter.EnsureRefreshedAsync(None);
        await limiter.EnsureRefreshedAsync(None);

        store.Verify(s => s.ReadAsync(It.IsAny<DateTimeOffset>(), It.IsAny<CancellationToken>()), Times.Once);
    }

    [Fact]
    public async Task Guesses_on_another_instance_count_for_the_person_and_the_network()
    {
        var (here, there, origin) = (Limiter(perUser: 1, perNetwork: 1), Limiter(perUser: 1, perNetwork: 1), Some.Origin());
        await there.RecordAsync(Some.User("alice"), origin, None);
        Assert.Null(here.Check(Some.User("alice"), origin));

        await here.RefreshAsync(None);

        Assert.True(here.Check(Some.User("alice"), Some.Origin())!.IsPerUser);
        var bobs = Limiter(perUser: 2, perNetwork: 1);
        await bobs.RefreshAsync(None);
        await bobs.RecordAsync(Some.User("bob"), origin, None);
        Assert.False(bobs.Check(Some.User("bob"), origin)!.IsPerUser);
    }

    [Theory]
    [InlineData(-100)]
    [InlineData(-60)]
    [InlineData(60)]
    [InlineData(100)]
    public async Task Guesses_count_at_once_on_an_instance_whose_clock_differs_by_more_than_a_minute(int seconds)
    {
        var here = Limiter(perUser: 2);
        await here.RefreshAsync(None);
        var time = new ManualTime();
        time.Advance(TimeSpan.FromSeconds(120 + seconds));
        _time.Advance(TimeSpan.FromSeconds(120));
        await here.RefreshAsync(None);
        var there = new GuessLimiter(_store, new GuessLimits(2, 100, Window), time, Some.Metrics);
        await there.RecordAsync(Some.User(), Some.Origin(), None);
        await there.RecordAsync(Some.User(), Some.Origin(), None);

        await here.RefreshAsync(None);

        var limit = here.Check(Some.User(), Some.Origin());
        Assert.NotNull(limit);
        Assert.True(limit.RetryAfter <= Window);
    }

    [Fact]
    public async Task A_purge_keeps_the_guesses_that_a_refresh_on_another_instance_may_still_read()
    {
        var limiter = Limiter();
        await limiter.RecordAsync(Some.User(), Some.Origin(), None);
        _time.Advance(Window + Overlap);
        Assert.Equal(0, await limiter.PurgeAsync(None));
        _time.Advance(Tick);
        Assert.Equal(1, await limiter.PurgeAsync(None));
    }

    private GuessLimiter Limiter(int perUser = 100, int perNetwork = 100, IWrongGuessStore? store = null) =>
        new(store ?? _store, new GuessLimits(perUser, perNetwork, Window), _time, Some.Metrics);
}
