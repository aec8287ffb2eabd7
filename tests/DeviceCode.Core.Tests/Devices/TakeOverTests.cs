namespace DeviceCode.Core.Tests.Devices;

using DeviceCode.Core.Devices;
using DeviceCode.Core.OAuth;
using DeviceCode.Testing;
using Moq;

/// <summary>An approved login that one instance did not complete is completed by the next poll, on any instance.</summary>
public sealed class TakeOverTests
{
    private static readonly TimeSpan TakeOverAfter = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly TestTime _time = new();
    private readonly InMemoryDeviceAuthorizationStore _store = new();
    private readonly DeviceAuthorizationService _service;

    public TakeOverTests() => _service = Instance();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_login_is_not_lost_when_the_response_to_its_claim_is_lost(bool claimed)
    {
        var code = await ApprovedAsync();
        var store = ReadableStore();
        store.Setup(s => s.ClaimAsync(It.IsAny<DeviceAuthorization>(), It.IsAny<Claim>(), It.IsAny<CancellationToken>())).Returns(
            async (DeviceAuthorization authorization, Claim claim, CancellationToken token) =>
            {
                _ = claimed ? await _store.ClaimAsync(authorization, claim, token) : null;
                throw new StoreUnavailableException("down");
            });
        await Assert.ThrowsAsync<StoreUnavailableException>(() => Some.Service(store.Object, time: _time).PollAsync(code));

        _time.Advance(TakeOverAfter);
        DeviceAuthorizationService[] others = [Instance(), Instance()];
        var results = await Racing.RunAsync(16, i => others[i % 2].PollAsync(code));

        Assert.Single(results.OfType<PollResult.Complete>());
        Assert.Equal(15, results.OfType<PollResult.AlreadyUsed>().Count());
    }

    [Fact]
    public async Task A_poll_waits_for_the_holder_of_the_claim_and_takes_it_over_when_it_may()
    {
        var code = await ApprovedAsync();
        Assert.IsType<PollResult.Complete>(await _service.PollAsync(code, None)); // without a confirmation

        _time.Advance(TakeOverAfter - Tick);
        var waiting = Instance().PollAsync(code);
        await Task.Delay(100);
        Assert.False(waiting.IsCompleted);
        _time.Advance(Tick);

        Assert.IsType<PollResult.Complete>(await waiting);
        Assert.IsType<PollResult.AlreadyUsed>(await Instance().PollAsync(code));
    }

    [Fact]
    public async Task A_poll_that_waits_learns_of_the_confirmation()
    {
        var code = await ApprovedAsync();
        var complete = Assert.IsType<PollResult.Complete>(await _service.PollAsync(code, None));
        var waiting = Instance().PollAsync(code);

        await _service.ConfirmAsync(complete.Authorization, None);

        Assert.IsType<PollResult.AlreadyUsed>(await waiting);
    }

    [Fact]
    public async Task An_instance_that_has_responded_does_not_take_its_claim_over_although_the_confirmation_fails()
    {
        var code = await ApprovedAsync();
        var store = new Mock<IDeviceAuthorizationStore>();
        store.Setup(s => s.FindAsync(It.IsAny<UserCode>(), It.IsAny<CancellationToken>())).Returns(_store.FindAsync);
        store.Setup(s => s.ClaimAsync(It.IsAny<DeviceAuthorization>(), It.IsAny<Claim>(), It.IsAny<CancellationToken>()))
            .Returns(_store.ClaimAsync);
        store.Setup(s => s.ConfirmClaimAsync(It.IsAny<DeviceAuthorization>(), It.IsAny<CancellationToken>()))
            .ThrowsAsync(new StoreUnavailableException("down"));
        var instance = Some.Service(store.Object, time: _time);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => instance.PollAsync(code)); // completes, and cannot be confirmed

