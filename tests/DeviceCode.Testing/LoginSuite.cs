namespace DeviceCode.Testing;

using System.Collections.Concurrent;
using System.Net;
using DeviceCode.Core;
using DeviceCode.Core.Devices;
using DeviceCode.Core.OAuth;

/// <summary>Tests of the logins of every <see cref="IGrantStore"/>. The tests of each adapter derive from it.</summary>
public abstract class LoginSuite
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly string Alice = Some.User().Key;

    protected abstract IGrantStore Store { get; }

    protected abstract IDeviceAuthorizationStore Devices { get; }

    [Fact]
    public async Task A_login_shows_where_it_began_and_where_it_was_last_used()
    {
        var world = NewWorld();
        var created = world.Time.GetUtcNow();
        var tokens = await world.SignedInAsync();

        var login = Assert.Single(await ListAsync(world));
        Assert.Equal((tokens.GrantId, "cli", "profile email offline_access"), (login.Id, login.ClientId, login.Scope));
        Assert.Equal(new LoginUse(created, Some.DeviceOrigin), login.Created);
        Assert.Equal(login.Created, login.LastUsed);
        Assert.Equal(created.AddDays(30), login.EndsAt);
        Assert.True(login.User.IsSameAs(Some.User()));

        world.Time.Advance(TimeSpan.FromHours(5));
        var elsewhere = new RequestOrigin(IPAddress.Parse("2001:db8::1"), "another-cli/2.0");
        await world.RefreshAsync(tokens.RefreshToken!, from: elsewhere);

        login = Assert.Single(await ListAsync(world));
        Assert.Equal(new LoginUse(created, Some.DeviceOrigin), login.Created);
        Assert.Equal(new LoginUse(world.Time.GetUtcNow(), elsewhere), login.LastUsed);
        Assert.Equal(world.Time.GetUtcNow().AddDays(30), login.EndsAt);
    }

    [Fact]
    public async Task An_origin_that_is_not_known_stays_so()
    {
        var world = NewWorld();
        var tokens = await world.SignedInAsync();
        await world.RefreshAsync(tokens.RefreshToken!, from: new RequestOrigin(null, null));

        Assert.Equal(new RequestOrigin(null, null), Assert.Single(await ListAsync(world)).LastUsed.From);
    }

    [Fact]
    public async Task An_ended_login_is_gone_with_all_its_tokens()
    {
        var world = NewWorld();
        var first = await world.SignedInAsync();
        var second = Assert.IsType<TokenResult.Issued>(await world.RefreshAsync(first.RefreshToken!));
        var other = await world.SignedInAsync();

        Assert.True(await world.Logins.EndAsync(Alice, first.GrantId, None));

        Assert.Equal(other.GrantId, Assert.Single(await ListAsync(world)).Id);
        Assert.Null(await world.IntrospectAsync(second.AccessToken));
        Assert.Null(await world.IntrospectAsync(second.RefreshToken!));
        Assert.IsType<TokenResult.Refused>(await world.RefreshAsync(second.RefreshToken!));
        Assert.IsType<TokenResult.Refused>(await world.RefreshAsync(first.RefreshToken!));
        Assert.NotNull(await world.IntrospectAsync(other.AccessToken));
        Assert.False(await world.Logins.EndAsync(Alice, first.GrantId, None));
    }

    [Fact]
    public async Task A_redemption_that_is_repeated_does_not_bring_an_ended_login_back()
    {
        var world = NewWorld();
        var code = await world.ApprovedAsync(challenge: OAuthWorld.Challenge);
        var tokens = Assert.IsType<TokenResult.Issued>(await world.RedeemAsync(code, OAuthWorld.Verifier));
        await world.Logins.EndAsync(Alice, tokens.GrantId, None);

        Assert.IsType<TokenResult.Refused>(await world.RedeemAsync(code, OAuthWorld.Verifier));
        Assert.Empty(await ListAsync(world));
    }

    [Fact]
    public async Task A_login_that_was_revoked_by_its_client_or_has_expired_is_not_listed()
    {
        var world = NewWorld();
        var revoked = await world.SignedInAsync();
        await world.RevokeAsync(revoked.RefreshToken!);
        Assert.Empty(await ListAsync(world));

        await world.SignedInAsync();
        world.Time.Advance(TimeSpan.FromDays(30) - TimeSpan.FromTicks(1));
        Assert.Single(await ListAsync(world));
        world.Time.Advance(TimeSpan.FromTicks(1));
        Assert.Empty(await ListAsync(world));
    }

    [Fact]
    public async Task Nobody_lists_or_ends_the_logins_of_another_person_or_tenant()
    {
        var world = NewWorld();
        var tokens = await world.SignedInAsync();
        var alice = Some.User();
        string[] others = [Some.User("bob").Key, User.KeyOf("another-tenant", alice.Subject), User.KeyOf(alice.Subject, alice.TenantId)];

        foreach (var other in others)
        {
            Assert.Empty((await world.Logins.ListAsync(other, null, None)).Logins);
            Assert.False(await world.Logins.EndAsync(other, tokens.GrantId, None));
            Assert.Equal(0, await world.Logins.EndAllAsync(other, null, _ => { }, None));
        }

        Assert.NotNull(await world.IntrospectAsync(tokens.AccessToken));
    }

    [Fact]
    public async Task A_thousand_logins_are_ten_pages_the_newest_first()
    {
        var world = NewWorld();
        var now = world.Time.GetUtcNow();
        var grants = Enumerable.Range(0, 1_000).Select(i => NewGrant(Some.User(), now.AddSeconds(i))).ToList();
        await Parallel.ForEachAsync(grants, async (grant, _) => await Store.AddAsync(grant, Some.DeviceOrigin, None));
        await Store.AddAsync(NewGrant(Some.User("bob"), now), Some.DeviceOrigin, None);

        var pages = new List<LoginPage>();
        string? after = null;
        do
        {
            pages.Add(await world.Logins.ListAsync(Alice, after, None));
            after = pages[^1].Next;
        }
        while (after is not null);

        Assert.All(pages, page => Assert.Equal(100, page.Logins.Count));
        Assert.Equal(
            grants.OrderByDescending(grant => grant.CreatedAt).Select(grant => grant.Id),
            pages.SelectMany(page => page.Logins).Select(login => login.Id));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("1234567890123456789-0123456789abcdef0123456789ABCDEF")]
    [InlineData("1234567890123456789-0123456789abcdef0123456789abcdef\n")]
    public async Task A_place_that_is_not_from_a_page_is_rejected(string after) =>
        await Assert.ThrowsAsync<FormatException>(() => NewWorld().Logins.ListAsync(Alice, after, None));

    [Fact]
    public async Task All_logins_but_one_end()
    {
        var world = NewWorld();
        var (first, second, third) = (await world.SignedInAsync(), await world.SignedInAsync(), await world.SignedInAsync());
        var bobs = await world.SignedInAsync("bob");

        var ended = new ConcurrentBag<Guid>();
        Assert.Equal(2, await world.Logins.EndAllAsync(Alice, second.GrantId, login => ended.Add(login.Id), None));

        Assert.Equal(new[] { first.GrantId, third.GrantId }.Order(), ended.Order());
        Assert.Equal(second.GrantId, Assert.Single(await ListAsync(world)).Id);
        Assert.NotNull(await world.IntrospectAsync(second.AccessToken));
        Assert.NotNull(await world.IntrospectAsync(bobs.AccessToken));

        Assert.Equal(1, await world.Logins.EndAllAsync(Alice, except: null, _ => { }, None));
        Assert.Empty(await ListAsync(world));
    }

    [Fact]
    public async Task Of_a_login_that_ends_while_it_is_refreshed_no_token_survives()
    {
        for (var round = 0; round < Racing.Rounds(64); round++)
        {
            var world = NewWorld();
            var first = await world.SignedInAsync();

            var results = await Racing.RunAsync<object>(3, async i => i == 0
                ? await world.Logins.EndAsync(Alice, first.GrantId, None)
                : await world.RefreshAsync(first.RefreshToken!));

            Assert.Equal(true, results[0]);
            var tokens = results.OfType<TokenResult.Issued>().Append(first).ToList();
            foreach (var token in tokens.SelectMany(issued => new[] { issued.AccessToken, issued.RefreshToken! }))
            {
                Assert.Null(await world.IntrospectAsync(token));
            }

            foreach (var token in tokens.Select(issued => issued.RefreshToken!))
            {
                Assert.IsType<TokenResult.Refused>(await world.RefreshAsync(token));
            }
        }
    }

    [Fact]
    public async Task All_earlier_logins_end_while_new_ones_complete_which_stay()
    {
        var world = NewWorld();
        var earlier = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => world.SignedInAsync()));
        var codes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => world.ApprovedAsync()));
        world.Time.Advance(TimeSpan.FromSeconds(1));

        // The request has begun when it reads the time, before it first waits.
        var ending = world.Logins.EndAllAsync(Alice, except: null, _ => { }, None);
        world.Time.Advance(TimeSpan.FromMilliseconds(1));
        var completed = await Racing.RunAsync(codes.Length, i => world.RedeemAsync(codes[i]));
        await ending;

        Assert.Equal(
            completed.Select(result => Assert.IsType<TokenResult.Issued>(result).GrantId).Order(),
            (await ListAsync(world)).Select(login => login.Id).Order());
        foreach (var token in earlier.Select(issued => issued.AccessToken))
        {
            Assert.Null(await world.IntrospectAsync(token));
        }
    }

    [Fact]
    public async Task A_login_ends_at_its_lifetime_however_often_it_is_refreshed()
    {
        var world = NewWorld(client => client.LoginLifetime = TimeSpan.FromDays(40));
        var end = world.Time.GetUtcNow().AddDays(40);
        var tokens = await world.SignedInAsync();
        world.Time.Advance(TimeSpan.FromDays(25));
        tokens = Assert.IsType<TokenResult.Issued>(await world.RefreshAsync(tokens.RefreshToken!));

        Assert.Equal(end, (await world.IntrospectAsync(tokens.RefreshToken!))!.ExpiresAt);
        Assert.Equal(end, Assert.Single(await ListAsync(world)).EndsAt);

        world.Time.Advance(TimeSpan.FromDays(15) - TimeSpan.FromMinutes(10));
        tokens = Assert.IsType<TokenResult.Issued>(await world.RefreshAsync(tokens.RefreshToken!));
        Assert.Equal(TimeSpan.FromMinutes(10), tokens.ExpiresIn);

        world.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(
            "This login has reached the end of its lifetime. Sign in again.",
            Assert.IsType<TokenResult.Refused>(await world.RefreshAsync(tokens.RefreshToken!)).Description);
        Assert.Null(await world.IntrospectAsync(tokens.AccessToken));
        Assert.Empty(await ListAsync(world));
    }

    [Fact]
    public async Task The_current_lifetime_applies_to_logins_that_exist_already()
    {
        var world = NewWorld();
        var tokens = await world.SignedInAsync();
        world.Time.Advance(TimeSpan.FromMinutes(30));

        world.Client.LoginLifetime = TimeSpan.FromMinutes(45);
        Assert.Equal(world.Time.GetUtcNow().AddMinutes(15), Assert.Single(await ListAsync(world)).EndsAt);
        world.Client.LoginLifetime = TimeSpan.FromMinutes(30);

        Assert.Empty(await ListAsync(world));
        Assert.Null(await world.IntrospectAsync(tokens.AccessToken));
        Assert.IsType<TokenResult.Refused>(await world.RefreshAsync(tokens.RefreshToken!));
    }

    [Fact]
    public async Task Without_lifetimes_a_login_does_not_end()
    {
        var world = NewWorld(client => (client.LoginLifetime, client.AccessTokenLifetime) = (TimeSpan.Zero, TimeSpan.Zero));
        var tokens = await world.SignedInAsync();
        world.Time.Advance(TimeSpan.FromDays(4_000));

        Assert.Null(Assert.Single(await ListAsync(world)).EndsAt);
        Assert.NotNull(await world.IntrospectAsync(tokens.AccessToken));
        Assert.True(await world.Logins.EndAsync(Alice, tokens.GrantId, None));
    }

    [Fact]
    public async Task A_person_is_found_by_the_address_of_a_login_in_any_case_and_only_in_the_tenant()
    {
        var world = NewWorld();
        await world.SignedInAsync();
        await world.SignedInAsync();
        await world.SignedInAsync("bob");

        Assert.Equal([Alice], await world.Logins.FindUsersAsync("tenant", "ALICE@example.com", None));
        Assert.Empty(await world.Logins.FindUsersAsync("another-tenant", "alice@example.com", None));
        Assert.Empty(await world.Logins.FindUsersAsync("tenant", "alice@example.co", None));
    }

    [Fact]
    public async Task The_logins_of_a_client_are_listed_and_end_page_by_page()
    {
        var world = NewWorld();
        var now = world.Time.GetUtcNow();
        var users = Enumerable.Range(0, 40).Select(i => Some.User($"user{i}")).ToList();
        var grants = users.Select(user => NewGrant(user, now)).ToList();
        var others = users.SelectMany(user => new[]
        {
            NewGrant(user, now) with { ClientId = "other" }, NewGrant(user with { TenantId = "another-tenant" }, now),
        });
        foreach (var grant in grants.Concat(others))
        {
            await Store.AddAsync(grant, Some.DeviceOrigin, None);
        }

        var listed = await PagesAsync(async after =>
        {
            var page = await world.Logins.ListOfClientAsync("cli", "tenant", after, None);
            return (page.Logins.Select(login => login.Id), page.Next);
        });
        Assert.Equal(grants.Select(grant => grant.Id).Order(), listed.Order());

        var ended = await PagesAsync(async after =>
        {
            var ids = new ConcurrentBag<Guid>();
            var (count, next) = await world.Logins.EndOfClientAsync("cli", "tenant", after, login => ids.Add(login.Id), None);
            Assert.Equal(count, ids.Count);
            return (ids, next);
        });
        Assert.Equal(grants.Select(grant => grant.Id).Order(), ended.Order());
        Assert.Empty((await world.Logins.ListOfClientAsync("cli", "tenant", null, None)).Logins);
        Assert.Single((await world.Logins.ListAsync(users[0].Key, null, None)).Logins); // the one with the other client
    }

    [Fact]
    public async Task The_logins_of_accounts_that_the_directory_has_disabled_end()
    {
        var world = NewWorld();
        var alices = new[] { await world.SignedInAsync(), await world.SignedInAsync() };
        var bobs = await world.SignedInAsync("bob");
        var directory = new Directory("alice", "carol");

        var ended = new ConcurrentBag<Login>();
        await world.Logins.EndOfGoneAsync(directory, ended.Add, None);

        Assert.All(ended, login => Assert.True(login.User.IsSameAs(Some.User())));
        Assert.Equal(alices.Select(tokens => tokens.GrantId).Order(), ended.Select(login => login.Id).Order());
        Assert.Null(await world.IntrospectAsync(alices[0].AccessToken));
        Assert.NotNull(await world.IntrospectAsync(bobs.AccessToken));
        Assert.Equal(2, directory.Asked.Distinct().Count());
        Assert.Equal(2, directory.Asked.Count);
        ended.Clear();
        await world.Logins.EndOfGoneAsync(directory, ended.Add, None);
        Assert.Empty(ended);
    }

    [Fact]
    public async Task An_unreachable_directory_ends_no_login()
    {
        var world = NewWorld();
        await world.SignedInAsync();

        await Assert.ThrowsAsync<DirectoryUnavailableException>(
            () => world.Logins.EndOfGoneAsync(new Directory("alice") { IsUnavailable = true }, _ => { }, None));

        Assert.Single(await ListAsync(world));
    }

    protected static Grant NewGrant(User user, DateTimeOffset created) => new()
    {
        Id = user.NewId(),
        MintId = Guid.NewGuid(),
        ClientId = "cli",
        User = user,
        CreatedAt = created,
        Scope = "profile",
        TagKey = "key",
        AccessTokens = [new("hash", "profile", created, created.AddHours(1))],
        PurgeAfter = created.AddHours(3),
    };

    private static async Task<List<Guid>> PagesAsync(Func<string?, Task<(IEnumerable<Guid> Ids, string? Next)>> read)
    {
        var all = new List<Guid>();
        string? after = null;
        do
        {
            var (ids, next) = await read(after);
            all.AddRange(ids);
            after = next;
        }
        while (after is not null);
        return all;
    }

    private static async Task<IReadOnlyList<Login>> ListAsync(OAuthWorld world) =>
        (await world.Logins.ListAsync(Alice, after: null, None)).Logins;

    private OAuthWorld NewWorld(Action<Client>? configure = null) => new(Devices, Store, configure);

    /// <summary>A directory in which some accounts are disabled.</summary>
    private sealed class Directory(params string[] disabled) : IUserDirectory
    {
        public bool IsUnavailable { get; init; }

        public List<string> Asked { get; } = [];

        public Task<IReadOnlyList<User>> FindGoneAsync(IReadOnlyList<User> users, CancellationToken cancellationToken)
        {
            Asked.AddRange(users.Select(user => user.Key));
            return IsUnavailable
                ? throw new DirectoryUnavailableException("The test's directory is down.")
                : Task.FromResult<IReadOnlyList<User>>([.. users.Where(user => disabled.Contains(user.DisplayName))]);
        }
    }
}
