namespace DeviceCode.Testing;

using DeviceCode.Core;
using DeviceCode.Core.Broker;
using DeviceCode.Core.OAuth;

/// <summary>
/// Tests of the broker with a scripted provider in virtual time, on every <see cref="ICredentialStore"/>. The tests of each adapter derive
/// from it.
/// </summary>
public abstract class CredentialSuite
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly Lazy<BrokerWorld> _world;

    protected CredentialSuite() => _world = new(() => new BrokerWorld(Store));

    protected abstract ICredentialStore Store { get; }

    private BrokerWorld World => _world.Value;

    private FakeUpstream Upstream => World.Upstream;

    [Fact]
    public async Task A_reader_waits_and_gets_the_token()
    {
        var pending = Assert.IsType<BrokerResult.Pending>(await World.PutAsync()).Login;
        Assert.Equal(
            ("github", "USER-1", "https://provider.example/device", 900, 5, null),
            (pending.Name, pending.UserCode, pending.VerificationUri, (int)pending.ExpiresIn.TotalSeconds,
                (int)pending.Interval.TotalSeconds, pending.Session));
        Assert.Equal(TimeSpan.FromSeconds(6), pending.RetryAfter);

        for (var i = 0; i < 3; i++)
        {
            var waiting = Assert.IsType<BrokerResult.Pending>(await World.ReadAsync()).Login;
            World.Time.Advance(waiting.RetryAfter);
        }

        Upstream.Approve();
        var ready = Assert.IsType<BrokerResult.Ready>(await World.WaitAsync());
        Assert.Equal(("github", "repo", "alice@example.com", 3600), (
            ready.ProviderId, ready.Scope, ready.Tokens.Account, (int)ready.ExpiresIn!.Value.TotalSeconds));
        Assert.True(Upstream.IsActive(ready.Tokens.AccessToken));
        Assert.All(World.PollGaps(), gap => Assert.True(gap >= 6));
        Assert.Equal(["made device_code", World.Audit.Last()], World.Audit);
        Assert.Matches("^bound [0-9a-f]{16}$", World.Audit.Last());
    }

    [Fact]
    public async Task Without_a_reader_the_alarms_complete_the_login()
    {
        await World.PutAsync();
        await World.PassAsync(TimeSpan.FromMinutes(3));
        Upstream.Approve();
        await World.PassAsync(TimeSpan.FromSeconds(8));

        Assert.Contains(World.Audit, line => line.StartsWith("bound", StringComparison.Ordinal));
        Assert.All(World.PollGaps(), gap => Assert.InRange(gap, 5, 9));
        BrokerWorld.Token(await World.ReadAsync());
        await World.PassAsync(TimeSpan.FromMinutes(1));
        Assert.Empty(World.Alarms);
    }

    [Fact]
    public async Task While_a_reader_polls_the_alarms_come_less_often_and_no_two_polls_are_too_close()
    {
        await World.PutAsync();
        var alarms = 0;
        for (var i = 0; i < 30; i++)
        {
            var before = World.Alarms.Count == 0 ? default : World.Alarms[0].At;
            await World.PassAsync(TimeSpan.FromSeconds(6));
            alarms += World.Alarms[0].At != before ? 1 : 0;
            await World.ReadAsync();
        }

        Assert.Equal(0, World.PollGaps().Count(gap => gap < 4.5));
        Assert.InRange(Upstream.Count("poll"), 15, 30);
        Assert.Single(World.Alarms);
    }

    [Fact]
    public async Task A_reader_who_comes_an_hour_later_gets_the_token()
    {
        await World.PutAsync();
        await World.PassAsync(TimeSpan.FromMinutes(5));
        Upstream.Approve();
        await World.PassAsync(TimeSpan.FromHours(1));

        // It has expired meanwhile, and is refreshed.
        Assert.True(Upstream.IsActive(BrokerWorld.Token(await World.ReadAsync())));
        Assert.Equal(1, Upstream.Count("refresh"));
    }

    [Theory]
    [InlineData(false, "expired_token")]
    [InlineData(true, "access_denied")]
    public async Task A_login_that_fails_returns_the_reason_for_a_week(bool isDenied, string error)
    {
        await World.PutAsync();
        if (isDenied)
        {
            Upstream.Deny();
        }

        await World.PassAsync(TimeSpan.FromMinutes(16));
        Assert.Equal(error, BrokerWorld.Ended(await World.ReadAsync()));
        World.Time.Advance(TimeSpan.FromDays(6));
        await World.Broker.PurgeAsync(None);
        Assert.Equal(error, BrokerWorld.Ended(await World.ReadAsync()));
        World.Time.Advance(TimeSpan.FromDays(2));
        await World.Broker.PurgeAsync(None);
        Assert.Equal("not_found", BrokerWorld.Rejected(await World.ReadAsync()));
    }

    [Fact]
    public async Task An_approval_in_the_last_second_counts()
    {
        await World.PutAsync();
        await World.PassAsync(TimeSpan.FromMinutes(15) - TimeSpan.FromSeconds(1));
        Upstream.Approve();
        await World.PassAsync(TimeSpan.FromSeconds(20));
        BrokerWorld.Token(await World.ReadAsync());
    }

    [Fact]
    public async Task Slow_down_and_faults_lengthen_the_interval_and_the_login_completes()
    {
        await World.PutAsync();
        Upstream.Fail([.. Enumerable.Repeat(FakeUpstream.Fault(UpstreamFault.Unavailable), 3)]);
        await World.PassAsync(TimeSpan.FromMinutes(2));
        Upstream.Approve();
        await World.PassAsync(TimeSpan.FromMinutes(2));

        BrokerWorld.Token(await World.ReadAsync());
        Assert.Equal([12, 18, 24], World.PollGaps().Take(3).Select(gap => Math.Floor(gap / 6) * 6));
    }

    [Fact]
    public async Task An_error_of_a_PUT_leaves_the_old_credential_untouched()
    {
        var token = await World.SignInAsync();
        foreach (var (fault, error) in new[]
        {
            (UpstreamFault.Unavailable, "temporarily_unavailable"),
            (UpstreamFault.Rejected, "provider_error"),
            (UpstreamFault.InvalidScope, "invalid_scope"),
        })
        {
            Upstream.Fail(FakeUpstream.Fault(fault));
            Assert.Equal(error, BrokerWorld.Rejected(await World.PutAsync()));
        }

        Assert.Equal(token, BrokerWorld.Token(await World.ReadAsync()));
        Assert.True(Upstream.IsActive(token));
    }

    [Fact]
    public async Task A_replacement_is_pending_at_once_and_the_old_token_is_revoked()
    {
        var old = await World.SignInAsync();
        Assert.IsType<BrokerResult.Pending>(await World.PutAsync());
        await World.Background.WhenIdleAsync();

        Assert.IsType<BrokerResult.Pending>(await World.ReadAsync());
        Assert.Equal([old], Upstream.Revoked);
        Upstream.Approve();
        var token = BrokerWorld.Token(await World.WaitAsync());
        Assert.NotEqual(old, token);
    }

    [Fact]
    public async Task A_replacement_revokes_nothing_where_that_would_end_the_new_login_too()
    {
        Upstream.RevocationEndsAllLogins = true;
        await World.SignInAsync();
        await World.PutAsync();
        await World.Background.WhenIdleAsync();
        Assert.Empty(Upstream.Revoked);
    }

    [Fact]
    public async Task A_caller_can_bring_its_own_device_code()
    {
        var request = BrokerWorld.NewRequest() with { DeviceCode = Upstream.NewDeviceCode(), Interval = TimeSpan.FromSeconds(2) };
        var pending = Assert.IsType<BrokerResult.Pending>(await World.PutAsync(request: request)).Login;
        Assert.Equal((null, null, TimeSpan.FromSeconds(2)), (pending.UserCode, pending.VerificationUri, pending.Interval));
        Upstream.Approve();
        BrokerWorld.Token(await World.WaitAsync());
        Assert.Equal(0, Upstream.Count("code"));

        await World.PutAsync(request: request with { DeviceCode = "unknown", Name = "other" });
        await World.PassAsync(TimeSpan.FromSeconds(10));
        Assert.Equal("invalid_grant", BrokerWorld.Ended(await World.ReadAsync(name: "other")));
    }

    [Fact]
    public async Task A_refresh_token_is_imported_and_used_at_once()
    {
        var request = BrokerWorld.NewRequest(grantType: "refresh_token") with { RefreshToken = Upstream.NewRefreshToken() };
        var ready = Assert.IsType<BrokerResult.Ready>(await World.PutAsync(request: request));
        Assert.Equal("alice@example.com", ready.Tokens.Account);
        Assert.Equal(ready.Tokens.AccessToken, BrokerWorld.Token(await World.ReadAsync()));

        // It is spent now, and an error changes nothing.
        Assert.Equal("invalid_grant", BrokerWorld.Rejected(await World.PutAsync(request: request)));
        Assert.Equal(ready.Tokens.AccessToken, BrokerWorld.Token(await World.ReadAsync()));
        Assert.Empty(Upstream.Revoked);
    }

    [Fact]
    public async Task An_import_for_another_account_is_rejected_and_its_tokens_are_revoked()
    {
        var request = BrokerWorld.NewRequest(grantType: "refresh_token") with
        {
            RefreshToken = Upstream.NewRefreshToken(),
            Account = "bob@example.com",
        };
        Assert.Equal("access_denied", BrokerWorld.Rejected(await World.PutAsync(request: request)));
        await World.Background.WhenIdleAsync();
        Assert.Single(Upstream.Revoked);
        Assert.Equal("not_found", BrokerWorld.Rejected(await World.ReadAsync()));
    }

    [Theory]
    [InlineData("alice@example.com", true)]
    [InlineData("ALICE@example.com", true)]
    [InlineData("alice", true)]
    [InlineData("id-1", true)]
    [InlineData("bob@example.com", false)]
    public async Task The_required_account_must_sign_in(string account, bool isRight)
    {
        await World.PutAsync(request: BrokerWorld.NewRequest() with { Account = account });
        Upstream.Approve();
        await World.PassAsync(TimeSpan.FromSeconds(10));
        var result = await World.ReadAsync();
        if (isRight)
        {
            BrokerWorld.Token(result);
        }
        else
        {
            Assert.Equal("account_mismatch", BrokerWorld.Ended(result));
            Assert.Single(Upstream.Revoked);
        }
    }

    [Theory]
    [InlineData("alice@example.com", true)]
    [InlineData("bob@example.com", false)]
    public async Task An_account_that_cannot_be_checked_now_is_checked_later_and_the_tokens_are_kept(string account, bool isRight)
    {
        await World.PutAsync(request: BrokerWorld.NewRequest() with { Account = account });
        Upstream.Approve();
        var isDown = true;
        Upstream.Before = kind => kind == "account" && isDown ? throw FakeUpstream.Fault(UpstreamFault.Unavailable) : Task.CompletedTask;
        await World.PassAsync(TimeSpan.FromSeconds(10));
        Assert.IsType<BrokerResult.Pending>(await World.ReadAsync());
        isDown = false;
        await World.PassAsync(TimeSpan.FromSeconds(40));

        var result = await World.ReadAsync();
        Assert.Equal(isRight, result is BrokerResult.Ready);
        Assert.Equal(1, Upstream.Count("poll"));
    }

    [Fact]
    public async Task An_account_that_is_never_named_ends_the_login_and_the_alarms()
    {
        await World.PutAsync(request: BrokerWorld.NewRequest() with { Account = "alice@example.com" });
        Upstream.Approve();
        Upstream.Before = kind => kind == "account" ? throw FakeUpstream.Fault(UpstreamFault.Unavailable) : Task.CompletedTask;
        await World.PassAsync(TimeSpan.FromHours(2));
        Assert.Equal("provider_error", BrokerWorld.Ended(await World.ReadAsync()));
        Assert.Empty(World.Alarms);
        Assert.Single(Upstream.Revoked);
    }

    [Fact]
    public async Task The_account_of_a_session_is_checked_by_its_reader_and_no_alarm()
    {
        var session = CredentialSession.Create();
        var request = BrokerWorld.NewRequest() with { Account = "alice@example.com" };
        await World.PutAsync(new CredentialOwner.OfSession(session, IsNew: true), request);
        Upstream.Approve();
        var isDown = true;
        Upstream.Before = kind => kind == "account" && isDown ? throw FakeUpstream.Fault(UpstreamFault.Unavailable) : Task.CompletedTask;
        await World.PassAsync(TimeSpan.FromMinutes(30));
        Assert.Empty(World.Alarms);
        Assert.Equal(0, await World.Broker.SweepAsync(None));
        isDown = false;
        BrokerWorld.Token(await World.ReadAsync(new CredentialOwner.OfSession(session)));
    }

    [Fact]
    public async Task The_account_of_a_browser_login_is_checked_by_its_reader()
    {
        var request = BrokerWorld.NewRequest(grantType: "authorization_code") with { Account = "alice@example.com" };
        var handle = Assert.IsType<BrokerResult.Pending>(await World.PutAsync(request: request)).Login.BrowserRequest!;
        var left = Assert.IsType<BrokerResult.Leave>(
            await World.Broker.ConnectAsync(World.Alice.Person, handle, new Uri("https://broker.example"), None));
        var isDown = true;
        Upstream.Before = kind => kind == "account" && isDown ? throw FakeUpstream.Fault(UpstreamFault.Unavailable) : Task.CompletedTask;
        var response = new BrowserResponse(left.RedirectUri.Query.Split("state=")[1], "code", null, null);
        Assert.Equal(
            "temporarily_unavailable", BrokerWorld.Rejected(await World.Broker.CompleteAsync(World.Alice.Person, response, None)));
        Assert.IsType<BrokerResult.Pending>(await World.ReadAsync());
        isDown = false;
        World.Time.Advance(TimeSpan.FromSeconds(30));
        BrokerWorld.Token(await World.ReadAsync());
        Assert.Equal(1, Upstream.Count("redeem"));
    }

    [Fact]
    public async Task Without_a_required_account_the_login_does_not_wait_for_its_name()
    {
        await World.PutAsync();
        Upstream.Approve();
        Upstream.Before = kind => kind == "account" ? throw FakeUpstream.Fault(UpstreamFault.Unavailable) : Task.CompletedTask;
        await World.PassAsync(TimeSpan.FromSeconds(10));
        Assert.Null(Assert.IsType<BrokerResult.Ready>(await World.ReadAsync()).Tokens.Account);
    }

    [Fact]
    public async Task A_token_without_a_refresh_token_is_returned_until_it_expires()
    {
        Upstream.HasRefreshTokens = false;
        var token = await World.SignInAsync();
        World.Time.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(token, BrokerWorld.Token(await World.ReadAsync(minimum: 3600)));
        World.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("expired_token", BrokerWorld.Ended(await World.ReadAsync()));
        World.Time.Advance(TimeSpan.FromDays(6));
        await World.Broker.PurgeAsync(None);
        Assert.Equal("expired_token", BrokerWorld.Ended(await World.ReadAsync()));
    }

    [Fact]
    public async Task A_token_without_a_lifetime_is_kept_for_as_long_as_it_is_read()
    {
        (Upstream.TokenLifetime, Upstream.HasRefreshTokens) = (null, false);
        var token = await World.SignInAsync();
        for (var i = 0; i < 4; i++)
        {
            World.Time.Advance(TimeSpan.FromDays(300));
            await World.Broker.PurgeAsync(None);
            var ready = Assert.IsType<BrokerResult.Ready>(await World.ReadAsync());
            Assert.Equal((token, null), (ready.Tokens.AccessToken, ready.ExpiresIn));
            await World.Background.WhenIdleAsync();
        }

        World.Time.Advance(TimeSpan.FromDays(431));
        await World.Broker.PurgeAsync(None);
        Assert.Equal("not_found", BrokerWorld.Rejected(await World.ReadAsync()));
    }

    [Theory]
    [InlineData(100 * 1024, true)]
    [InlineData(200 * 1024, false)]
    public async Task Large_tokens_are_stored_up_to_two_columns(int size, bool isStored)
    {
        Upstream.Padding = size;
        await World.PutAsync();
        Upstream.Approve();
        var result = await World.WaitAsync();
        if (isStored)
        {
            Assert.True(BrokerWorld.Token(result).Length > size);
        }
        else
        {
            Assert.Equal("provider_error", BrokerWorld.Ended(result));
        }
    }

    [Fact]
    public async Task A_long_minimum_does_not_refresh_a_fresh_token_again_and_again()
    {
        await World.SignInAsync();
        for (var i = 0; i < 100; i++)
        {
            World.Time.Advance(TimeSpan.FromSeconds(0.6));
            BrokerWorld.Token(await World.ReadAsync(minimum: 3600));
        }

        Assert.InRange(Upstream.Count("refresh"), 0, 2);
        World.Time.Advance(TimeSpan.FromMinutes(7));
        BrokerWorld.Token(await World.ReadAsync(minimum: 3600));
        Assert.Equal(1, Upstream.Count("refresh"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    public async Task Sixty_four_readers_on_four_instances_cause_one_refresh(int skew)
    {
        var instances = new[] { -skew, 0, skew, 0 }
            .Select(seconds => World.NewInstance(Store, new SkewedTime(World.Time, TimeSpan.FromSeconds(seconds)))).ToList();
        for (var round = 0; round < Racing.Rounds(5); round++)
        {
            await World.SignInAsync();
            var before = Upstream.Count("refresh");
            World.Time.Advance(TimeSpan.FromHours(2));
            var results = await Racing.RunAsync(64, i => World.ReadAsync(broker: instances[i % 4]));
            var token = Assert.Single(results.Select(BrokerWorld.Token).Distinct());
            Assert.True(Upstream.IsActive(token));
            Assert.Equal(1, Upstream.Count("refresh") - before);
        }
    }

    [Fact]
    public async Task Sixty_four_callers_with_the_same_rejected_token_cause_one_refresh()
    {
        var instances = Enumerable.Range(0, 4).Select(_ => World.NewInstance()).ToList();
        var refused = await World.SignInAsync();
        var results = await Racing.RunAsync(64, i => instances[i % 4].RefuseAsync(World.Alice, BrokerWorld.Name, refused, None));

        var token = Assert.Single(results.Select(BrokerWorld.Token).Distinct());
        Assert.NotEqual(refused, token);
        Assert.Equal(1, Upstream.Count("refresh"));

        // An older token returns the current one; the current one, rejected again at once, is not refreshed again.
        Assert.Equal(token, BrokerWorld.Token(await World.Broker.RefuseAsync(World.Alice, BrokerWorld.Name, refused, None)));
        var again = Assert.IsType<BrokerResult.Rejected>(await World.Broker.RefuseAsync(World.Alice, BrokerWorld.Name, token, None));
        Assert.Equal(("too_many_requests", TimeSpan.FromSeconds(30)), (again.Error, again.RetryAfter));
        World.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.NotEqual(token, BrokerWorld.Token(await World.Broker.RefuseAsync(World.Alice, BrokerWorld.Name, token, None)));
    }

    [Fact]
    public async Task A_rejected_token_that_cannot_be_refreshed_ends_the_credential_if_the_provider_rejects_it_too()
    {
        Upstream.HasRefreshTokens = false;
        var token = await World.SignInAsync();
        Assert.Equal("too_many_requests", BrokerWorld.Rejected(await RefuseAsync()));
        Assert.Equal(token, BrokerWorld.Token(await World.ReadAsync()));
        Upstream.NamesAccounts = false;
        Assert.Equal("invalid_grant", BrokerWorld.Ended(await RefuseAsync()));
        Assert.Equal("invalid_grant", BrokerWorld.Ended(await World.ReadAsync()));

        Task<BrokerResult> RefuseAsync() => World.Broker.RefuseAsync(World.Alice, BrokerWorld.Name, token, None);
    }

    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 2)]
    public async Task A_lost_response_to_a_refresh_is_requested_once_more(bool isSafe, int requests)
    {
        Upstream.IsSafe = isSafe;
        await World.SignInAsync();
        World.Time.Advance(TimeSpan.FromHours(2));
        Upstream.LoseAnswers(1);
        var result = await World.ReadAsync();
        if (isSafe)
        {
            Assert.True(Upstream.IsActive(BrokerWorld.Token(result)));
        }
        else
        {
            Assert.Equal("answer_lost", BrokerWorld.Ended(result));
            World.Time.Advance(TimeSpan.FromMinutes(5));
            Assert.Equal("answer_lost", BrokerWorld.Ended(await World.ReadAsync()));
        }

        Assert.Equal(requests, Upstream.Count("refresh"));
    }

    [Fact]
    public async Task A_provider_that_rejects_the_refresh_token_ends_the_credential()
    {
        await World.SignInAsync();
        World.Time.Advance(TimeSpan.FromHours(2));
        Upstream.Fail(FakeUpstream.Fault(UpstreamFault.InvalidGrant));
        Assert.Equal("invalid_grant", BrokerWorld.Ended(await World.ReadAsync()));
        Assert.Contains("ended invalid_grant", World.Audit);
        Assert.Equal(1, Upstream.Count("refresh"));
    }

    [Fact]
    public async Task While_the_provider_is_down_the_old_token_is_returned_until_it_expires_and_the_requests_back_off()
    {
        var token = await World.SignInAsync();
        World.Time.Advance(TimeSpan.FromMinutes(59) + TimeSpan.FromSeconds(30));
        Upstream.Fail([.. Enumerable.Repeat(FakeUpstream.Fault(UpstreamFault.Unavailable), 3)]);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(token, BrokerWorld.Token(await World.ReadAsync()));
            World.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(1, Upstream.Count("refresh"));
        World.Time.Advance(TimeSpan.FromSeconds(40));
        var delayed = Assert.IsType<BrokerResult.Rejected>(await World.ReadAsync());
        Assert.Equal(("temporarily_unavailable", TimeSpan.FromSeconds(10)), (delayed.Error, delayed.RetryAfter));
        World.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("temporarily_unavailable", BrokerWorld.Rejected(await World.ReadAsync()));
        World.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.True(Upstream.IsActive(BrokerWorld.Token(await World.ReadAsync())));
    }

    [Fact]
    public async Task The_storage_is_down_for_a_while_after_the_response_and_nothing_is_lost()
    {
        var faulty = new FaultyCredentialStore(Store);
        var broker = World.NewInstance(faulty);
        await World.SignInAsync();
        World.Time.Advance(TimeSpan.FromHours(2));
        var (isDown, failures) = (false, 0);
        Upstream.After = kind =>
        {
            isDown = kind == "refresh";
            return Task.CompletedTask;
        };
        faulty.Before = _ =>
        {
            if (isDown && ++failures > 2)
            {
                isDown = false;
            }

            if (isDown)
            {
                throw FaultyCredentialStore.Down;
            }
        };

        // The pauses between the attempts pass in real time, because they are short.
        Assert.True(Upstream.IsActive(BrokerWorld.Token(await World.ReadAsync(broker: broker))));
        Assert.Equal((1, 3), (Upstream.Count("refresh"), failures));
        Assert.Contains(World.Audit, line => line.StartsWith("failed", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Another_instance_takes_over_when_the_holder_of_the_lease_is_killed(bool isSafe)
    {
        Upstream.IsSafe = isSafe;
        var faulty = new FaultyCredentialStore(Store);
        var killed = World.NewInstance(faulty);
        await World.SignInAsync();
        World.Time.Advance(TimeSpan.FromHours(2));
        faulty.Before = method =>
        {
            if (method == "replace")
            {
                throw new InvalidOperationException("The instance was killed.");
            }
        };
        await Assert.ThrowsAsync<InvalidOperationException>(() => World.ReadAsync(broker: killed));

        World.Time.Advance(TimeSpan.FromSeconds(46));
        var result = await World.ReadAsync();
        if (isSafe)
        {
            Assert.True(Upstream.IsActive(BrokerWorld.Token(result)));
        }
        else
        {
            Assert.Equal("answer_lost", BrokerWorld.Ended(result));
        }

        Assert.Equal(2, Upstream.Count("refresh"));
    }

    [Fact]
    public async Task A_holder_that_stalls_past_its_lease_loses_no_update()
    {
        await World.SignInAsync();
        World.Time.Advance(TimeSpan.FromHours(2));
        var stalled = new TaskCompletionSource();
        var (isFirst, executed) = (true, new TaskCompletionSource());
        Upstream.After = async kind =>
        {
            if (kind == "refresh" && isFirst)
            {
                isFirst = false;
                executed.SetResult();
                await stalled.Task;
            }
        };
        var first = World.ReadAsync(broker: World.NewInstance());
        await executed.Task;
        World.Time.Advance(TimeSpan.FromSeconds(46));

        // The provider is strict, so the second holder concludes that the answer was lost.
        Assert.Equal("answer_lost", BrokerWorld.Ended(await World.ReadAsync()));
        stalled.SetResult();
        await World.Background.WhenIdleAsync();

        Assert.True(Upstream.IsActive(BrokerWorld.Token(await World.ReadAsync())));
        Assert.Equal(2, Upstream.Count("refresh"));
        _ = await first.ContinueWith(_ => true, TaskScheduler.Default);
    }

    [Theory]
    [InlineData("poll")]
    [InlineData("refresh")]
    public async Task A_credential_that_is_deleted_meanwhile_stays_deleted_and_its_tokens_are_revoked(string during)
    {
        if (during == "refresh")
        {
            await World.SignInAsync();
            World.Time.Advance(TimeSpan.FromHours(2));
        }
        else
        {
            await World.PutAsync();
            Upstream.Approve();
            World.Time.Advance(TimeSpan.FromSeconds(6));
        }

        Upstream.After = async kind =>
        {
            if (kind == during)
            {
                Upstream.After = _ => Task.CompletedTask;
                Assert.IsType<BrokerResult.Deleted>(await World.Broker.DeleteAsync(World.Alice, BrokerWorld.Name, Some.Origin(), None));
            }
        };
        Assert.Equal("not_found", BrokerWorld.Rejected(await World.ReadAsync()));
        await World.Background.WhenIdleAsync();

        Assert.Equal("not_found", BrokerWorld.Rejected(await World.ReadAsync()));
        Assert.All(Upstream.Revoked, token => Assert.False(Upstream.IsActive(token)));
        Assert.Equal(during == "refresh" ? 2 : 1, Upstream.Revoked.Count);
    }

    [Theory]
    [InlineData("poll")]
    [InlineData("refresh")]
    public async Task A_login_that_is_replaced_meanwhile_cannot_complete(string during)
    {
        if (during == "refresh")
        {
            await World.SignInAsync();
            World.Time.Advance(TimeSpan.FromHours(2));
        }
        else
        {
            await World.PutAsync();
            Upstream.Approve();
            World.Time.Advance(TimeSpan.FromSeconds(6));
        }

        Upstream.After = async kind =>
        {
            if (kind == during)
            {
                Upstream.After = _ => Task.CompletedTask;
                Assert.IsType<BrokerResult.Pending>(await World.PutAsync());
            }
        };
        Assert.IsType<BrokerResult.Pending>(await World.ReadAsync());
        await World.Background.WhenIdleAsync();
        Assert.NotEmpty(Upstream.Revoked);

        Upstream.Approve();
        Assert.True(Upstream.IsActive(BrokerWorld.Token(await World.WaitAsync())));
    }

    [Fact]
    public async Task The_first_of_two_PUTs_at_once_wins()
    {
        for (var round = 0; round < Racing.Rounds(10); round++)
        {
            var name = $"race-{round}";
            var owner = BrokerWorld.NewUser("carol");
            var results = await Racing.RunAsync(
                4, _ => World.PutAsync(owner, BrokerWorld.NewRequest(name) with { ProviderId = BrokerWorld.Name }));
            var won = results.OfType<BrokerResult.Pending>().ToList();
            Assert.NotEmpty(won);
            Assert.All(results.OfType<BrokerResult.Rejected>(), lost => Assert.Equal("conflict", lost.Error));
            var stored = Assert.IsType<BrokerResult.Pending>(await World.ReadAsync(owner, name)).Login.UserCode;
            Assert.Contains(won, winner => winner.Login.UserCode == stored);
        }
    }

    [Fact]
    public async Task A_step_that_is_killed_at_any_of_its_calls_delays_the_login_by_two_intervals_at_most()
    {
        for (var kill = 1; kill <= 6; kill++)
        {
            var (calls, isKilled) = (0, false);
            var faulty = new FaultyCredentialStore(Store);
            var broker = World.NewInstance(faulty);
            var owner = BrokerWorld.NewUser($"kill-{kill}");
            World.Alarms.Clear();
            await World.PutAsync(owner, broker: broker);
            Upstream.Approve();
            var start = Upstream.Requests.Count;
            faulty.After = method =>
            {
                if (++calls == kill)
                {
                    isKilled = true;
                    throw new InvalidOperationException("The instance was killed.");
                }
            };
            try
            {
                await World.PassAsync(TimeSpan.FromSeconds(7), broker);
            }
            catch (InvalidOperationException)
            {
                // The queue delivers the message again in ten minutes; the next one is already there.
            }

            await World.PassAsync(TimeSpan.FromSeconds(14));
            BrokerWorld.Token(await World.ReadAsync(owner));
            var polls = Upstream.Requests.Skip(start).Where(request => request.Kind == "poll").Select(request => request.At).ToList();
            Assert.All(polls.Zip(polls.Skip(1)), pair => Assert.True(pair.Second - pair.First >= TimeSpan.FromSeconds(4.5)));
            Assert.True(isKilled || kill > 3);
        }
    }

    [Fact]
    public async Task Duplicate_late_foreign_and_malformed_alarms_do_nothing()
    {
        await World.PutAsync();
        var alarm = World.Alarms.Single().Alarm;
        foreach (var text in new[]
        {
            "", "{", "null", "[]", "{}", """{"owner_key":"a","name_key":"b"}""", "\0", new string('x', 70_000),
            (alarm with { Flow = Guid.NewGuid() }).Write()!,
            (alarm with { OwnerKey = new string('0', 64) }).Write()!,
        })
        {
            await World.Broker.HandleAlarmAsync(text, None);
        }

        Assert.Single(World.Alarms);
        Assert.Equal(0, Upstream.Count("poll"));
        await World.PassAsync(TimeSpan.FromSeconds(7));
        for (var i = 0; i < 5; i++)
        {
            await World.Broker.HandleAlarmAsync(alarm.Write()!, None);
        }

        Assert.Equal(1, Upstream.Count("poll"));
        Assert.Single(World.Alarms);
        World.Time.Advance(TimeSpan.FromHours(1));
        await World.DeleteAsync();
        await World.Broker.HandleAlarmAsync(alarm.Write()!, None);
        Assert.Equal(1, Upstream.Count("poll"));
    }

    [Fact]
    public async Task The_sweep_wakes_logins_whose_alarm_was_lost()
    {
        await World.PutAsync();
        World.Alarms.Clear();
        Upstream.Approve();
        World.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(await SweptAsync());
        World.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Single(await SweptAsync());
        await World.PassAsync(TimeSpan.FromSeconds(1));
        Assert.Contains(World.Audit, line => line.StartsWith("bound", StringComparison.Ordinal));

        async Task<List<CredentialAlarm>> SweptAsync()
        {
            await World.Broker.SweepAsync(None);
            return [.. World.Alarms.Select(alarm => alarm.Alarm)];
        }
    }

    [Fact]
    public async Task Users_clients_and_sessions_are_isolated_and_clients_of_a_group_share()
    {
        await World.SignInAsync();
        var alice = World.Alice;
        var others = new CredentialOwner[]
        {
            BrokerWorld.NewUser("bob"),
            alice with { Client = new Client { Id = "other" } },
            alice with { Person = alice.Person with { TenantId = "other" } },
            new CredentialOwner.OfSession(CredentialSession.Create()),
        };
        foreach (var other in others)
        {
            Assert.Equal("not_found", BrokerWorld.Rejected(await World.ReadAsync(Same(other))));
            Assert.Equal("not_found", BrokerWorld.Rejected(await World.DeleteAsync(Same(other))));
        }

        var one = BrokerWorld.NewUser("dora", clientId: "cli", group: "tools");
        var two = new Client { Id = "editor", CredentialGroup = "tools" };
        var token = await World.SignInAsync(one);
        Assert.Equal(token, BrokerWorld.Token(await World.ReadAsync(new CredentialOwner.OfUser(one.Person, two, "creds"))));

        // A record that is copied keeps the key of the original, so the owner is made anew.
        static CredentialOwner Same(CredentialOwner owner) =>
            owner is CredentialOwner.OfUser user ? new CredentialOwner.OfUser(user.Person, user.Client, user.Scopes) : owner;
    }

    [Fact]
    public async Task The_scope_of_the_access_token_and_the_configuration_are_checked_at_every_use()
    {
        var alice = World.Alice;
        await World.SignInAsync();
        var narrow = new CredentialOwner.OfUser(alice.Person, alice.Client, "creds:other");
        Assert.Equal("insufficient_scope", BrokerWorld.Rejected(await World.ReadAsync(narrow)));
        Assert.Equal("insufficient_scope", BrokerWorld.Rejected(await World.PutAsync(narrow)));
        BrokerWorld.Token(await World.ReadAsync(new CredentialOwner.OfUser(alice.Person, alice.Client, "creds:github")));

        var provider = World.Options.Providers[BrokerWorld.Name];
        provider.Clients.Add("another");
        Assert.Equal("provider_error", BrokerWorld.Ended(await World.ReadAsync()));
        Assert.Equal("unknown_provider", BrokerWorld.Rejected(await World.PutAsync()));
        provider.Clients.Clear();
        provider.Scopes = "read:user";
        Assert.Equal("provider_error", BrokerWorld.Ended(await World.ReadAsync()));
        provider.Scopes = "repo";
        BrokerWorld.Token(await World.ReadAsync());
        World.Options.Providers.Remove(BrokerWorld.Name);
        Assert.Equal("provider_error", BrokerWorld.Ended(await World.ReadAsync()));
        Assert.IsType<BrokerResult.Deleted>(await World.DeleteAsync());
    }

    [Theory]
    [InlineData("name", "", "bad_request")]
    [InlineData("name", "Upper", "bad_request")]
    [InlineData("name", "-", "bad_request")]
    [InlineData("name", "ä", "bad_request")]
    [InlineData("provider", "unknown", "unknown_provider")]
    [InlineData("grant", "password", "unsupported_grant_type")]
    [InlineData("grant", "refresh_token", "bad_request")]
    [InlineData("scope", "admin", "invalid_scope")]
    [InlineData("scope", "repo \u0001", "invalid_scope")]
    [InlineData("account", "", "bad_request")]
    [InlineData("account", "a\nb", "bad_request")]
    public async Task Invalid_requests_are_rejected(string member, string value, string error)
    {
        var request = BrokerWorld.NewRequest() with { ProviderId = BrokerWorld.Name };
        request = member switch
        {
            "name" => request with { Name = value },
            "provider" => request with { ProviderId = value },
            "grant" => request with { GrantType = value },
            "scope" => request with { Scope = value },
            _ => request with { Account = value },
        };
        Assert.Equal(error, BrokerWorld.Rejected(await World.PutAsync(request: request)));
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task A_name_that_must_be_new_is_not_replaced()
    {
        var request = BrokerWorld.NewRequest() with { MustBeNew = true };
        Assert.IsType<BrokerResult.Pending>(await World.PutAsync(request: request));
        Assert.Equal("already_exists", BrokerWorld.Rejected(await World.PutAsync(request: request)));
    }

    [Fact]
    public async Task Pending_logins_and_credentials_are_limited()
    {
        World.Options.CredentialsPerOwner = 4;
        for (var i = 0; i < 3; i++)
        {
            Assert.IsType<BrokerResult.Pending>(await PutNamedAsync($"c{i}"));
        }

        Assert.Equal("too_many_requests", BrokerWorld.Rejected(await PutNamedAsync("c3")));
        Assert.IsType<BrokerResult.Pending>(await PutNamedAsync("c2"));
        await World.PassAsync(TimeSpan.FromMinutes(16));
        Assert.IsType<BrokerResult.Pending>(await PutNamedAsync("c3"));
        Assert.Equal("too_many_requests", BrokerWorld.Rejected(await PutNamedAsync("c4")));

        Task<BrokerResult> PutNamedAsync(string name) =>
            World.PutAsync(request: BrokerWorld.NewRequest(name) with { ProviderId = BrokerWorld.Name });
    }

    [Fact]
    public async Task The_list_has_every_credential_and_no_token()
    {
        await World.SignInAsync();
        await World.PutAsync(request: BrokerWorld.NewRequest("other") with { Scope = "read:user" });
        await World.PutAsync(request: BrokerWorld.NewRequest("denied") with { ProviderId = "other" });
        Upstream.Deny();
        await World.PassAsync(TimeSpan.FromSeconds(7));

        var listed = Assert.IsType<BrokerResult.Listed>(await World.Broker.ListAsync(World.Alice, None)).Credentials;
        Assert.Equal(
            [
                ("denied", "other", CredentialStatus.Ended, null, "repo", "access_denied"),
                ("github", "github", CredentialStatus.Ready, "alice@example.com", "repo", null),
                ("other", "other", CredentialStatus.Pending, null, "read:user", null),
            ],
            listed.Select(entry => (entry.Name, entry.ProviderId, entry.Status, entry.Account, entry.Scope, entry.Error)));
        Assert.All(listed, entry => Assert.DoesNotContain("alice", $"{entry}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_session_owns_its_credentials_and_ends_with_all_of_them()
    {
        var session = CredentialSession.Create();
        Assert.IsType<BrokerResult.Pending>(await World.PutAsync(new CredentialOwner.OfSession(session, IsNew: true)));
        var owner = new CredentialOwner.OfSession(session);
        Upstream.Approve();
        var token = BrokerWorld.Token(await World.WaitAsync(owner));
        World.Time.Advance(TimeSpan.FromHours(2));
        Assert.NotEqual(token, BrokerWorld.Token(await World.ReadAsync(owner)));
        await World.SignInAsync(owner, BrokerWorld.NewRequest("other"));

        Assert.True(Assert.IsType<BrokerResult.Deleted>(await World.Broker.EndSessionAsync(owner, Some.Origin(), None)).Revoked);
        Assert.Equal(2, Upstream.Revoked.Count);
        Assert.Equal("not_found", BrokerWorld.Rejected(await World.ReadAsync(owner)));
        Assert.Equal("unauthorized", BrokerWorld.Rejected(await World.Broker.ListAsync(owner, None)));
        Assert.Equal("unauthorized", BrokerWorld.Rejected(await World.PutAsync(owner)));
        Assert.Equal("unauthorized", BrokerWorld.Rejected(await World.Broker.EndSessionAsync(owner, Some.Origin(), None)));
        Assert.Equal("bad_request", BrokerWorld.Rejected(await World.Broker.EndSessionAsync(World.Alice, Some.Origin(), None)));
    }

    [Fact]
    public async Task A_session_lives_for_as_long_as_its_credentials()
    {
        var session = CredentialSession.Create();
        await World.SignInAsync(new CredentialOwner.OfSession(session, IsNew: true));
        var owner = new CredentialOwner.OfSession(session);
        for (var i = 0; i < 3; i++)
        {
            World.Time.Advance(TimeSpan.FromDays(200));
            BrokerWorld.Token(await World.ReadAsync(owner));
            await World.Background.WhenIdleAsync();
            await World.Broker.PurgeAsync(None);
        }

        Assert.IsType<BrokerResult.Pending>(await World.PutAsync(owner, BrokerWorld.NewRequest("other")));
        World.Time.Advance(TimeSpan.FromDays(500));
        await World.Broker.PurgeAsync(None);
        await World.Broker.PurgeAsync(None);
        Assert.Equal("unauthorized", BrokerWorld.Rejected(await World.PutAsync(owner)));
    }

    [Fact]
    public async Task Sessions_are_only_for_providers_that_allow_them()
    {
        World.Options.Providers[BrokerWorld.Name].Sessions = false;
        var made = new CredentialOwner.OfSession(CredentialSession.Create(), IsNew: true);
        Assert.Equal("unauthorized", BrokerWorld.Rejected(await World.PutAsync(made)));
        Assert.Equal("unknown_provider", BrokerWorld.Rejected(await World.PutAsync(new CredentialOwner.OfSession(made.Session))));
        Assert.Equal(["other"], World.Broker.ProvidersOf(made).Select(provider => provider.Id));
        Assert.Equal(
            "unsupported_grant_type",
            BrokerWorld.Rejected(await World.PutAsync(made, BrokerWorld.NewRequest("other", "authorization_code"))));
    }

    [Fact]
    public async Task Neither_a_copied_row_nor_a_removed_key_opens()
    {
        await World.SignInAsync();
        await World.SignInAsync(request: BrokerWorld.NewRequest("other"));
        var rows = (await Store.ListAsync(World.Alice.Key, None)).Credentials;
        var (one, two) = (rows[0], rows[1]);

        // Another name, another login, another generation and another column.
        foreach (var forged in new[]
        {
            one with { SealedTokens = two.SealedTokens },
            one with { SealedLogin = two.SealedLogin },
            one with { SealedTokens = one.SealedLogin },
            one with { Generation = 7 },
            one with { Flow = two.Flow },
        })
        {
            var stored = (await Store.TryReplaceAsync(forged with { Version = one.Version }, None))!;
            await Assert.ThrowsAsync<StoreUnavailableException>(() => ReadBothAsync());
            one = (await Store.TryReplaceAsync(one with { Version = stored.Version }, None))!;
        }

        await ReadBothAsync();
        var key = World.Keys.Current[0];
        World.Keys.Current.Insert(0, Enumerable.Repeat((byte)1, 32).ToArray());
        await ReadBothAsync();
        World.Keys.Current.Remove(key);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => ReadBothAsync());
        World.Keys.Current.Add(key);
        World.Keys.IsDown = true;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => ReadBothAsync());
        World.Keys.IsDown = false;
        World.Time.Advance(TimeSpan.FromHours(2));
        await ReadBothAsync();

        // After a refresh, the new key is enough.
        World.Keys.Current.Remove(key);
        await ReadBothAsync();

        async Task ReadBothAsync()
        {
            BrokerWorld.Token(await World.ReadAsync());
            BrokerWorld.Token(await World.ReadAsync(name: "other"));
        }
    }

    [Fact]
    public async Task The_row_of_a_session_does_not_open_with_the_ring_alone()
    {
        var session = CredentialSession.Create();
        await World.SignInAsync(new CredentialOwner.OfSession(session, IsNew: true));
        var owner = new CredentialOwner.OfSession(session);
        var row = (await Store.ListAsync(owner.Key, None)).Credentials.Single();
        var sealer = new CredentialSealer(await World.Keys.ReadAsync(None));

        Assert.Throws<InvalidOperationException>(() => sealer.OpenTokens(row, owner: null));
        Assert.Throws<StoreUnavailableException>(
            () => sealer.OpenTokens(row, new CredentialOwner.OfSession(CredentialSession.Create())));
        Assert.Throws<StoreUnavailableException>(() => sealer.OpenTokens(row with { SealedSessionKey = null }, owner: null));
        Assert.StartsWith("access-", sealer.OpenTokens(row, owner).AccessToken, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_browser_login_needs_its_owner_at_both_ends_and_its_state_works_once()
    {
        var alice = World.Alice;
        var request = BrokerWorld.NewRequest(grantType: "authorization_code");
        var handle = Assert.IsType<BrokerResult.Pending>(await World.PutAsync(request: request)).Login.BrowserRequest!;
        var callback = new Uri("https://broker.example/creds/-/callback");
        var bob = Some.User("bob");

        Assert.Equal("access_denied", BrokerWorld.Rejected(await World.Broker.ConnectAsync(bob, handle, callback, None)));
        Assert.Equal("bad_request", BrokerWorld.Rejected(await World.Broker.ConnectAsync(alice.Person, "x", callback, None)));
        Assert.Equal("bad_request", BrokerWorld.Rejected(
            await World.Broker.ConnectAsync(alice.Person, handle[..^1] + (handle[^1] == '0' ? '1' : '0'), callback, None)));
        var older = await ConnectAsync();
        var state = await ConnectAsync();

        Assert.Equal("bad_request", BrokerWorld.Rejected(await CompleteAsync(alice.Person, older)));
        Assert.Equal("bad_request", BrokerWorld.Rejected(await CompleteAsync(alice.Person, handle)));
        Assert.Equal("access_denied", BrokerWorld.Rejected(await CompleteAsync(bob, state)));
        Assert.Equal("alice@example.com", Assert.IsType<BrokerResult.Authorized>(await CompleteAsync(alice.Person, state)).Account);
        Assert.Equal("bad_request", BrokerWorld.Rejected(await CompleteAsync(alice.Person, state)));
        BrokerWorld.Token(await World.ReadAsync());
        Assert.Equal("bad_request", BrokerWorld.Rejected(await World.Broker.ConnectAsync(alice.Person, handle, callback, None)));
        Assert.Empty(World.Alarms);

        async Task<string> ConnectAsync() =>
            Assert.IsType<BrokerResult.Leave>(await World.Broker.ConnectAsync(alice.Person, handle, callback, None))
                .RedirectUri.Query.Split("state=")[1];

        Task<BrokerResult> CompleteAsync(User user, string state) =>
            World.Broker.CompleteAsync(user, new BrowserResponse(state, "code", null, null), None);
    }

    [Theory]
    [InlineData("https://evil.example", null, "bad_request", true)]
    [InlineData(null, "access_denied", "access_denied", false)]
    [InlineData(null, "server_error", "provider_error", true)]
    public async Task A_wrong_issuer_and_an_error_of_the_provider_complete_no_browser_login(
        string? issuer, string? error, string expected, bool staysPending)
    {
        var handle = Assert.IsType<BrokerResult.Pending>(
            await World.PutAsync(request: BrokerWorld.NewRequest(grantType: "authorization_code"))).Login.BrowserRequest!;
        var left = Assert.IsType<BrokerResult.Leave>(
            await World.Broker.ConnectAsync(World.Alice.Person, handle, new Uri("https://broker.example"), None));
        var response = new BrowserResponse(left.RedirectUri.Query.Split("state=")[1], error is null ? "code" : null, error, issuer);

        Assert.Equal(expected, BrokerWorld.Rejected(await World.Broker.CompleteAsync(World.Alice.Person, response, None)));
        var result = await World.ReadAsync();
        Assert.Equal(staysPending, result is BrokerResult.Pending);
        Assert.True(staysPending || BrokerWorld.Ended(result) == "access_denied");
    }

    [Fact]
    public async Task An_expired_browser_login_cannot_be_completed()
    {
        var handle = Assert.IsType<BrokerResult.Pending>(
            await World.PutAsync(request: BrokerWorld.NewRequest(grantType: "authorization_code"))).Login.BrowserRequest!;
        World.Time.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal("bad_request", BrokerWorld.Rejected(
            await World.Broker.ConnectAsync(World.Alice.Person, handle, new Uri("https://broker.example"), None)));
        Assert.Equal("expired_token", BrokerWorld.Ended(await World.ReadAsync()));
    }

    [Fact]
    public async Task A_deletion_revokes_the_tokens_and_a_failed_revocation_is_repeated_for_a_day()
    {
        var token = await World.SignInAsync();
        Upstream.Before = kind => kind == "revoke" ? throw FakeUpstream.Fault(UpstreamFault.Unavailable) : Task.CompletedTask;
        World.Alarms.Clear();
        var deleted = Assert.IsType<BrokerResult.Deleted>(await World.DeleteAsync());
        Assert.Equal((false, "https://provider.example/apps"), (deleted.Revoked, deleted.ApprovalsPage!.AbsoluteUri));
        await World.PassAsync(TimeSpan.FromHours(1));
        Assert.Empty(Upstream.Revoked);
        Assert.DoesNotContain(token, World.Alarms.Single().Alarm.Write()!, StringComparison.Ordinal);

        Upstream.Before = _ => Task.CompletedTask;
        await World.PassAsync(TimeSpan.FromHours(2));
        Assert.Equal([token], Upstream.Revoked);
        Assert.Empty(World.Alarms);
        Assert.Contains("revoked True", World.Audit);
    }

    [Fact]
    public async Task A_revocation_that_fails_for_a_day_is_given_up()
    {
        await World.SignInAsync();
        Upstream.Before = kind => kind == "revoke" ? throw FakeUpstream.Fault(UpstreamFault.Unavailable) : Task.CompletedTask;
        World.Alarms.Clear();
        await World.DeleteAsync();
        await World.PassAsync(TimeSpan.FromHours(30));
        Assert.Empty(World.Alarms);
        Assert.Contains("revoked False", World.Audit);
    }

    [Fact]
    public async Task Writes_and_logins_are_limited()
    {
        World.Options.WritesPerOwner = 2;
        var broker = World.NewInstance();
        await World.PutAsync(broker: broker);
        await World.PutAsync(broker: broker);
        var limited = Assert.IsType<BrokerResult.Rejected>(await World.PutAsync(broker: broker));
        Assert.Equal(("too_many_requests", TimeSpan.FromMinutes(5)), (limited.Error, limited.RetryAfter));
        Assert.IsType<BrokerResult.Pending>(await World.PutAsync(BrokerWorld.NewUser("eve"), broker: broker));

        World.Options.LoginsPerProvider = 1;
        broker = World.NewInstance();
        await World.PutAsync(BrokerWorld.NewUser("f"), broker: broker);
        Assert.Equal("temporarily_unavailable", BrokerWorld.Rejected(await World.PutAsync(BrokerWorld.NewUser("g"), broker: broker)));
    }

    private sealed class SkewedTime(TestTime time, TimeSpan skew) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + skew;

        public override long GetTimestamp() => time.GetTimestamp();

        public override long TimestampFrequency => time.TimestampFrequency;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            time.CreateTimer(callback, state, dueTime, period);
    }
}
