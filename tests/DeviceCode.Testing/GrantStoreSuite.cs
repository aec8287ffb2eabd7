namespace DeviceCode.Testing;

using DeviceCode.Core;
using DeviceCode.Core.Devices;
using DeviceCode.Core.OAuth;

/// <summary>Tests of every <see cref="IGrantStore"/> and its token service. The tests of each adapter derive from it.</summary>
public abstract class GrantStoreSuite
{
    private static readonly int Rounds = Racing.Rounds(100);
    private static readonly CancellationToken None = CancellationToken.None;

    protected abstract IGrantStore Store { get; }

    protected abstract IDeviceAuthorizationStore Devices { get; }

    [Fact]
    public async Task A_grant_is_found_by_its_id()
    {
        var grant = NewGrant();
        Assert.Equal(grant.MintId, (await Store.AddAsync(grant, Some.DeviceOrigin, None)).MintId);
        AssertSame(grant, await Store.FindAsync(grant.Id, None));
    }

    [Fact]
    public async Task Missing_fields_stay_missing()
    {
        var grant = NewGrant() with
        {
            RefreshTokenHash = null,
            RefreshTokenExpiresAt = null,
            AccessTokens = [],
            PurgeAfter = null,
            Scope = "",
        };
        await Store.AddAsync(grant, Some.DeviceOrigin, None);
        AssertSame(grant, await Store.FindAsync(grant.Id, None));
        Assert.Null(await Store.FindAsync(Guid.NewGuid(), None));
    }

    [Fact]
    public async Task A_grant_is_added_only_once()
    {
        var (first, second) = (NewGrant(), NewGrant());
        second = second with { Id = first.Id };
        await Store.AddAsync(first, Some.DeviceOrigin, None);

        Assert.Equal(first.MintId, (await Store.AddAsync(second, Some.DeviceOrigin, None)).MintId);
        AssertSame(first, await Store.FindAsync(first.Id, None));
    }

    [Fact]
    public async Task A_grant_is_replaced_unless_it_has_changed_since_it_was_read()
    {
        var grant = NewGrant();
        await Store.AddAsync(grant, Some.DeviceOrigin, None);
        var read = (await Store.FindAsync(grant.Id, None))!;
        var changed = read with { LastExchange = new("spent", Now, "salt"), RefreshTokenHash = "next", Scope = "other" };

        Assert.True(await Store.TryReplaceAsync(changed, usedFrom: null, None));
        Assert.False(await Store.TryReplaceAsync(read with { Scope = "third" }, usedFrom: null, None));
        Assert.False(await Store.TryReplaceAsync(NewGrant() with { Version = read.Version }, usedFrom: null, None));
        AssertSame(changed, await Store.FindAsync(grant.Id, None));
    }

    [Fact]
    public async Task A_replacement_removes_fields_that_are_null_now()
    {
        var grant = NewGrant();
        await Store.AddAsync(grant, Some.DeviceOrigin, None);
        var revoked = (await Store.FindAsync(grant.Id, None))!.Revoke(Now);
        await Store.TryReplaceAsync(revoked, usedFrom: null, None);

        AssertSame(revoked, await Store.FindAsync(grant.Id, None));
    }

    [Fact]
    public async Task A_purge_deletes_only_grants_past_their_purge_time()
    {
        var old = NewGrant() with { PurgeAfter = Now.AddTicks(-1) };
        var young = NewGrant() with { PurgeAfter = Now };
        var forEver = NewGrant() with { PurgeAfter = null };
        foreach (var grant in new[] { old, young, forEver })
        {
            await Store.AddAsync(grant, Some.DeviceOrigin, None);
        }

        Assert.Equal(1, await Store.PurgeAsync(Now, None));
        Assert.Null(await Store.FindAsync(old.Id, None));
        Assert.NotNull(await Store.FindAsync(young.Id, None));
        Assert.NotNull(await Store.FindAsync(forEver.Id, None));
    }

    [Fact]
    public Task A_ping_succeeds() => Store.PingAsync(None);

    [Fact]
    public async Task Of_64_redemptions_without_PKCE_one_gets_tokens()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var world = new OAuthWorld(Devices, Store);
            var code = await world.ApprovedAsync();

            var results = await Racing.RunAsync(64, _ => world.RedeemAsync(code));

