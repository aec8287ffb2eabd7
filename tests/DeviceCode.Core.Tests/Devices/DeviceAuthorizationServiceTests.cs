namespace DeviceCode.Core.Tests.Devices;

using System.Net;
using DeviceCode.Core.Devices;
using DeviceCode.Core.Guesses;
using DeviceCode.Testing;
using Moq;

/// <summary>The state machine of RFC 8628, on a fake clock.</summary>
public sealed class DeviceAuthorizationServiceTests
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    private readonly TestTime _time = new();
    private readonly InMemoryDeviceAuthorizationStore _store = new();
    private readonly InMemoryWrongGuessStore _guesses = new();
    private readonly DeviceAuthorizationService _service;

    public DeviceAuthorizationServiceTests() => _service = Some.Service(_store, _guesses, _time);

    [Fact]
    public async Task A_login_from_beginning_to_end()
    {
        var issued = await _service.IssueAsync();
        Assert.IsType<PollResult.Pending>(await _service.PollAsync(issued.DeviceCode));

        var shown = Assert.IsType<InspectResult.Pending>(await _service.InspectAsync(UserCodeOf(issued)));
        Assert.Equal(issued.Authorization, shown.Authorization);
        Assert.Equal(Lifetime, shown.ExpiresIn);
        Assert.True(shown.SameNetwork);

        var decided = Assert.IsType<DecideResult.Decided>(await _service.DecideAsync(UserCodeOf(issued)));
        Assert.True(decided.Decision.Approved);

        var complete = Assert.IsType<PollResult.Complete>(await _service.PollAsync(issued.DeviceCode));
        Assert.Equal(Some.User(), complete.User);
        Assert.IsType<PollResult.AlreadyUsed>(await _service.PollAsync(issued.DeviceCode));
    }

    [Fact]
    public async Task A_denied_device_gets_the_denial_on_every_poll()
    {
        var issued = await _service.IssueAsync();
        await _service.DecideAsync(UserCodeOf(issued), approve: false);

        Assert.IsType<PollResult.Denied>(await _service.PollAsync(issued.DeviceCode));
        Assert.IsType<PollResult.Denied>(await _service.PollAsync(issued.DeviceCode));
    }

    [Fact]
    public async Task A_code_expires_with_its_lifetime_and_not_a_tick_earlier()
    {
        var issued = await _service.IssueAsync();

        _time.Advance(Lifetime - Tick);
        Assert.IsType<PollResult.Pending>(await _service.PollAsync(issued.DeviceCode));
        _time.Advance(Tick);
        Assert.IsType<PollResult.Expired>(await _service.PollAsync(issued.DeviceCode));
        Assert.IsType<PollResult.Expired>(await _service.PollAsync(issued.DeviceCode));
    }

    [Fact]
    public async Task An_expired_code_can_be_neither_inspected_nor_decided()
    {
        var issued = await _service.IssueAsync();
        _time.Advance(Lifetime);

        Assert.IsType<UserCodeRejection.Invalid>((await _service.InspectAsync(UserCodeOf(issued))).Rejection());
        Assert.IsType<UserCodeRejection.Invalid>((await _service.DecideAsync(UserCodeOf(issued))).Rejection());
        Assert.IsType<PollResult.Expired>(await _service.PollAsync(issued.DeviceCode));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_decision_made_in_time_reaches_a_device_that_keeps_the_longest_interval_we_report(bool approve)
    {
        var issued = await _service.IssueAsync();
        _time.Advance(Lifetime - Tick);
        for (var i = 0; i < 13; i++)
        {
            await _service.PollAsync(issued.DeviceCode);
        }

        Assert.Equal(60, Assert.IsType<PollResult.SlowDown>(await _service.PollAsync(issued.DeviceCode)).Interval.TotalSeconds);
        await _service.DecideAsync(UserCodeOf(issued), approve);

        _time.Advance(TimeSpan.FromSeconds(60));
        var result = await _service.PollAsync(issued.DeviceCode);
        Assert.Equal(approve ? typeof(PollResult.Complete) : typeof(PollResult.Denied), result.GetType());
    }

    [Fact]
    public async Task A_while_after_the_expiry_even_an_approved_code_is_expired()
    {
        var issued = await _service.IssueAsync();
        await _service.DecideAsync(UserCodeOf(issued));

        _time.Advance(Lifetime + TimeSpan.FromSeconds(150));
        Assert.IsType<PollResult.Expired>(await _service.PollAsync(issued.DeviceCode));
    }

    [Fact]
    public async Task A_late_poll_gets_Expired_for_an_hour_and_then_Unknown()
    {
        var issued = await _service.IssueAsync();

        _time.Advance(Lifetime + TimeSpan.FromHours(1));
        Assert.Equal(0, await _service.PurgeAsync(CancellationToken.None));
        Assert.IsType<PollResult.Expired>(await _service.PollAsync(issued.DeviceCode));

        _time.Advance(Tick);
        Assert.Equal(1, await _service.PurgeAsync(CancellationToken.None));
        Assert.IsType<PollResult.Unknown>(await _service.PollAsync(issued.DeviceCode));
    }

    [Fact]
    public async Task A_decision_is_final()
    {
        var issued = await _service.IssueAsync();
        await _service.DecideAsync(UserCodeOf(issued), approve: false);

        Assert.IsType<UserCodeRejection.Invalid>((await _service.DecideAsync(UserCodeOf(issued))).Rejection());
        Assert.IsType<UserCodeRejection.Invalid>((await _service.InspectAsync(UserCodeOf(issued))).Rejection());
        Assert.IsType<PollResult.Denied>(await _service.PollAsync(issued.DeviceCode));
    }

    [Fact]
    public async Task A_device_code_with_the_right_user_code_and_wrong_secret_is_unknown()
    {
        var issued = await _service.IssueAsync();
        var right = issued.DeviceCode.Reveal();
        var wrong = right[..10] + Some.NewDeviceCode().Reveal()[10..];
        Assert.True(DeviceCode.TryParse(wrong, out var guessed));
        await _service.DecideAsync(UserCodeOf(issued));

        Assert.IsType<PollResult.Unknown>(await _service.PollAsync(guessed));
        Assert.IsType<PollResult.Complete>(await _service.PollAsync(issued.DeviceCode));
    }

    [Theory]
    [InlineData("ffffffffffffffffffffffffffffffffffffffff")]
    [InlineData("0000000000000000000000000000000000000000")]
    public async Task Digits_that_cannot_be_a_code_are_unknown_without_a_storage_request(string text)
    {
        var store = new Mock<IDeviceAuthorizationStore>(MockBehavior.Strict);
        Assert.True(DeviceCode.TryParse(text, out var code));

        Assert.IsType<PollResult.Unknown>(await Some.Service(store.Object).PollAsync(code));
    }

    // slow_down (RFC 8628 §3.5).

    [Fact]
    public async Task Polls_at_the_interval_are_all_answered()
    {
        var issued = await _service.IssueAsync();
        for (var i = 0; i < 20; i++)
        {
            Assert.IsType<PollResult.Pending>(await _service.PollAsync(issued.DeviceCode));
            _time.Advance(Interval);
        }
    }

    [Fact]
    public async Task Network_jitter_is_tolerated()
    {
        var issued = await _service.IssueAsync();
        await _service.PollAsync(issued.DeviceCode);

        _time.Advance(Interval - TimeSpan.FromMilliseconds(500));
        Assert.IsType<PollResult.Pending>(await _service.PollAsync(issued.DeviceCode));
        _time.Advance(Interval - TimeSpan.FromMilliseconds(501));
        Assert.IsType<PollResult.SlowDown>(await _service.PollAsync(issued.DeviceCode));
    }

    [Fact]
    public async Task The_reported_interval_grows_by_five_seconds_up_to_a_minute()
    {
        var issued = await _service.IssueAsync();
        await _service.PollAsync(issued.DeviceCode);

        var told = new List<double>();
        for (var i = 0; i < 13; i++)
        {
            told.Add(Assert.IsType<PollResult.SlowDown>(await _service.PollAsync(issued.DeviceCode)).Interval.TotalSeconds);
        }

        Assert.Equal([10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 60, 60], told);
    }

    [Fact]
    public async Task A_device_that_polls_a_little_too_fast_gets_through_every_other_time()
    {
        var issued = await _service.IssueAsync();
        var answered = new List<bool>();
        for (var i = 0; i < 6; i++)
        {
            answered.Add(await _service.PollAsync(issued.DeviceCode) is PollResult.Pending);
            _time.Advance(TimeSpan.FromSeconds(3));
        }

        Assert.Equal([true, false, true, false, true, false], answered);
    }

    [Fact]
    public async Task A_decided_code_is_not_throttled()
    {
        var issued = await _service.IssueAsync();
        await _service.PollAsync(issued.DeviceCode);
        Assert.IsType<PollResult.SlowDown>(await _service.PollAsync(issued.DeviceCode));

        await _service.DecideAsync(UserCodeOf(issued));

        Assert.IsType<PollResult.Complete>(await _service.PollAsync(issued.DeviceCode));
    }

    [Fact]
    public async Task The_user_code_alone_does_not_suffice_to_slow_the_device_down()
    {
        var issued = await _service.IssueAsync();
        Assert.True(DeviceCode.TryParse(issued.DeviceCode.Reveal()[..10] + new string('0', 30), out var forged));

        for (var i = 0; i < 5; i++)
        {
            Assert.IsType<PollResult.Unknown>(await _service.PollAsync(forged));
        }

        Assert.IsType<PollResult.Pending>(await _service.PollAsync(issued.DeviceCode));
    }

    // Codes.

    [Fact]
    public async Task A_user_code_that_is_taken_is_drawn_again()
    {
        var (taken, free) = (UserCode.Generate(8), UserCode.Generate(8));
        var draws = new Queue<UserCode>([taken, taken, taken, free]);
        var service = Some.Service(_store, draw: draws.Dequeue);

        var first = await service.IssueAsync();
        var second = await service.IssueAsync();

        Assert.Equal(taken, first.Authorization.UserCode);
        Assert.Equal(free, second.Authorization.UserCode);
        Assert.IsType<PollResult.Pending>(await service.PollAsync(first.DeviceCode));
    }

    [Fact]
    public async Task A_broken_random_number_generator_is_reported()
    {
        var always = UserCode.Generate(8);
        var service = Some.Service(_store, draw: () => always);
        await service.IssueAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(service.IssueAsync);
    }

    [Fact]
    public async Task The_options_set_length_lifetime_and_interval()
    {
        var options = new DeviceAuthorizationOptions
        {
            UserCodeLength = 9,
            CodeLifetime = TimeSpan.FromMinutes(5),
            PollingInterval = TimeSpan.FromSeconds(7),
        };
        var authorization = (await Some.Service(options: options, time: _time).IssueAsync()).Authorization;

        Assert.Equal(9, authorization.UserCode.RevealLetters().Length);
        Assert.Equal(_time.GetUtcNow().AddMinutes(5), authorization.ExpiresAt);
        Assert.Equal(TimeSpan.FromSeconds(7), authorization.Interval);
    }

    // Limits.

    [Fact]
    public async Task A_network_that_requests_too_many_codes_learns_when_to_retry()
    {
        var options = new DeviceAuthorizationOptions { CodesPerAddress = 3, CodesWindow = TimeSpan.FromMinutes(5) };
        var service = Some.Service(time: _time, options: options);
        await service.IssueAsync();
        _time.Advance(TimeSpan.FromMinutes(1));
        await service.IssueAsync();
        await service.IssueAsync();

        var refused = await service.IssueAsync(Some.From(Some.DeviceOrigin), CancellationToken.None);
        Assert.Equal(TimeSpan.FromMinutes(4), Assert.IsType<IssueResult.TooMany>(refused).Limit.RetryAfter);
        Assert.IsType<IssueResult.Issued>(await service.IssueAsync(Some.From(Some.Origin()), CancellationToken.None));

        _time.Advance(TimeSpan.FromMinutes(4));
        await service.IssueAsync();
    }

    [Fact]
    public async Task After_five_wrong_codes_even_the_right_one_is_refused()
    {
        var issued = await _service.IssueAsync();
        for (var i = 0; i < 5; i++)
        {
            Assert.IsType<UserCodeRejection.Invalid>((await _service.DecideAsync("BBBB-BBBB", from: Some.Origin())).Rejection());
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.IsType<UserCodeRejection.TooManyGuesses>((await _service.InspectAsync(UserCodeOf(issued), from: Some.Origin())).Rejection());
        var decided = await _service.DecideAsync(UserCodeOf(issued), from: Some.Origin());
        var refused = Assert.IsType<UserCodeRejection.TooManyGuesses>(decided.Rejection());
        Assert.Equal(TimeSpan.FromMinutes(15) - TimeSpan.FromSeconds(5), refused.Limit.RetryAfter);

        // Another approver still may.
        Assert.IsType<InspectResult.Pending>(await _service.InspectAsync(UserCodeOf(issued), by: "bob", from: Some.Origin()));

        // And so may the first approver, once the oldest of the five wrong codes leaves the window.
        _time.Advance(refused.Limit.RetryAfter - Tick);
        Assert.IsType<UserCodeRejection.TooManyGuesses>((await _service.InspectAsync(UserCodeOf(await _service.IssueAsync()))).Rejection());
        _time.Advance(Tick);
        Assert.IsType<InspectResult.Pending>(await _service.InspectAsync(UserCodeOf(await _service.IssueAsync())));
    }

    [Fact]
    public async Task A_network_is_limited_even_when_different_people_guess()
    {
        for (var i = 0; i < 20; i++)
        {
            Assert.IsType<UserCodeRejection.Invalid>((await _service.InspectAsync("BBBB-BBBB", by: $"user{i}")).Rejection());
        }

        // The network's limit does not apply to a person's first wrong code.
        Assert.IsType<UserCodeRejection.Invalid>((await _service.InspectAsync("BBBB-BBBB", by: "another")).Rejection());
        Assert.IsType<UserCodeRejection.TooManyGuesses>((await _service.InspectAsync("BBBB-BBBB", by: "another")).Rejection());
        var elsewhere = await _service.InspectAsync("BBBB-BBBB", by: "another", from: Some.Origin());
        Assert.IsType<UserCodeRejection.Invalid>(elsewhere.Rejection());
    }

    [Fact]
    public async Task Concurrent_guesses_are_limited_too()
    {
        var results = await Racing.RunAsync(64, _ => _service.DecideAsync("BBBB-BBBB"));

        Assert.Equal(5, results.Count(result => result.Rejection() is UserCodeRejection.Invalid));
        Assert.Equal(59, results.Count(result => result.Rejection() is UserCodeRejection.TooManyGuesses));
    }

    [Fact]
    public async Task A_right_guess_is_refused_when_concurrent_wrong_ones_reach_the_limit_first()
    {
        var issued = await _service.IssueAsync();
        var lookUps = new TaskCompletionSource();
        var store = new Mock<IDeviceAuthorizationStore>();
        store.Setup(s => s.FindAsync(issued.Authorization.UserCode, It.IsAny<CancellationToken>())).Returns(
            async (UserCode code, CancellationToken token) =>
            {
                await lookUps.Task;
                return await _store.FindAsync(code, token);
            });
        var service = Some.Service(store.Object, _guesses, _time);

        var hit = service.DecideAsync(UserCodeOf(issued));
        for (var i = 0; i < 5; i++)
        {
            Assert.IsType<UserCodeRejection.Invalid>((await service.DecideAsync("BBBB-BBBB")).Rejection());
        }

        lookUps.SetResult();
        Assert.IsType<UserCodeRejection.TooManyGuesses>((await hit).Rejection());
        store.Verify(
            s => s.TryDecideAsync(It.IsAny<DeviceAuthorization>(), It.IsAny<Decision>(), It.IsAny<CancellationToken>()), Times.Never);
    }

    [Fact]
    public async Task Any_number_of_right_codes_can_be_entered_concurrently()
    {
        var issued = await Racing.RunAsync(64, _ => _service.IssueAsync());
        var results = await Racing.RunAsync(64, i => _service.DecideAsync(UserCodeOf(issued[i])));
        Assert.All(results, result => Assert.IsType<DecideResult.Decided>(result));
    }

    [Fact]
    public async Task Right_codes_and_malformed_ones_do_not_count_as_guesses()
    {
        for (var i = 0; i < 30; i++)
        {
            var issued = await _service.IssueAsync();
            Assert.IsType<InspectResult.Pending>(await _service.InspectAsync(UserCodeOf(issued)));
            Assert.IsType<DecideResult.Decided>(await _service.DecideAsync(UserCodeOf(issued)));
            Assert.IsType<UserCodeRejection.Invalid>((await _service.DecideAsync("no code at all")).Rejection());
        }

        Assert.Empty(await _guesses.ReadAsync(DateTimeOffset.MinValue, CancellationToken.None));
    }

    [Fact]
    public async Task Expired_codes_count_as_guesses_like_unknown_ones()
    {
        var (expired, decided) = (await _service.IssueAsync(), await _service.IssueAsync());
        await _service.DecideAsync(UserCodeOf(decided), by: "another");
        _time.Advance(Lifetime + TimeSpan.FromSeconds(150));

        foreach (var code in new[] { UserCodeOf(expired), UserCodeOf(decided), "BBBB-BBBB" })
        {
            var before = (await _guesses.ReadAsync(DateTimeOffset.MinValue, CancellationToken.None)).Count;
            await _service.InspectAsync(code, from: Some.Origin());
            Assert.Equal(before + 1, (await _guesses.ReadAsync(DateTimeOffset.MinValue, CancellationToken.None)).Count);
        }
    }

    [Fact]
    public async Task Wrong_guesses_count_after_a_restart_and_on_other_instances()
    {
        for (var i = 0; i < 5; i++)
        {
            await _service.DecideAsync("BBBB-BBBB", from: Some.Origin());
        }

        var options = new DeviceAuthorizationOptions();
        var restarted = Some.Service(_store, _guesses, _time);
        Assert.IsType<UserCodeRejection.TooManyGuesses>((await restarted.DecideAsync("BBBB-BBBB")).Rejection());

        // The other way round; and a guess that this instance knows already does not count twice.
        await restarted.DecideAsync("BBBB-BBBB", by: "bob", from: Some.Origin());
        var first = new GuessLimiter(_guesses, options.ToGuessLimits(), _time, Some.Metrics);
        var service = new DeviceAuthorizationService(_store, first, new AnyClient(), options, _time, Some.Metrics);
        for (var i = 0; i < 4; i++)
        {
            await first.RefreshAsync(CancellationToken.None);
            Assert.IsType<UserCodeRejection.Invalid>((await service.DecideAsync("BBBB-BBBB", by: "bob", from: Some.Origin())).Rejection());
        }

        var refused = await service.DecideAsync("BBBB-BBBB", by: "bob", from: Some.Origin());
        Assert.IsType<UserCodeRejection.TooManyGuesses>(refused.Rejection());
    }

    [Fact]
    public async Task Guesses_that_no_longer_count_are_purged()
    {
        await _service.DecideAsync("BBBB-BBBB");
        _time.Advance(TimeSpan.FromMinutes(18));
        await _service.PurgeAsync(CancellationToken.None);

        Assert.Empty(await _guesses.ReadAsync(DateTimeOffset.MinValue, CancellationToken.None));
    }

    // Faults of the storage.

    [Fact]
    public async Task An_outage_does_not_count_as_guesses()
    {
        var store = new Mock<IDeviceAuthorizationStore>();
        store.Setup(s => s.FindAsync(It.IsAny<UserCode>(), It.IsAny<CancellationToken>()))
            .ThrowsAsync(new StoreUnavailableException("down"));
        var service = Some.Service(store.Object, _guesses, _time);

        for (var i = 0; i < 30; i++)
        {
            await Assert.ThrowsAsync<StoreUnavailableException>(() => service.DecideAsync("BBBB-BBBB"));
        }

        Assert.Empty(await _guesses.ReadAsync(DateTimeOffset.MinValue, CancellationToken.None));
    }

    [Fact]
    public async Task A_wrong_guess_that_could_not_be_recorded_still_counts_in_this_instance()
    {
        var guesses = new Mock<IWrongGuessStore>();
        guesses.Setup(g => g.ReadAsync(It.IsAny<DateTimeOffset>(), It.IsAny<CancellationToken>())).ReturnsAsync([]);
        guesses.Setup(g => g.AddAsync(It.IsAny<WrongGuess>(), It.IsAny<CancellationToken>()))
            .ThrowsAsync(new StoreUnavailableException("down"));
        var service = Some.Service(_store, guesses.Object, _time);

        for (var i = 0; i < 5; i++)
        {
            await Assert.ThrowsAsync<StoreUnavailableException>(() => service.DecideAsync("BBBB-BBBB"));
        }

        Assert.IsType<UserCodeRejection.TooManyGuesses>((await service.DecideAsync("BBBB-BBBB")).Rejection());
    }

    [Fact]
    public async Task No_code_is_looked_up_before_the_log_of_wrong_guesses_has_been_read()
    {
        var guesses = new Mock<IWrongGuessStore>();
        guesses.Setup(g => g.ReadAsync(It.IsAny<DateTimeOffset>(), It.IsAny<CancellationToken>()))
            .ThrowsAsync(new StoreUnavailableException("down"));
        var store = new Mock<IDeviceAuthorizationStore>(MockBehavior.Strict);

        var service = Some.Service(store.Object, guesses.Object, _time);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => service.InspectAsync("BBBB-BBBB"));
    }

    [Fact]
    public async Task Codes_that_could_not_be_issued_do_not_count()
    {
        var store = new Mock<IDeviceAuthorizationStore>();
        store.SetupSequence(s => s.TryAddAsync(It.IsAny<DeviceAuthorization>(), It.IsAny<CancellationToken>()))
            .ThrowsAsync(new StoreUnavailableException("down")).ThrowsAsync(new StoreUnavailableException("down")).ReturnsAsync(true);
        var service = Some.Service(store.Object, time: _time, options: new DeviceAuthorizationOptions { CodesPerAddress = 1 });

        await Assert.ThrowsAsync<StoreUnavailableException>(service.IssueAsync);
        await Assert.ThrowsAsync<StoreUnavailableException>(service.IssueAsync);
        await service.IssueAsync();
    }

    [Fact]
    public async Task A_decision_after_the_expiry_does_not_count_although_the_code_was_read_before_it()
    {
        var issued = await _service.IssueAsync();
        var store = new Mock<IDeviceAuthorizationStore>();
        store.Setup(s => s.FindAsync(It.IsAny<UserCode>(), It.IsAny<CancellationToken>())).Returns(
            async (UserCode code, CancellationToken token) =>
            {
                var found = await _store.FindAsync(code, token);
                _time.Advance(Lifetime);
                return found;
            });

        var decided = await Some.Service(store.Object, _guesses, _time).DecideAsync(UserCodeOf(issued));
        Assert.IsType<UserCodeRejection.Invalid>(decided.Rejection());
    }

    [Fact]
    public async Task An_approver_in_another_network_is_reported()
    {
        var issued = await _service.IssueAsync();
        var shown = await _service.InspectAsync(UserCodeOf(issued), from: new RequestOrigin(IPAddress.Parse("203.0.113.1"), null));
        Assert.False(Assert.IsType<InspectResult.Pending>(shown).SameNetwork);
    }

    private static string UserCodeOf(IssueResult.Issued issued) => issued.Authorization.UserCode.Reveal();
}