        _time.Advance(TakeOverAfter);
        Assert.IsType<PollResult.AlreadyUsed>(await instance.PollAsync(code));
    }

    [Fact]
    public async Task A_confirmed_login_is_never_taken_over()
    {
        var code = await ApprovedAsync();
        Assert.IsType<PollResult.Complete>(await _service.PollAsync(code));

        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.IsType<PollResult.AlreadyUsed>(await Instance().PollAsync(code));
    }

    /// <summary>Otherwise this poll and the one that takes its claim over would both complete.</summary>
    [Theory]
    [InlineData(5, true)]
    [InlineData(6, false)]
    public async Task A_poll_whose_claim_took_too_long_does_not_complete(int seconds, bool completes)
    {
        var code = await ApprovedAsync();
        var store = ReadableStore();
        store.Setup(s => s.ClaimAsync(It.IsAny<DeviceAuthorization>(), It.IsAny<Claim>(), It.IsAny<CancellationToken>())).Returns(
            (DeviceAuthorization authorization, Claim claim, CancellationToken token) =>
            {
                _time.Advance(TimeSpan.FromSeconds(seconds));
                return _store.ClaimAsync(authorization, claim, token);
            });
        var poll = Some.Service(store.Object, time: _time).PollAsync(code, None);

        if (completes)
        {
            Assert.IsType<PollResult.Complete>(await poll);
        }
        else
        {
            await Assert.ThrowsAsync<StoreUnavailableException>(() => poll);
            _time.Advance(TakeOverAfter);
            Assert.IsType<PollResult.Complete>(await Instance().PollAsync(code));
        }
    }

    [Fact]
    public async Task A_decision_that_is_stored_after_the_expiry_is_too_late_for_the_approver_and_the_device()
    {
        var issued = await _service.IssueAsync();
        var store = ReadableStore();
        store.Setup(s => s.TryDecideAsync(It.IsAny<DeviceAuthorization>(), It.IsAny<Decision>(), It.IsAny<CancellationToken>())).Returns(
            (DeviceAuthorization read, Decision decision, CancellationToken token) =>
            {
                _time.Advance(TimeSpan.FromMinutes(15));
                return _store.TryDecideAsync(read, decision with { At = _time.GetUtcNow() }, token);
            });

        var decided = await Some.Service(store.Object, time: _time).DecideAsync(issued.Authorization.UserCode.Reveal());

        Assert.Equal(new UserCodeRejection.Invalid(IsGuess: false), decided.Rejection());
        Assert.IsType<PollResult.Expired>(await _service.PollAsync(issued.DeviceCode));
    }

    [Fact]
    public async Task A_decision_that_was_stored_in_time_counts_although_its_response_comes_after_the_expiry()
    {
        var issued = await _service.IssueAsync();
        var store = ReadableStore();
        store.Setup(s => s.TryDecideAsync(It.IsAny<DeviceAuthorization>(), It.IsAny<Decision>(), It.IsAny<CancellationToken>())).Returns(
            async (DeviceAuthorization read, Decision decision, CancellationToken token) =>
            {
                var stored = await _store.TryDecideAsync(read, decision, token);
                _time.Advance(TimeSpan.FromMinutes(15));
                return stored;
            });

        var decided = await Some.Service(store.Object, time: _time).DecideAsync(issued.Authorization.UserCode.Reveal());

        Assert.False(Assert.IsType<DecideResult.Decided>(decided).IsRepeated);
        Assert.IsType<PollResult.Complete>(await _service.PollAsync(issued.DeviceCode));
    }

    [Fact]
    public async Task A_storage_that_rejects_every_version_of_a_row_is_unavailable()
    {
        var world = new OAuthWorld(grants: new OutdatedGrants());
        var first = Assert.IsType<TokenResult.Issued>(await world.RedeemAsync(await world.ApprovedAsync()));
        var grants = (OutdatedGrants)world.Grants;
        grants.Attempts = 0;

        await Assert.ThrowsAsync<StoreUnavailableException>(() => world.RefreshAsync(first.RefreshToken!));
        Assert.Equal(6, grants.Attempts);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => world.RevokeAsync(first.RefreshToken!));
        Assert.Equal(12, grants.Attempts);

        var issued = await _service.IssueAsync();
        var store = ReadableStore();
        await Assert.ThrowsAsync<StoreUnavailableException>(
            () => Some.Service(store.Object, time: _time).DecideAsync(issued.Authorization.UserCode.Reveal()));
    }

    [Fact]
    public async Task A_request_for_codes_that_is_cancelled_counts()
    {
        var options = new DeviceAuthorizationOptions { CodesPerAddress = 1 };
        var store = new Mock<IDeviceAuthorizationStore>();
        store.Setup(s => s.TryAddAsync(It.IsAny<DeviceAuthorization>(), It.IsAny<CancellationToken>()))
            .ThrowsAsync(new OperationCanceledException());
        var service = Some.Service(store.Object, time: _time, options: options);

        await Assert.ThrowsAsync<OperationCanceledException>(service.IssueAsync);

        Assert.IsType<IssueResult.TooMany>(await service.IssueAsync(Some.From(Some.DeviceOrigin), None));
    }

    /// <summary>The time of the response must not reveal whether a chosen user code is taken.</summary>
    [Fact]
    public async Task The_response_for_an_invented_device_code_waits_for_the_next_tenth_of_a_second_whether_the_user_code_is_taken_or_not()
    {
        var issued = await _service.IssueAsync();
        Assert.True(DeviceCode.TryParse(issued.DeviceCode.Reveal()[..10] + new string('0', 30), out var taken));
        var time = new PauseRecorder();
        var service = Some.Service(_store, time: time);

        Assert.IsType<PollResult.Unknown>(await service.PollAsync(taken));
        Assert.IsType<PollResult.Unknown>(await service.PollAsync(Some.NewDeviceCode()));

        Assert.Equal([TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(100)], time.Pauses);
    }

    [Fact]
    public async Task Many_wrong_verifiers_for_one_code_are_one_incident()
    {
        var world = new OAuthWorld();
        var one = await world.ApprovedAsync(challenge: OAuthWorld.Challenge);
        var two = await world.ApprovedAsync(challenge: OAuthWorld.Challenge);
        var incidents = 0;
        for (var i = 0; i < 100; i++)
        {
            foreach (var code in new[] { one, two })
            {
                var refused = Assert.IsType<TokenResult.Refused>(await world.RedeemAsync(code, new string('x', 43)));
                Assert.Equal(OAuthError.InvalidGrant, refused.Error);
                incidents += refused.Incident is null ? 0 : 1;
            }
        }

        Assert.Equal(2, incidents);
    }

    /// <summary>Returns a store that reads the rows, and whose writes a test sets up.</summary>
    private Mock<IDeviceAuthorizationStore> ReadableStore()
    {
        var store = new Mock<IDeviceAuthorizationStore>();
        store.Setup(s => s.FindAsync(It.IsAny<UserCode>(), It.IsAny<CancellationToken>())).Returns(_store.FindAsync);
        return store;
    }

    private DeviceAuthorizationService Instance() => Some.Service(_store, time: _time);

    private async Task<DeviceCode> ApprovedAsync()
    {
        var issued = await _service.IssueAsync();
        Assert.IsType<DecideResult.Decided>(await _service.DecideAsync(issued.Authorization.UserCode.Reveal()));
        return issued.DeviceCode;
    }

    /// <summary>A clock that records pauses and skips them.</summary>
    private sealed class PauseRecorder : TimeProvider
    {
        public List<TimeSpan> Pauses { get; } = [];

        public override DateTimeOffset GetUtcNow() => new TestTime().GetUtcNow();

        public override long GetTimestamp() => 0;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Pauses.Add(dueTime);
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }

    /// <summary>Rejects every replacement, as a proxy does that changes ETags.</summary>
    private sealed class OutdatedGrants : IGrantStore
    {
        private readonly InMemoryGrantStore _memory = new();

        public int Attempts { get; set; }

        public Task<Grant> AddAsync(Grant grant, RequestOrigin createdFrom, CancellationToken cancellationToken) =>
            _memory.AddAsync(grant, createdFrom, cancellationToken);

        public Task<Grant?> FindAsync(Guid id, CancellationToken cancellationToken) => _memory.FindAsync(id, cancellationToken);

        public Task<bool> TryReplaceAsync(Grant grant, RequestOrigin? usedFrom, CancellationToken cancellationToken)
        {
            Attempts++;
            return Task.FromResult(false);
        }

        public Task<LoginPage> ListAsync(string userKey, string? after, DateTimeOffset now, CancellationToken cancellationToken) =>
            _memory.ListAsync(userKey, after, now, cancellationToken);

        public Task<LoginPage> ListOfClientAsync(
            string clientId, string tenantId, string? after, DateTimeOffset now, CancellationToken cancellationToken) =>
            _memory.ListOfClientAsync(clientId, tenantId, after, now, cancellationToken);

        public Task<IReadOnlyList<string>> FindUsersAsync(string tenantId, string email, CancellationToken cancellationToken) =>
            _memory.FindUsersAsync(tenantId, email, cancellationToken);

        public IAsyncEnumerable<IReadOnlyList<User>> UsersAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
            _memory.UsersAsync(now, cancellationToken);

        public Task<int> PurgeAsync(DateTimeOffset now, CancellationToken cancellationToken) => _memory.PurgeAsync(now, cancellationToken);

        public Task PingAsync(CancellationToken cancellationToken) => _memory.PingAsync(cancellationToken);
    }
}
