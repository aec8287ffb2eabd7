namespace DeviceCode.Client.Tests.Discovery;

using System.Text.Json;

/// <summary>Tests discovery (RFC 8414, OpenID Connect Discovery).</summary>
public sealed class DiscoveryTests : IDisposable
{
    private readonly ScriptedServer _server = new();

    public void Dispose() => _server.Dispose();

    [Theory]
    [InlineData("https://as.example", "https://as.example/.well-known/oauth-authorization-server")]
    [InlineData("https://as.example/", "https://as.example/.well-known/oauth-authorization-server")]
    [InlineData("https://as.example:8443/tenant/1", "https://as.example:8443/.well-known/oauth-authorization-server/tenant/1")]
    [InlineData("https://as.example/tenant/", "https://as.example/.well-known/oauth-authorization-server/tenant")]
    [InlineData("http://localhost:7071", "http://localhost:7071/.well-known/oauth-authorization-server")]
    public async Task S3_1_the_well_known_path_is_put_before_that_of_the_issuer(string issuer, string asked)
    {
        _server.Respond(Metadata(issuer));

        var provider = await DiscoverAsync(issuer);

        Assert.Equal(asked, Assert.Single(_server.Requests).Uri.AbsoluteUri);
        Assert.Equal("GET", _server.Requests[0].Method);
        Assert.Equal(
            ("https://as.example/da", "https://as.example/token", "https://as.example/revoke", "https://as.example/me"),
            (provider.DeviceAuthorizationEndpoint!.AbsoluteUri, provider.TokenEndpoint!.AbsoluteUri,
                provider.RevocationEndpoint!.AbsoluteUri, provider.UserinfoEndpoint!.AbsoluteUri));
    }

    [Fact]
    public async Task Then_OpenID_Connects_is_put_behind_it()
    {
        _server.Respond("Not found", 404, "text/html").Respond(Metadata("https://sso.example/realms/a"));

        await DiscoverAsync("https://sso.example/realms/a");

        Assert.Equal("https://sso.example/realms/a/.well-known/openid-configuration", _server.Requests[1].Uri.AbsoluteUri);
    }

