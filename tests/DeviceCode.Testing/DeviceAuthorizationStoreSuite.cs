namespace DeviceCode.Testing;

using System.Net;
using DeviceCode.Core;
using DeviceCode.Core.Devices;

/// <summary>Tests of every <see cref="IDeviceAuthorizationStore"/>. The tests of each adapter derive from it.</summary>
public abstract class DeviceAuthorizationStoreSuite
{
    private static readonly int Rounds = Racing.Rounds(200);
    private static readonly CancellationToken None = CancellationToken.None;

    protected abstract IDeviceAuthorizationStore Store { get; }

    [Fact]
    public async Task An_authorization_is_found_by_its_user_code()
    {
        var authorization = New();

        Assert.True(await Store.TryAddAsync(authorization, None));

        var found = await Store.FindAsync(authorization.UserCode, None);
        Assert.Equal(authorization, found! with { Version = null });
    }

    [Fact]
    public async Task Unknown_fields_of_the_device_stay_null()
    {
        var authorization = New() with { RequestedFrom = new RequestOrigin(null, null), Scope = "" };
        await Store.TryAddAsync(authorization, None);

        var found = await Store.FindAsync(authorization.UserCode, None);

        Assert.Equal(authorization, found! with { Version = null });
    }

    [Fact]
    public async Task The_fields_of_an_OAuth_client_are_stored()
    {
        var authorization = New() with { ClientId = "cli", CodeChallenge = new string('c', 43) };
        await Store.TryAddAsync(authorization, None);

        Assert.Equal(authorization, (await Store.FindAsync(authorization.UserCode, None))! with { Version = null });
    }

    [Fact]
    public async Task An_IPv6_address_survives()
    {
        var address = IPAddress.Parse("2001:db8::7");
        var authorization = New() with { RequestedFrom = new RequestOrigin(address, "x") };
        await Store.TryAddAsync(authorization, None);

        Assert.Equal(address, (await Store.FindAsync(authorization.UserCode, None))!.RequestedFrom.Address);
    }

    [Fact]
    public async Task An_unknown_user_code_is_not_found() => Assert.Null(await Store.FindAsync(UserCode.Generate(8), None));

