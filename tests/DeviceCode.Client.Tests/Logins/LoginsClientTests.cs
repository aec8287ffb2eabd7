namespace DeviceCode.Client.Tests.Logins;

using DeviceCode.Client.Tests.Broker;

public sealed class LoginsClientTests
{
    private const string Id = "5f0c7a52-9d0e-4c55-8a55-2f6d1f2f7f10";

    private const string First = """
        {"id": "5f0c7a52-9d0e-4c55-8a55-2f6d1f2f7f10", "client_id": "cli", "client_name": "Example \u001b[31mCLI",
        "scope": "profile logins", "created_at": "2026-11-21T12:00:00Z", "created_from": {"ip": "192.0.2.1", "user_agent": "cli/1.0"},
        "last_used_at": "2026-11-22T12:00:00Z", "last_used_from": {"ip": "192.0.2.2"},
        "expires_at": "2027-02-19T12:00:00Z", "current": true}
        """;

    private const string Other = """
        {"id": "a3a1c2ce-40c3-4f8e-9a5f-4fd2a3f90d5e", "client_id": "ci", "created_at": "2026-11-20T12:00:00Z"}
        """;

    [Fact]
    public async Task The_logins_of_all_pages_are_listed_with_their_clients_and_origins()
    {
        using var server = new ScriptedServer()
            .Respond($$"""{"logins": [{{First}}], "next": "a/b?c"}""")
            .Respond($$"""{"logins": [{{Other}}]}""");

        var logins = await server.Client().ListAsync().ToListAsync();

        Assert.Equal(["GET /auth/device/logins", "GET /auth/device/logins?after=a%2Fb%3Fc"], server.Lines());
        Assert.All(server.Requests,
            request => Assert.Contains("Authorization: Bearer at-user-secret", request.Headers, StringComparison.Ordinal));
        Assert.Equal(2, logins.Count);
        Assert.Equal(
            new ActiveLogin(Id, "cli")
            {
                ClientName = "Example [31mCLI",
                Scope = "profile logins",
                CreatedAt = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero),
                CreatedFrom = new("192.0.2.1", "cli/1.0"),
                LastUsedAt = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero),
                LastUsedFrom = new("192.0.2.2", null),
                ExpiresAt = new(2027, 2, 19, 12, 0, 0, TimeSpan.Zero),
                IsCurrent = true,
            },
            logins[0]);
        Assert.Equal(
            new ActiveLogin("a3a1c2ce-40c3-4f8e-9a5f-4fd2a3f90d5e", "ci") { CreatedAt = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero) },
            logins[1]);
    }

    [Fact]
    public async Task Only_the_pages_that_are_needed_are_requested()
    {
        using var server = new ScriptedServer().Respond($$"""{"logins": [{{First}}], "next": "more"}""").Forever();

        Assert.Equal(Id, (await server.Client().ListAsync().FirstAsync()).Id);
        Assert.Single(server.Requests);

        var failure = await Assert.ThrowsAsync<DeviceLoginException>(async () => await server.Client().ListAsync().CountAsync());
        Assert.Equal(DeviceLoginFailure.Protocol, failure.Failure);
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task One_all_or_all_others_are_ended()
    {
        using var server = new ScriptedServer().Respond("""{"ended": 1}""").Respond("""{"ended": 7}""").Respond("""{"ended": 6}""");

        await server.Client().EndAsync(Id.ToUpperInvariant());
        Assert.Equal(7, await server.Client().EndAllAsync());
        Assert.Equal(6, await server.Client().EndAllAsync(exceptCurrent: true));

        Assert.Equal(
            [$"DELETE /auth/device/logins/{Id}", "DELETE /auth/device/logins", "DELETE /auth/device/logins?except=current"],
            server.Lines());
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("x?except=current")]
    [InlineData("5f0c7a529d0e4c558a552f6d1f2f7f10")]
    public async Task No_other_resource_is_deleted_by_an_invalid_id(string id)
    {
        using var server = new ScriptedServer().Respond("{}");

        var failure = await Assert.ThrowsAsync<DeviceLoginException>(() => server.Client().EndAsync(id));

        Assert.Equal(DeviceLoginFailure.Configuration, failure.Failure);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_rejected_access_token_is_refreshed_once()
    {
        using var server = new ScriptedServer()
            .Respond("""{"error": "unauthorized"}""", 401)
            .Respond(ScriptedServer.Tokens.Replace("at-1", "at-2", StringComparison.Ordinal))
            .Respond("""{"ended": 2}""");
        var store = new InMemoryTokenStore();
        await store.SaveAsync("key", new TokenSet { AccessToken = "at-1", RefreshToken = "rt-1" }, CancellationToken.None);
        var tokens = new StoredTokens(new DeviceLogin(server.Options), store, "key");

        Assert.Equal(2, await new LoginsClient(BrokerScript.Service, tokens, server.Transport).EndAllAsync());

        Assert.Equal(3, server.Requests.Count);
        Assert.Contains("Authorization: Bearer at-1", server.Requests[0].Headers, StringComparison.Ordinal);
        Assert.Contains("Authorization: Bearer at-2", server.Requests[2].Headers, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, "unauthorized", DeviceLoginFailure.SignInAgain, "login.example.com no longer accepts the access token.")]
    [InlineData(403, "insufficient_scope", DeviceLoginFailure.Configuration, "The access token does not include the scope \"logins\".")]
    [InlineData(
        404, "not_found", DeviceLoginFailure.Configuration, "You have no login with this id at login.example.com. It may have ended.")]
    [InlineData(503, "temporarily_unavailable", DeviceLoginFailure.Network, "login.example.com is unavailable (HTTP 503).")]
    public async Task Every_error_says_what_is_wrong(int status, string error, DeviceLoginFailure expected, string message)
    {
        using var server = new ScriptedServer().Error(error, status);

        var failure = await Assert.ThrowsAsync<DeviceLoginException>(() => server.Client().EndAsync(Id));

        Assert.Equal((expected, message, error, status), (failure.Failure, failure.Message, failure.Error, failure.Status));
        Assert.NotEmpty(failure.Fix!);
    }

    [Fact]
    public async Task A_server_without_the_list_is_named()
    {
        using var server = new ScriptedServer().Respond("<html>", 404, "text/html");

        var failure = await Assert.ThrowsAsync<DeviceLoginException>(async () => await server.Client().ListAsync().CountAsync());

        Assert.Equal("login.example.com has no list of logins at the requested URL.", failure.Message);
    }

    [Theory]
    [InlineData("""{"logins": [{"client_id": "cli"}]}""")]
    [InlineData("""{"logins": ["x"]}""")]
    public async Task An_entry_without_an_id_is_not_skipped(string json)
    {
        using var server = new ScriptedServer().Respond(json);

        var failure = await Assert.ThrowsAsync<DeviceLoginException>(async () => await server.Client().ListAsync().CountAsync());

        Assert.Equal(DeviceLoginFailure.Protocol, failure.Failure);
    }
}

file static class LoginsScript
{
    public static LoginsClient Client(this ScriptedServer server) =>
        new(BrokerScript.Service, _ => Task.FromResult("at-user-secret"), server.Transport);
}