            var issued = Assert.Single(results.OfType<TokenResult.Issued>());
            Assert.All(results.OfType<TokenResult.Refused>(), refused => Assert.Equal(OAuthError.InvalidGrant, refused.Error));
            Assert.NotNull(await world.IntrospectAsync(issued.AccessToken));
        }
    }

    [Fact]
    public async Task Of_64_redemptions_with_the_right_verifier_all_get_the_same_tokens()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var world = new OAuthWorld(Devices, Store);
            var code = await world.ApprovedAsync(challenge: OAuthWorld.Challenge);

            var results = await Racing.RunAsync(64, _ => world.RedeemAsync(code, OAuthWorld.Verifier));

            var issued = results.Cast<TokenResult.Issued>().ToList();
            Assert.Single(issued.Select(tokens => (tokens.AccessToken.Reveal(), tokens.RefreshToken!.Reveal(), tokens.Scope)).Distinct());
            Assert.NotNull(await world.IntrospectAsync(issued[0].AccessToken));
        }
    }

    [Fact]
    public async Task Of_64_refreshes_of_one_token_all_get_the_same_successor()
    {
        var world = new OAuthWorld(Devices, Store);
        var current = Assert.IsType<TokenResult.Issued>(await world.RedeemAsync(await world.ApprovedAsync()));
        for (var round = 0; round < Rounds; round++)
        {
            var results = await Racing.RunAsync(64, _ => world.RefreshAsync(current.RefreshToken!));

            var issued = results.Cast<TokenResult.Issued>().ToList();
            Assert.Single(issued.Select(tokens => (tokens.AccessToken.Reveal(), tokens.RefreshToken!.Reveal(), tokens.Scope)).Distinct());
            Assert.NotNull(await world.IntrospectAsync(issued[0].AccessToken));
            Assert.NotNull(await world.IntrospectAsync(current.AccessToken));
            current = issued[0];
        }
    }

    [Fact]
    public async Task A_spent_refresh_token_revokes_its_grant_even_when_others_refresh_at_the_same_time()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var world = new OAuthWorld(Devices, Store);
            var first = Assert.IsType<TokenResult.Issued>(await world.RedeemAsync(await world.ApprovedAsync()));
            var second = Assert.IsType<TokenResult.Issued>(await world.RefreshAsync(first.RefreshToken!));
            world.Time.Advance(TimeSpan.FromMinutes(1));

            // The holder of the spent token and the holder of the current one refresh at the same time.
            var results = await Racing.RunAsync(8, i => world.RefreshAsync(i % 2 == 0 ? first.RefreshToken! : second.RefreshToken!));

            Assert.All(
                results.Where((_, i) => i % 2 == 0),
                result => Assert.Equal(OAuthError.InvalidGrant, Assert.IsType<TokenResult.Refused>(result).Error));
            foreach (var tokens in results.OfType<TokenResult.Issued>().Append(first).Append(second))
            {
                Assert.Null(await world.IntrospectAsync(tokens.AccessToken));
                Assert.Null(await world.IntrospectAsync(tokens.RefreshToken!));
            }
        }
    }

    [Fact]
    public async Task A_revocation_ends_the_grant_even_when_others_refresh_at_the_same_time()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var world = new OAuthWorld(Devices, Store);
            var first = Assert.IsType<TokenResult.Issued>(await world.RedeemAsync(await world.ApprovedAsync()));

            var results = await Racing.RunAsync(4, async i =>
            {
                if (i > 0)
                {
                    return await world.RefreshAsync(first.RefreshToken!);
                }

                Assert.IsType<RevokeResult.Revoked>(await world.RevokeAsync(first.RefreshToken!));
                return null;
            });

            foreach (var tokens in results.OfType<TokenResult.Issued>().Append(first))
            {
                Assert.Null(await world.IntrospectAsync(tokens.AccessToken));
                Assert.Null(await world.IntrospectAsync(tokens.RefreshToken!));
            }
        }
    }

    private static DateTimeOffset Now { get; } = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    protected static Grant NewGrant() => NewGrant(new User("subject", "tenant", null, "Zoë 'Z' O’Neill"));

    protected static Grant NewGrant(User user) => new()
    {
        Id = user.NewId(),
        MintId = Guid.NewGuid(),
        ClientId = "cli",
        User = user,
        CreatedAt = Now,
        Scope = "profile email",
        TagKey = "key",
        AccessTokens = [new("hash1", "profile", Now, Now.AddHours(1)), new("hash2", "", Now.AddTicks(7), null)],
        RefreshTokenHash = "refresh",
        RefreshTokenExpiresAt = Now.AddDays(30),
        PurgeAfter = Now.AddYears(10),
    };

    private static void AssertSame(Grant expected, Grant? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(expected.AccessTokens, actual.AccessTokens);
        Assert.Equal(expected with { Version = null, AccessTokens = [] }, actual with { Version = null, AccessTokens = [] });
    }
}
