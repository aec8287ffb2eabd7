namespace DeviceCode.Client.Tests.Login;

using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

public sealed class AuthorizationCodeLoginTests : IDisposable
{
    private static readonly Uri Redirect = new("https://broker.example/device?flow=callback");

    private readonly ScriptedServer _server = new();

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task The_page_gets_the_parameters_of_the_grant_with_PKCE_and_a_state()
    {
        var login = LoginAt(
            ScriptedServer.Provider with { AuthorizationEndpoint = new Uri("https://as.example/authorize?tenant=a%20b") },
            parameters: new() { ["prompt"] = "consent" });
        var request = await login.RequestAsync(Redirect);

        var query = QueryHelpers.ParseQuery(request.AuthorizationUri.Query).ToDictionary(pair => pair.Key, pair => $"{pair.Value}");
        var challenge = WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(request.CodeVerifier)));
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["tenant"] = "a b",
                ["prompt"] = "consent",
                ["response_type"] = "code",
                ["client_id"] = "cli",
                ["redirect_uri"] = Redirect.OriginalString,
                ["state"] = request.State,
                ["code_challenge"] = challenge,
                ["code_challenge_method"] = "S256",
                ["scope"] = "profile email",
            },
            query);
        Assert.True(request.State.Length >= 43 && request.CodeVerifier.Length >= 43);
        Assert.NotEqual(request.State, (await login.RequestAsync(Redirect)).State);
    }

    [Fact]
    public async Task Another_process_exchanges_the_code_in_one_request()
    {
        var request = await LoginAt(Known).RequestAsync(Redirect);
        var json = JsonSerializer.Serialize(request, ClientJson.Default.AuthorizationRequest);
        _server.Respond(ScriptedServer.Tokens);

        var tokens = await LoginAt(Known).RedeemAsync(
            JsonSerializer.Deserialize(json, ClientJson.Default.AuthorizationRequest)!,
            new AuthorizationResponse { State = request.State, Code = "code-1" });

        Assert.Equal("at-1", tokens.AccessToken);
        var form = Assert.Single(_server.Requests).Form;
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["grant_type"] = "authorization_code",
                ["code"] = "code-1",
                ["redirect_uri"] = Redirect.OriginalString,
                ["code_verifier"] = request.CodeVerifier,
                ["client_id"] = "cli",
            },
            form);
    }

    [Theory]
    [InlineData(false, null, true)]
    [InlineData(false, "https://as.example", true)]
    [InlineData(false, "https://as.example/", true)]
    [InlineData(false, "https://evil.example", false)]
    [InlineData(true, null, false)]
    [InlineData(true, "https://as.example", true)]
    public async Task The_issuer_is_checked(bool announced, string? issuer, bool isAccepted)
    {
        var login = LoginAt(Known with { Issuer = new Uri("https://as.example"), AuthorizationResponseNamesIssuer = announced });
        var request = await login.RequestAsync(Redirect);
        _server.Respond(ScriptedServer.Tokens);
        var response = new AuthorizationResponse { State = request.State, Code = "code-1", Issuer = issuer };

        if (isAccepted)
        {
            await login.RedeemAsync(request, response);
        }
        else
        {
            var failed = await Assert.ThrowsAsync<DeviceLoginException>(() => login.RedeemAsync(request, response));
            Assert.Equal(DeviceLoginFailure.InvalidCode, failed.Failure);
            Assert.Empty(_server.Requests);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("another")]
    public async Task The_state_of_another_login_is_rejected(string? state)
    {
        var login = LoginAt(Known);
        var request = await login.RequestAsync(Redirect);
        var failed = await Assert.ThrowsAsync<DeviceLoginException>(
            () => login.RedeemAsync(request, new AuthorizationResponse { State = state, Code = "code-1" }));
        Assert.Equal(DeviceLoginFailure.InvalidCode, failed.Failure);
        Assert.Empty(_server.Requests);
    }

    [Theory]
    [InlineData("access_denied", DeviceLoginFailure.Denied)]
    [InlineData("temporarily_unavailable", DeviceLoginFailure.Network)]
    [InlineData("invalid_scope", DeviceLoginFailure.Configuration)]
    public async Task An_error_of_the_page_is_explained(string error, DeviceLoginFailure failure)
    {
        var login = LoginAt(Known);
        var request = await login.RequestAsync(Redirect);
        var failed = await Assert.ThrowsAsync<DeviceLoginException>(() => login.RedeemAsync(
            request, new AuthorizationResponse { State = request.State, Error = error, ErrorDescription = "why\u001b[1m" }));
        Assert.Equal((failure, error, "why [1m"), (failed.Failure, failed.Error, failed.ErrorDescription));
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task A_response_without_a_code_is_an_error()
    {
        var login = LoginAt(Known);
        var request = await login.RequestAsync(Redirect);
        var failed = await Assert.ThrowsAsync<DeviceLoginException>(
            () => login.RedeemAsync(request, new AuthorizationResponse { State = request.State }));
        Assert.Equal(DeviceLoginFailure.Protocol, failed.Failure);
    }

    [Fact]
    public async Task A_rejected_code_is_not_sent_again()
    {
        var login = LoginAt(Known);
        var request = await login.RequestAsync(Redirect);
        _server.Error("invalid_grant");
        var failed = await Assert.ThrowsAsync<DeviceLoginException>(
            () => login.RedeemAsync(request, new AuthorizationResponse { State = request.State, Code = "code-1" }));
        Assert.Equal(DeviceLoginFailure.InvalidCode, failed.Failure);
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task The_endpoints_are_discovered_without_a_device_authorization_endpoint()
    {
        _server.Respond("""
            {"issuer": "https://as.example", "authorization_endpoint": "https://as.example/authorize",
            "token_endpoint": "https://as.example/token", "authorization_response_iss_parameter_supported": true}
            """);
        var provider = Providers.Discover(new Uri("https://as.example")) with { ClientId = "cli" };
        var request = await LoginAt(provider).RequestAsync(Redirect);
        Assert.Equal("/authorize", request.AuthorizationUri.AbsolutePath);
    }

    [Fact]
    public async Task A_provider_without_a_page_is_rejected()
    {
        _server.Respond("""{"issuer": "https://as.example", "token_endpoint": "https://as.example/token"}""").Forever();
        var login = LoginAt(Providers.Discover(new Uri("https://as.example")) with { ClientId = "cli" });
        var failed = await Assert.ThrowsAsync<DeviceLoginException>(() => login.RequestAsync(Redirect));
        Assert.Equal("as.example does not offer logins in a browser.", failed.Message);

        failed = await Assert.ThrowsAsync<DeviceLoginException>(() => LoginAt(ScriptedServer.Provider).RequestAsync(Redirect));
        Assert.Contains("authorization endpoint", failed.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_texts_have_no_secrets()
    {
        var request = await LoginAt(Known).RequestAsync(Redirect);
        var texts = $"{request} {new AuthorizationResponse { State = request.State, Code = "code-1" }}";
        Assert.DoesNotContain(request.State, texts, StringComparison.Ordinal);
        Assert.DoesNotContain(request.CodeVerifier, texts, StringComparison.Ordinal);
        Assert.DoesNotContain("code-1", texts, StringComparison.Ordinal);
    }

    private static Provider Known => ScriptedServer.Provider with { AuthorizationEndpoint = new Uri("https://as.example/authorize") };

    private AuthorizationCodeLogin LoginAt(Provider provider, Dictionary<string, string>? parameters = null) => new(new DeviceLoginOptions
    {
        Provider = provider,
        Scope = "profile email",
        Parameters = parameters ?? [],
        Transport = _server.Transport,
    });
}