    [Fact]
    public async Task A_user_code_can_be_taken_only_once()
    {
        var first = New();
        await Store.TryAddAsync(first, None);

        Assert.False(await Store.TryAddAsync(first with { Id = Guid.NewGuid(), ClientName = "Another" }, None));

        Assert.Equal(first.Id, (await Store.FindAsync(first.UserCode, None))!.Id);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task All_fields_of_a_decision_are_stored(bool approved)
    {
        var pending = await AddedAsync();
        var decision = Some.Decision(approved) with { User = new User("subject", "tenant", null, "Zoë 'Z' O’Neill") };

        Assert.True(await Store.TryDecideAsync(pending, decision, None));

        var found = await Store.FindAsync(pending.UserCode, None);
        Assert.Equal(pending with { Decision = decision with { At = found!.Decision!.At }, Version = null }, found with { Version = null });
    }

    [Fact]
    public async Task The_first_decision_stays()
    {
        var pending = await AddedAsync();
        var first = Some.Decision(approved: true);
        await Store.TryDecideAsync(pending, first, None);

        Assert.False(await Store.TryDecideAsync(pending, Some.Decision(approved: false), None));
        var decided = (await Store.FindAsync(pending.UserCode, None))!;
        Assert.False(await Store.TryDecideAsync(decided, Some.Decision(approved: false), None));

        Assert.Equal(first.Id, (await Store.FindAsync(pending.UserCode, None))!.Decision!.Id);
    }

    [Fact]
    public async Task An_unknown_authorization_cannot_be_decided()
    {
        var unknown = New() with { Version = "W/\"x\"" };
        Assert.False(await Store.TryDecideAsync(unknown, Some.Decision(), None));
    }

    [Fact]
    public async Task Only_the_first_claim_counts_and_repeating_it_succeeds()
    {
        var pending = await AddedAsync();
        var claim = Some.Claim();

        Assert.Equal(claim, await ClaimedAsync(pending, claim));
        Assert.Equal(claim, await ClaimedAsync(pending, Some.Claim()));
        Assert.Equal(claim, await ClaimedAsync(pending, claim));
        Assert.Equal(claim, await Store.GetClaimAsync(pending, None) with { Version = null });
    }

    [Fact]
    public async Task A_claim_is_replaced_unless_it_has_changed()
    {
        var pending = await AddedAsync();
        await Store.ClaimAsync(pending, Some.Claim(), None);
        var read = await Store.GetClaimAsync(pending, None);
        var taken = read with { Holder = Guid.NewGuid(), At = read.At.AddSeconds(8) };

        Assert.True(await Store.TryReplaceClaimAsync(pending, taken, None));
        Assert.False(await Store.TryReplaceClaimAsync(pending, read with { Holder = Guid.NewGuid() }, None));

        Assert.Equal(taken with { Version = null }, await Store.GetClaimAsync(pending, None) with { Version = null });
    }

    [Fact]
    public async Task A_claim_is_confirmed_whoever_holds_it()
    {
        var pending = await AddedAsync();
        var claim = Some.Claim();
        await Store.ClaimAsync(pending, claim, None);
        var read = await Store.GetClaimAsync(pending, None);
        Assert.False(read.IsConfirmed);

        await Store.ConfirmClaimAsync(pending, None);

        Assert.Equal(claim with { IsConfirmed = true }, await Store.GetClaimAsync(pending, None) with { Version = null });
        Assert.False(await Store.TryReplaceClaimAsync(pending, read with { Holder = Guid.NewGuid() }, None));
    }

    [Fact]
    public async Task Confirming_what_is_not_claimed_does_nothing() => await Store.ConfirmClaimAsync(await AddedAsync(), None);

    [Fact]
    public async Task A_purge_deletes_only_old_authorizations()
    {
        var now = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var old = Enumerable.Range(0, 130).Select(_ => New() with { PurgeAfter = now.AddTicks(-1) }).ToList();
        var young = New() with { PurgeAfter = now };
        foreach (var authorization in old.Append(young))
        {
            await Store.TryAddAsync(authorization, None);
        }

        await Store.ClaimAsync(old[0], Some.Claim(), None);
        var kept = await ClaimedAsync(young, Some.Claim());

        Assert.Equal(old.Count, await Store.PurgeAsync(now, None));

        foreach (var authorization in old)
        {
            Assert.Null(await Store.FindAsync(authorization.UserCode, None));
        }

        Assert.NotNull(await Store.FindAsync(young.UserCode, None));
        Assert.Equal(kept, await ClaimedAsync(young, Some.Claim()));
        Assert.Equal(0, await Store.PurgeAsync(now, None));
    }

    [Fact]
    public Task A_ping_succeeds() => Store.PingAsync(None);

    /// <summary>The two services stand for two instances that share the store.</summary>
    [Fact]
    public async Task Of_64_polls_racing_for_an_approved_code_exactly_one_completes()
    {
        DeviceAuthorizationService[] instances = [Some.Service(Store), Some.Service(Store)];
        for (var round = 0; round < Rounds; round++)
        {
            var issued = await instances[0].IssueAsync();
            await instances[1].DecideAsync(issued.Authorization.UserCode.Reveal());

            var results = await Racing.RunAsync(64, i => instances[i % 2].PollAsync(issued.DeviceCode));

            Assert.Single(results.OfType<PollResult.Complete>());
            Assert.Equal(63, results.OfType<PollResult.AlreadyUsed>().Count());
        }
    }

    [Fact]
    public async Task Of_concurrent_decisions_exactly_one_wins_and_the_device_gets_that_one()
    {
        DeviceAuthorizationService[] instances = [Some.Service(Store), Some.Service(Store)];
        for (var round = 0; round < Rounds; round++)
        {
            var issued = await instances[0].IssueAsync();
            var userCode = issued.Authorization.UserCode.Reveal();

            var results = await Racing.RunAsync(
                4, i => instances[i % 2].DecideAsync(userCode, approve: i < 2, by: $"user{round}-{i}", from: Some.Origin()));

            var winner = Assert.Single(results.OfType<DecideResult.Decided>());
            var poll = await instances[0].PollAsync(issued.DeviceCode);
            Assert.Equal(winner.Decision.Approved, poll is PollResult.Complete);
            Assert.Equal(!winner.Decision.Approved, poll is PollResult.Denied);
            if (poll is PollResult.Complete complete)
            {
                Assert.Equal(winner.Decision.User, complete.User);
            }
        }
    }

    [Fact]
    public async Task Racing_issues_never_share_a_user_code()
    {
        // All instances draw from the same five codes, each in a different order.
        var codes = Enumerable.Range(0, 5).Select(_ => UserCode.Generate(8)).ToArray();
        var results = await Racing.RunAsync(5, i =>
        {
            var draw = i;
            var service = Some.Service(Store, draw: () => codes[draw++ % codes.Length]);
            return service.IssueAsync(Some.From(Some.Origin()), None);
        });

        Assert.Equal(5, results.Cast<IssueResult.Issued>().Select(issued => issued.Authorization.UserCode).Distinct().Count());
    }

    private async Task<Claim> ClaimedAsync(DeviceAuthorization authorization, Claim claim) =>
        await Store.ClaimAsync(authorization, claim, None) with { Version = null };

    private static DeviceAuthorization New() => Some.Authorization(Some.NewDeviceCode());

    private async Task<DeviceAuthorization> AddedAsync()
    {
        var authorization = New();
        await Store.TryAddAsync(authorization, None);
        return (await Store.FindAsync(authorization.UserCode, None))!;
    }
}