    [Fact]
    public async Task Also_when_the_first_document_has_no_device_authorization_endpoint()
    {
        _server.Respond("""
            {"issuer": "https://as.example", "token_endpoint": "https://as.example/token"}
            """).Respond(Metadata("https://as.example"));

        Assert.NotNull((await DiscoverAsync("https://as.example")).DeviceAuthorizationEndpoint);
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("https://as.example/other")]
    [InlineData("https://AS.example")]
    [InlineData("http://as.example")]
    [InlineData("https://login.microsoftonline.com/{tenantid}/v2.0")]
    public async Task S3_3_the_metadata_of_another_issuer_are_refused(string told)
    {
        _server.Respond(Metadata(told));

        var refusal = await Assert.ThrowsAsync<DeviceLoginException>(() => DiscoverAsync("https://as.example"));

        Assert.Equal(DeviceLoginFailure.Protocol, refusal.Failure);
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task Metadata_of_Microsoft_name_the_built_in_provider_in_the_terms_of_the_library()
    {
        _server.Respond(Metadata("https://login.microsoftonline.com/{tenantid}/v2.0"));

        var failure = await Assert.ThrowsAsync<DeviceLoginException>(() => DiscoverAsync("https://login.microsoftonline.com/common/v2.0"));

        Assert.Equal(
            "The metadata at login.microsoftonline.com belong to another issuer, https://login.microsoftonline.com/{tenantid}/v2.0.",
            failure.Message);
        Assert.Equal("Use the built-in provider for Microsoft, with the tenant.", failure.Fix);
    }

    [Theory]
    [InlineData("https://tenant.auth0.com", "https://tenant.auth0.com/")]
    [InlineData("https://as.example/a/", "https://as.example/a")]
    public async Task A_slash_at_the_end_makes_no_other_issuer(string given, string told)
    {
        _server.Respond(Metadata(told));

        await DiscoverAsync(given);
    }

    [Fact]
    public async Task A_server_without_the_device_grant_says_so()
    {
        _server.Respond("""{"issuer": "https://as.example", "token_endpoint": "https://as.example/token"}""").Forever();

        var refusal = await Assert.ThrowsAsync<DeviceLoginException>(() => DiscoverAsync("https://as.example"));

        Assert.Equal((DeviceLoginFailure.Configuration, "as.example does not offer device logins."), (refusal.Failure, refusal.Message));
    }

    [Fact]
    public async Task A_server_without_metadata_says_so()
    {
        _server.Respond("<html>", 404, "text/html").Respond("<html>", 200, "text/html");

        var refusal = await Assert.ThrowsAsync<DeviceLoginException>(() => DiscoverAsync("https://www.example"));

        Assert.Equal((DeviceLoginFailure.Configuration, "There is no authorization server at https://www.example/."),
            (refusal.Failure, refusal.Message));
    }

    [Fact]
    public async Task A_server_that_is_down_is_no_wrong_address()
    {
        _server.Fail(new HttpRequestException(HttpRequestError.ConnectionError)).Respond("<html>", 503, "text/html").Forever();

        foreach (var _ in new[] { 1, 2 })
        {
            Assert.Equal(DeviceLoginFailure.Network,
                (await Assert.ThrowsAsync<DeviceLoginException>(() => DiscoverAsync("https://as.example"))).Failure);
        }
    }

    [Theory]
    [InlineData("http://as.example")]
    [InlineData("ftp://as.example")]
    [InlineData("https://user:secret@as.example")]
    [InlineData("https://as.example?secret")]
    [InlineData("https://as.example#secret")]
    public async Task Plain_http_and_parts_that_no_issuer_has_are_refused(string issuer)
    {
        var refusal = await Assert.ThrowsAsync<DeviceLoginException>(() => DiscoverAsync(issuer));

        Assert.Equal(DeviceLoginFailure.Configuration, refusal.Failure);
        Assert.DoesNotContain("secret", refusal.ToString(), StringComparison.Ordinal);
        Assert.Empty(_server.Requests);
    }

    [Theory]
    [InlineData("http://as.example/token", DeviceLoginFailure.Configuration)]
    [InlineData("javascript:0", DeviceLoginFailure.Protocol)]
    public async Task And_for_the_endpoints(string token, DeviceLoginFailure failure)
    {
        _server.Respond(Metadata("https://as.example").Replace("https://as.example/token", token, StringComparison.Ordinal)).Forever();

        Assert.Equal(failure, (await Assert.ThrowsAsync<DeviceLoginException>(() => DiscoverAsync("https://as.example"))).Failure);
    }

    [Fact]
    public async Task And_for_endpoints_that_are_given()
    {
        var options = new DeviceLoginOptions
        {
            Provider = ScriptedServer.Provider with
            {
                DeviceAuthorizationEndpoint = new Uri(
            "http://as.example/da")
            },
            Transport = _server.Transport
        };

        Assert.Equal(DeviceLoginFailure.Configuration, (await _server.FailingLoginAsync(options: options)).Failure);
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task Redirects_are_not_followed()
    {
        _server.Respond("", 301, "text/html", ("Location", "https://evil.example/metadata")).Forever();

        var refusal = await Assert.ThrowsAsync<DeviceLoginException>(() => DiscoverAsync("https://as.example"));

        Assert.Equal(
            (DeviceLoginFailure.Configuration,
                "as.example redirects the request to evil.example. Redirects are not followed, because the request contains secrets."),
                (refusal.Failure, refusal.Message));
        Assert.All(_server.Requests, request => Assert.Equal("as.example", request.Uri.Host));
    }

    [Fact]
    public async Task What_is_given_goes_before_what_is_found_and_nothing_is_asked_for_twice()
    {
        _server.Respond(Metadata("https://as.example"));
        var login = new DeviceLogin(new()
        {
            Provider = Providers.Discover(new Uri("https://as.example")) with { TokenEndpoint = new Uri("https://other.example/token") },
            Transport = _server.Transport,
        });

        var provider = await _server.RunAsync(() => login.DiscoverAsync());

        Assert.Same(provider, await login.DiscoverAsync());
        Assert.Equal("https://other.example/token", provider.TokenEndpoint!.AbsoluteUri);
    }

    [Fact]
    public async Task A_provider_without_issuer_and_endpoints_is_a_mistake()
    {
        var login = new DeviceLogin(new() { Provider = new() { Name = "Nothing" }, Transport = _server.Transport });

        Assert.Equal(
            DeviceLoginFailure.Configuration, (await Assert.ThrowsAsync<DeviceLoginException>(() => login.RequestAsync())).Failure);
    }

    [Theory]
    [InlineData(
        "\"code_challenge_methods_supported\": [\"S256\"], \"grant_types_supported\": [\"urn:ietf:params:oauth:grant-type:device_code\"]",
        true)]
    [InlineData("\"code_challenge_methods_supported\": [\"S256\"], \"grant_types_supported\": [\"authorization_code\"]", false)]
    [InlineData("\"code_challenge_methods_supported\": [\"S256\"]", false)]
    [InlineData("\"grant_types_supported\": [\"urn:ietf:params:oauth:grant-type:device_code\"]", false)]
    public async Task PKCE_is_used_where_it_can_only_be_meant_for_the_device_grant(string more, bool used)
    {
        _server.Respond(Metadata("https://as.example", more));

        Assert.Equal(used, (await DiscoverAsync("https://as.example")).UsesPkce);
    }

    [Theory]
    [InlineData("\"token_endpoint_auth_methods_supported\": [\"client_secret_post\"]", ClientAuthentication.Post)]
    [InlineData("\"token_endpoint_auth_methods_supported\": [\"client_secret_post\", \"client_secret_basic\"]", ClientAuthentication.Basic)]
    [InlineData("\"x\": 1", ClientAuthentication.Basic)]
    public async Task A_secret_is_sent_as_the_metadata_say(string more, ClientAuthentication authentication)
    {
        _server.Respond(Metadata("https://as.example", more));

        Assert.Equal(authentication, (await DiscoverAsync("https://as.example")).ClientAuthentication);
    }

    [Fact]
    public void The_issuers_of_Auth0_Okta_and_Keycloak()
    {
        Assert.Equal("https://example.eu.auth0.com/", Providers.Auth0("example.eu.auth0.com").Issuer!.AbsoluteUri);
        Assert.Equal("https://example.okta.com/oauth2/default", Providers.Okta("example.okta.com").Issuer!.AbsoluteUri);
        Assert.Equal("https://example.okta.com/", Providers.Okta("example.okta.com", null).Issuer!.AbsoluteUri);
        Assert.Equal("https://sso.example.com/auth/realms/my%20realm",
            Providers.Keycloak(new Uri("https://sso.example.com/auth/"), "my realm").Issuer!.AbsoluteUri);
    }

    [Fact]
    public void A_provider_survives_being_written_and_read()
    {
        var json = JsonSerializer.Serialize(Providers.Google, ClientJson.Default.Provider);

        Assert.Contains("\"device_authorization_endpoint\":\"https://oauth2.googleapis.com/device/code\"", json, StringComparison.Ordinal);
        Assert.Contains("\"client_authentication\":\"Post\"", json, StringComparison.Ordinal);
        Assert.Equal(Providers.Google, JsonSerializer.Deserialize(json, ClientJson.Default.Provider));
    }

    private Task<Provider> DiscoverAsync(string issuer) => _server.RunAsync(() =>
        new DeviceLogin(new() { Provider = Providers.Discover(new Uri(issuer)), Transport = _server.Transport }).DiscoverAsync());

    private static string Metadata(string issuer, string? more = null) => $$"""
        {"issuer": "{{issuer}}", "device_authorization_endpoint": "https://as.example/da", "token_endpoint": "https://as.example/token",
         "revocation_endpoint": "https://as.example/revoke", "userinfo_endpoint": "https://as.example/me"
         {{(more is null ? "" : $", {more}")}}}
        """;
}
