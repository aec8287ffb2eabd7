namespace DeviceCode.Client.Tests.Tokens;

using DeviceCode.Testing;

public sealed class StoredTokensTests : IDisposable
{
    private const string Fresh = """{"access_token": "at-2", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "rt-2"}""";

    private readonly ScriptedServer _server = new();
    private readonly InMemoryTokenStore _store = new();

    private StoredTokens Tokens => new(new DeviceLogin(_server.Options), _store, "k");

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task Tokens_that_are_good_for_more_than_a_minute_are_given_as_they_are()
    {
        var tokens = await StoreAsync(61);

        Assert.Same(tokens, await Tokens.GetAsync());
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task Tokens_without_an_end_are_given_as_they_are()
    {
        var tokens = await StoreAsync(null);
        _server.Time.Advance(TimeSpan.FromDays(1000));

        Assert.Same(tokens, await Tokens.GetAsync());
    }

    [Fact]
    public async Task Others_are_refreshed_and_stored_before_they_are_given()
    {
        await StoreAsync(60);
        _server.Respond(Fresh);

        var tokens = await Tokens.GetAsync();

        Assert.Equal(("at-2", "rt-2", "profile"), (tokens.AccessToken, tokens.RefreshToken, tokens.Scope));
        Assert.Same(tokens, await _store.LoadAsync("k", default));
        Assert.Equal("rt-1", _server.Requests[0].Form["refresh_token"]);
        Assert.Equal("cli", _server.Requests[0].Form["client_id"]);
    }

    [Fact]
    public async Task A_server_that_does_not_rotate_leaves_the_refresh_token_as_it_is()
    {
        await StoreAsync(0);
        _server.Respond("""{"access_token": "at-2", "expires_in": 3600}""");

        Assert.Equal("rt-1", (await Tokens.GetAsync()).RefreshToken);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("null")]
    public async Task A_lifetime_that_is_none_is_replaced_by_an_hour(string expiresIn)
    {
        await StoreAsync(0);
        _server.Respond($$"""{"access_token": "at-2", "token_type": "a b", "expires_in": {{expiresIn}}}""");

        var tokens = await Tokens.GetAsync();

        Assert.Equal(("Bearer", _server.Time.GetUtcNow().AddHours(1)), (tokens.TokenType, tokens.ExpiresAt));
    }

    [Fact]
    public async Task A_long_scope_is_kept_whole()
    {
        var scope = string.Join(' ', Enumerable.Range(0, 100).Select(i => $"https://www.googleapis.com/auth/scope{i}"));
        await StoreAsync(0);
        _server.Respond($$"""{"access_token": "at-2", "scope": "{{scope}}"}""");

        Assert.Equal(scope, (await Tokens.GetAsync()).Scope);
    }

    [Fact]
    public async Task Twenty_at_once_make_one_refresh()
    {
        await StoreAsync(0);
        _server.Respond(Fresh);

        var all = await Racing.RunAsync(20, _ => Tokens.GetAsync());

        Assert.All(all, tokens => Assert.Equal("at-2", tokens.AccessToken));
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task Twenty_that_were_refused_the_same_token_make_one_refresh()
    {
        await StoreAsync(3600);
        _server.Respond(Fresh);

        var all = await Racing.RunAsync(20, _ => Tokens.RefreshAsync("at-1"));

        Assert.All(all, tokens => Assert.Equal("at-2", tokens.AccessToken));
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task A_new_refresh_token_that_cannot_be_stored_is_no_success()
    {
        await StoreAsync(0);
        _server.Respond(Fresh);

        await Assert.ThrowsAsync<IOException>(
            () => new StoredTokens(new DeviceLogin(_server.Options), new FullStore(_store), "k").GetAsync());
    }

    [Theory]
    [InlineData("invalid_grant")]
    [InlineData("expired_token")]
    [InlineData("access_denied")]
    [InlineData("interaction_required")]
    public async Task A_refresh_token_that_is_good_no_more_means_to_sign_in_again(string error)
    {
        var stored = await StoreAsync(0);
        _server.Error(error, 400, "\"error_description\": \"rt-1 is revoked\"");

        var refusal = await Assert.ThrowsAsync<DeviceLoginException>(() => Tokens.GetAsync());

        Assert.Equal(
            (DeviceLoginFailure.SignInAgain, error, "**** is revoked"), (refusal.Failure, refusal.Error, refusal.ErrorDescription));
        Assert.DoesNotContain("rt-1", refusal.ToString(), StringComparison.Ordinal);
        Assert.Same(stored, await _store.LoadAsync("k", default));
    }

    [Fact]
    public async Task A_mistake_in_the_configuration_does_not_mean_to_sign_in_again()
    {
        await StoreAsync(0);
        _server.Error("invalid_client", 401);

        Assert.Equal(DeviceLoginFailure.Configuration, (await Assert.ThrowsAsync<DeviceLoginException>(() => Tokens.GetAsync())).Failure);
    }

    [Fact]
    public async Task Without_a_refresh_token_the_end_is_the_end()
    {
        await _store.SaveAsync("k", new TokenSet { AccessToken = "at-1", ExpiresAt = _server.Time.GetUtcNow() }, default);

        Assert.Equal(DeviceLoginFailure.SignInAgain, (await Assert.ThrowsAsync<DeviceLoginException>(() => Tokens.GetAsync())).Failure);
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task Without_tokens_somebody_must_sign_in_first()
    {
        var refusal = await Assert.ThrowsAsync<DeviceLoginException>(() => Tokens.GetAsync());

        Assert.Equal((DeviceLoginFailure.SignInAgain, "Not signed in to Example."), (refusal.Failure, refusal.Message));
    }

    [Fact]
    public async Task A_lost_answer_is_asked_for_again_at_once()
    {
        await StoreAsync(0);
        _server.Fail(new HttpRequestException(HttpRequestError.ResponseEnded)).Respond("<html>", 502, "text/html").Respond(Fresh);

        Assert.Equal("at-2", (await _server.RunAsync(() => Tokens.GetAsync())).AccessToken);
        Assert.Equal([0, 1.5, 4.5], _server.Requests.Select(request => request.At));
        Assert.All(_server.Requests, request => Assert.Equal("rt-1", request.Form["refresh_token"]));
    }

    [Fact]
    public async Task An_outage_keeps_the_tokens_for_later()
    {
        var stored = await StoreAsync(0);
        _server.Fail(new HttpRequestException(HttpRequestError.ConnectionError)).Forever();

        var refusal = await Assert.ThrowsAsync<DeviceLoginException>(() => _server.RunAsync(() => Tokens.GetAsync()));

        Assert.Equal(DeviceLoginFailure.Network, refusal.Failure);
        Assert.Equal(3, _server.Requests.Count);
        Assert.Same(stored, await _store.LoadAsync("k", default));
    }

    [Fact]
    public async Task An_outage_does_not_matter_while_the_token_has_some_seconds_left()
    {
        var stored = await StoreAsync(30);
        _server.Fail(new HttpRequestException(HttpRequestError.ConnectionError)).Forever();

        Assert.Same(stored, await _server.RunAsync(() => Tokens.GetAsync()));
    }

    [Fact]
    public async Task A_server_that_asks_to_wait_is_not_asked_again()
    {
        await StoreAsync(0);
        _server.Respond("{}", 429, "application/json", ("Retry-After", "7"));

        var refusal = await Assert.ThrowsAsync<DeviceLoginException>(() => Tokens.GetAsync());

        Assert.Equal((DeviceLoginFailure.Network, "Wait 7 seconds, then try again."), (refusal.Failure, refusal.Fix));
    }

    [Fact]
    public async Task A_refused_token_is_not_given_again_in_an_outage()
    {
        await StoreAsync(3600);
        _server.Fail(new HttpRequestException(HttpRequestError.ConnectionError)).Forever();

        await Assert.ThrowsAsync<DeviceLoginException>(() => _server.RunAsync(() => Tokens.RefreshAsync("at-1")));
    }

    [Fact]
    public async Task Who_gives_up_waiting_does_not_lose_the_refresh_that_is_under_way()
    {
        await StoreAsync(0);
        using var cancellation = new CancellationTokenSource();
        var answer = new TaskCompletionSource<HttpResponseMessage>();
        _server.Then(_ => answer.Task);

        var waiting = Tokens.GetAsync(cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        answer.SetResult(ScriptedServer.Response(Fresh));

        Assert.Equal("at-2", (await Tokens.GetAsync()).AccessToken);
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task Signing_out_revokes_and_forgets()
    {
        await StoreAsync(3600);
        _server.Respond("").Respond("");

        Assert.True(await Tokens.SignOutAsync());

        Assert.Equal(["rt-1", "at-1"], _server.Requests.Select(request => request.Form["token"]));
        Assert.Null(await _store.LoadAsync("k", default));
        Assert.False(await Tokens.SignOutAsync());
    }

    [Fact]
    public async Task Signing_out_forgets_even_when_the_server_does_not_answer()
    {
        await StoreAsync(3600);
        _server.Fail(new HttpRequestException(HttpRequestError.ConnectionError));

        await Assert.ThrowsAsync<DeviceLoginException>(() => Tokens.SignOutAsync());

        Assert.Null(await _store.LoadAsync("k", default));
    }

    [Theory]
    [InlineData("unsupported_token_type", "unsupported_token_type", false)]
    [InlineData("invalid_token", "unsupported_token_type", true)]
    public async Task What_is_revoked_already_or_cannot_be_is_no_failure(string first, string second, bool revoked)
    {
        await StoreAsync(3600);
        _server.Error(first).Error(second);

        Assert.Equal(revoked, await Tokens.SignOutAsync());
    }

    [Fact]
    public async Task Where_nothing_can_be_revoked_signing_out_says_so()
    {
        await StoreAsync(3600);
        var login = new DeviceLogin(
            new() { Provider = ScriptedServer.Provider with { RevocationEndpoint = null }, Transport = _server.Transport });

        Assert.False(await new StoredTokens(login, _store, "k").SignOutAsync());
        Assert.Null(await _store.LoadAsync("k", default));
    }

    [Fact]
    public void No_text_form_shows_a_token()
    {
        var tokens = new TokenSet { AccessToken = "at-1", RefreshToken = "rt-1", IdToken = "id-1", Scope = "profile" };

        Assert.Equal("TokenSet { TokenType = Bearer, ExpiresAt = , Scope = profile, tokens = **** }", tokens.ToString());
    }

    [Fact]
    public void Tokens_survive_being_written_and_read()
    {
        var tokens = new TokenSet
        {
            AccessToken = "at-1",
            RefreshToken = "rt-1",
            IdToken = "id-1",
            Scope = "profile",
            ExpiresAt = DateTimeOffset.UnixEpoch
        };
        var json = System.Text.Json.JsonSerializer.Serialize(tokens, ClientJson.Default.TokenSet);

        Assert.Equal(
            """{"access_token":"at-1","token_type":"Bearer","expires_at":"1970-01-01T00:00:00+00:00","""
                + """ "refresh_token":"rt-1","scope":"profile","id_token":"id-1"}""".TrimStart(),
            json);
        Assert.Equal(tokens, System.Text.Json.JsonSerializer.Deserialize(json, ClientJson.Default.TokenSet));
    }

    [Theory]
    [InlineData(1200, 1200)]
    [InlineData(null, 3600)]
    public async Task A_refresh_without_a_lifetime_keeps_the_last_known_one(int? known, int expected)
    {
        TimeSpan? lifetime = known is { } last ? TimeSpan.FromSeconds(last) : null;
        await _store.SaveAsync("k", (await StoreAsync(0)) with { Lifetime = lifetime }, default);
        _server.Respond("""{"access_token": "at-2", "token_type": "Bearer"}""").Respond("""{"access_token": "at-3"}""");

        var tokens = await Tokens.GetAsync();

        Assert.Equal(TimeSpan.FromSeconds(expected), tokens.ExpiresAt - _server.Time.GetUtcNow());
        _server.Time.Advance(TimeSpan.FromSeconds(expected));
        Assert.Equal("at-3", (await Tokens.GetAsync()).AccessToken);
    }

    [Fact]
    public async Task Tokens_that_never_expired_still_do_not()
    {
        await StoreAsync(null);
        _server.Respond("""{"access_token": "at-2"}""");

        Assert.Null((await Tokens.RefreshAsync()).ExpiresAt);
    }

    [Fact]
    public async Task The_lifetime_that_a_server_sends_is_remembered()
    {
        await StoreAsync(0);
        _server.Respond("""{"access_token": "at-2", "expires_in": 300}""").Respond("""{"access_token": "at-3"}""");

        await Tokens.GetAsync();
        _server.Time.Advance(TimeSpan.FromSeconds(300));

        Assert.Equal(TimeSpan.FromSeconds(300), (await Tokens.GetAsync()).ExpiresAt - _server.Time.GetUtcNow());
    }

    [Fact]
    public async Task Who_signed_in_is_asked_again_with_a_new_token_when_the_old_one_is_rejected()
    {
        await StoreAsync(3600);
        _server.Respond("{}", 401).Respond(Fresh).Respond("""{"sub": "alice"}""");

        Assert.Equal("alice", (await Tokens.GetUserInfoAsync())!.Subject);
        Assert.Equal("at-2", (await _store.LoadAsync("k", default))!.AccessToken);
    }

    [Fact]
    public async Task But_only_once()
    {
        await StoreAsync(3600);
        _server.Respond("{}", 401).Respond(Fresh).Respond("{}", 401);

        var failure = await Assert.ThrowsAsync<DeviceLoginException>(() => Tokens.GetUserInfoAsync());

        Assert.Equal((DeviceLoginFailure.SignInAgain, 3), (failure.Failure, _server.Requests.Count));
    }

    [Fact]
    public async Task A_store_that_is_full_is_noticed_before_the_refresh_token_is_used_up()
    {
        await StoreAsync(0);
        var tokens = new StoredTokens(new DeviceLogin(_server.Options), new FullStore(_store), "k");

        await Assert.ThrowsAsync<IOException>(() => tokens.GetAsync());

        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task While_the_access_token_is_valid_a_full_store_does_not_matter()
    {
        await StoreAsync(30);
        var tokens = new StoredTokens(new DeviceLogin(_server.Options), new FullStore(_store), "k");

        Assert.Equal("at-1", (await tokens.GetAsync()).AccessToken);
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task Tokens_that_cannot_be_stored_after_all_are_returned_and_stored_as_soon_as_possible()
    {
        await StoreAsync(0);
        _server.Respond(Fresh);
        var store = new FullStore(_store) { ProvesThatItWorks = true };
        var failures = new List<Exception>();
        var tokens = new StoredTokens(new DeviceLogin(_server.Options), store, "k") { OnNotStored = failures.Add };

        Assert.Equal("at-2", (await tokens.GetAsync()).AccessToken);
        Assert.Equal("at-2", (await tokens.GetAsync()).AccessToken);
        Assert.Equal("at-1", (await _store.LoadAsync("k", default))!.AccessToken);
        Assert.Equal(2, failures.Count);

        store.IsFull = false;
        Assert.Equal("at-2", (await tokens.GetAsync()).AccessToken);
        Assert.Equal("at-2", (await _store.LoadAsync("k", default))!.AccessToken);
        Assert.Equal(2, failures.Count);
        Assert.Single(_server.Requests);
    }

    private async Task<TokenSet> StoreAsync(int? seconds)
    {
        var tokens = new TokenSet
        {
            AccessToken = "at-1",
            RefreshToken = "rt-1",
            Scope = "profile",
            ExpiresAt = seconds is { } left
            ? _server.Time.GetUtcNow().AddSeconds(left) : null
        };
        await _store.SaveAsync("k", tokens, default);
        return tokens;
    }

    private sealed class FullStore(ITokenStore store) : ITokenStore
    {
        public bool IsFull { get; set; } = true;

        public bool ProvesThatItWorks { get; init; }

        public Task ProveAsync(string key, TokenSet current, CancellationToken cancellationToken) =>
            ProvesThatItWorks ? Task.CompletedTask : SaveAsync(key, current, cancellationToken);

        public Task<TokenSet?> LoadAsync(string key, CancellationToken cancellationToken) => store.LoadAsync(key, cancellationToken);

        public Task SaveAsync(string key, TokenSet tokens, CancellationToken cancellationToken) =>
            IsFull ? throw new IOException("The disk is full.") : store.SaveAsync(key, tokens, cancellationToken);

        public Task DeleteAsync(string key, CancellationToken cancellationToken) => store.DeleteAsync(key, cancellationToken);

        public Task<IAsyncDisposable> LockAsync(string key, CancellationToken cancellationToken) => store.LockAsync(key, cancellationToken);
    }
}
