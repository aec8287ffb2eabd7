namespace DeviceCode.Client.Tests.Service;

using System.Net;
using DeviceCode.Testing;

/// <summary>Tests logins against our own OAuth server.</summary>
public sealed class OAuthLoginTests
{
    [Fact]
    public async Task From_discovery_to_revocation()
    {
        using var service = new LiveService();
        var login = service.Login;

        var tokens = await service.RunAsync(prompt => login.LoginAsync(prompt));
        var user = await login.GetUserInfoAsync(tokens);
        var fresh = await login.RefreshAsync(tokens);
        Assert.True(await login.RevokeAsync(fresh));
        var ended = await Assert.ThrowsAsync<DeviceLoginException>(() => login.GetUserInfoAsync(fresh));
        var gone = await Assert.ThrowsAsync<DeviceLoginException>(() => login.RefreshAsync(fresh));

        Assert.Equal(("Bearer", "profile email offline_access"), (tokens.TokenType, tokens.Scope));
        Assert.NotEqual(tokens.RefreshToken, fresh.RefreshToken);
        Assert.Equal(("Alice Liddell", "alice@wonderland.example"), (user!.Name, user.Email));
        Assert.Equal((DeviceLoginFailure.SignInAgain, DeviceLoginFailure.SignInAgain), (ended.Failure, gone.Failure));
        Assert.True((await login.DiscoverAsync()).UsesPkce);
        Assert.Equal("/.well-known/oauth-authorization-server", service.Paths[0]);
    }

    [Fact]
    public async Task A_login_that_is_denied()
    {
        using var service = new LiveService(LiveService.Deny);

        var refusal = await Assert.ThrowsAsync<DeviceLoginException>(() => service.RunAsync(prompt => service.Login.LoginAsync(prompt)));

        Assert.Equal((DeviceLoginFailure.Denied, "access_denied"), (refusal.Failure, refusal.Error));
    }

    [Fact]
    public async Task A_login_that_nobody_decides()
    {
        using var service = new LiveService(LiveService.Ignore, new() { ["OAuth:Clients:0:CodeLifetime"] = "00:01:00" });

        var refusal = await Assert.ThrowsAsync<DeviceLoginException>(() => service.RunAsync(prompt => service.Login.LoginAsync(prompt)));

        Assert.Equal((DeviceLoginFailure.Expired, "expired_token"), (refusal.Failure, refusal.Error));
        Assert.DoesNotContain(DeviceLoginState.SlowDown, service.States);
    }

    [Fact]
    public async Task An_answer_that_got_lost_is_given_again()
    {
        using var service = new LiveService();
        service.LoseTheResponse();

        var tokens = await service.RunAsync(prompt => service.Login.LoginAsync(prompt));

        Assert.NotNull(await service.Login.GetUserInfoAsync(tokens));
        Assert.Equal(DeviceLoginState.Retrying, service.States[^1]);
    }

    [Fact]
    public async Task A_refresh_whose_answer_got_lost_is_given_again()
    {
        using var service = new LiveService();
        var tokens = await service.RunAsync(prompt => service.Login.LoginAsync(prompt));
        service.LoseTheResponse();

        var refreshing = service.Login.RefreshAsync(tokens);
        while (!refreshing.IsCompleted)
        {
            service.Server.Time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.WhenAny(refreshing, Task.Delay(5));
        }

        Assert.NotNull(await service.Login.GetUserInfoAsync(await refreshing));
    }

    [Fact]
    public async Task Twenty_callers_and_an_expired_token_are_one_refresh()
    {
        using var service = new LiveService();
        var store = new InMemoryTokenStore();
        await store.SaveAsync("k", await service.RunAsync(prompt => service.Login.LoginAsync(prompt)), default);
        service.Server.Time.Advance(TimeSpan.FromHours(2));
        service.Paths.Clear();

        // One instance each, as in separate processes.
        var all = await Racing.RunAsync(20, _ => new StoredTokens(service.Login, store, "k").GetAsync());

        Assert.Single(all.Select(tokens => tokens.AccessToken).Distinct());
        Assert.Single(service.Paths, "/oauth/token");
    }

    [Fact]
    public async Task A_request_with_a_revoked_token_is_sent_again_with_a_fresh_one()
    {
        using var service = new LiveService();
        var store = new InMemoryTokenStore();
        var tokens = await service.RunAsync(prompt => service.Login.LoginAsync(prompt));
        await store.SaveAsync("k", tokens, default);
        await service.Login.RevokeAsync(tokens with { RefreshToken = null });
        using var client = new HttpClient(
            new AccessTokenHandler(new StoredTokens(service.Login, store, "k"), LiveService.Address) { InnerHandler = service });

        var response = await client.GetAsync(new Uri(LiveService.Address, "/oauth/userinfo"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.NotEqual(tokens.AccessToken, (await store.LoadAsync("k", default))!.AccessToken);
    }

    [Fact]
    public async Task A_network_that_asks_for_too_many_codes_is_told_how_long_to_wait()
    {
        using var service = new LiveService(LiveService.Ignore, new() { ["DeviceCode:CodesPerAddress"] = "1" });
        await service.Login.RequestAsync();

        var refusal = await Assert.ThrowsAsync<DeviceLoginException>(() => service.Login.RequestAsync());

        Assert.Equal((DeviceLoginFailure.Network, "too_many_requests"), (refusal.Failure, refusal.Error));
        Assert.Matches(@"^Wait \d+ seconds, then try again\.$", refusal.Fix);
    }

    [Fact]
    public async Task A_client_that_nobody_knows()
    {
        using var service = new LiveService();
        var login = new DeviceLogin(
            new() { Provider = Providers.Discover(LiveService.Address), ClientId = "nobody", Transport = service.Transport });

        var refusal = await Assert.ThrowsAsync<DeviceLoginException>(() => login.RequestAsync());

        Assert.Equal((DeviceLoginFailure.Configuration, "invalid_client"), (refusal.Failure, refusal.Error));
    }
}
