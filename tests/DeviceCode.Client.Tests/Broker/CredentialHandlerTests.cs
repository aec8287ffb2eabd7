namespace DeviceCode.Client.Tests.Broker;

using System.Net;

public sealed class CredentialHandlerTests : IDisposable
{
    private const string Other = "gho_secret-access-token-2";

    private static readonly string OtherJson = BrokerScript.TokenJson.Replace(BrokerScript.AccessToken, Other, StringComparison.Ordinal);

    private readonly ScriptedServer _broker = new();
    private readonly ScriptedServer _api = new();
    private readonly HttpClient _client;

    public CredentialHandlerTests() => _client = new HttpClient(
        new CredentialHandler(_broker.ForUser(), "github", new Uri("https://api.github.com")) { InnerHandler = _api });

    public void Dispose()
    {
        _client.Dispose();
        _broker.Dispose();
    }

    [Fact]
    public async Task Requests_to_the_origin_get_the_token_and_others_do_not()
    {
        _broker.Respond(BrokerScript.TokenJson);
        _api.Respond("{}").Forever();

        await _client.GetAsync("https://api.github.com/user");
        await _client.GetAsync("https://api.github.com.evil.example/user");
        await _client.SendAsync(
            new HttpRequestMessage(HttpMethod.Get, "https://api.github.com/") { Headers = { Authorization = new("Basic", "x") } });

        Assert.Equal([BrokerScript.AccessToken, null, null], Tokens());
    }

    [Fact]
    public async Task The_token_is_kept_until_a_minute_before_it_expires()
    {
        _broker.Respond(BrokerScript.TokenJson).Respond(OtherJson);
        _api.Respond("{}").Forever();

        await _client.GetAsync("https://api.github.com/user");
        _broker.Time.Advance(TimeSpan.FromMinutes(58));
        await _client.GetAsync("https://api.github.com/user");
        _broker.Time.Advance(TimeSpan.FromMinutes(1));
        await _client.GetAsync("https://api.github.com/user");

        Assert.Equal([BrokerScript.AccessToken, BrokerScript.AccessToken, Other], Tokens());
        Assert.Equal(["GET /creds/github?minimum_seconds=60", "GET /creds/github?minimum_seconds=60"], _broker.Lines());
    }

    [Fact]
    public async Task A_token_that_the_API_rejects_is_refused_once_and_the_request_sent_again()
    {
        _broker.Respond(BrokerScript.TokenJson).Respond(OtherJson);
        _api.Respond("{}", 401).Respond("{}").Respond("{}");

        var response = await _client.PostAsync("https://api.github.com/user", new StringContent("x"));
        await _client.GetAsync("https://api.github.com/user");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal([BrokerScript.AccessToken, Other, Other], Tokens());
        Assert.Equal(["GET /creds/github?minimum_seconds=60", "POST /creds/github/refresh"], _broker.Lines());
        Assert.Contains(BrokerScript.AccessToken, _broker.Requests[1].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_API_that_rejects_every_token_has_the_last_word()
    {
        _broker.Respond(BrokerScript.TokenJson).Respond(OtherJson).Error("too_many_requests", 429);
        _api.Respond("{}", 401).Forever();

        Assert.Equal(HttpStatusCode.Unauthorized, (await _client.GetAsync("https://api.github.com/user")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await _client.GetAsync("https://api.github.com/user")).StatusCode);

        Assert.Equal([BrokerScript.AccessToken, Other, Other], Tokens());
    }

    [Fact]
    public async Task A_content_that_cannot_be_sent_again_is_not()
    {
        _broker.Respond(BrokerScript.TokenJson);
        _api.Respond("{}", 401);

        var response = await _client.PostAsync("https://api.github.com/user", new StreamContent(new MemoryStream([1])));

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Single(_broker.Requests);
    }

    [Fact]
    public async Task A_credential_that_waits_for_its_approval_fails_until_then()
    {
        _broker.StillPending().Respond(BrokerScript.TokenJson);
        _api.Respond("{}");

        var failure = await CredentialClientTests.FailAsync(() => _client.GetAsync("https://api.github.com/user"));
        await _client.GetAsync("https://api.github.com/user");

        Assert.Equal((DeviceLoginFailure.Network, "authorization_pending"), (failure.Failure, failure.Error));
        Assert.Single(_api.Requests);
    }

    [Fact]
    public async Task A_credential_that_has_ended_fails_with_the_reason()
    {
        _broker.Respond(BrokerScript.TokenJson).Error("invalid_grant", 410);
        _api.Respond("{}", 401);

        var failure = await CredentialClientTests.FailAsync(() => _client.GetAsync("https://api.github.com/user"));

        Assert.Equal(DeviceLoginFailure.SignInAgain, failure.Failure);
    }

    [Fact]
    public void Synchronous_requests_and_origins_without_https_are_rejected()
    {
        Assert.Throws<NotSupportedException>(() => _client.Send(new HttpRequestMessage(HttpMethod.Get, "https://api.github.com")));
        Assert.Throws<DeviceLoginException>(() => new CredentialHandler(_broker.ForUser(), "github", new Uri("http://api.github.com")));
        Assert.Empty(_api.Requests);
    }

    private IEnumerable<string?> Tokens() => _api.Requests.Select(request =>
        request.Headers.Split("Bearer ") is [_, var token] ? token.Split('\r', '\n')[0] : null);
}
