namespace DeviceCode.Cli.Tests.Login;

using DeviceCode.Cli.Login;
using DeviceCode.Client;

public sealed class LoginTargetsTests
{
    private static readonly LoginTargets Targets = new(new Dictionary<string, Provider> { ["acme"] = new() { Name = "Acme", Issuer = new("https://sso.acme.example") } });

    [Theory]
    [InlineData("https://login.example.com", "https://login.example.com/")]
    [InlineData("login.example.com", "https://login.example.com/")]
    [InlineData("login.example.com/tenant", "https://login.example.com/tenant")]
    [InlineData("localhost:7071", "http://localhost:7071/")]
    [InlineData("127.0.0.1:7071", "http://127.0.0.1:7071/")]
    [InlineData("http://[::1]:7071", "http://[::1]:7071/")]
    [InlineData("https://localhost", "https://localhost/")]
    public void An_address_is_a_service_or_with_a_client_id_a_server(string text, string address)
    {
        var service = Targets.Find(text, clientId: null);
        var server = Targets.Find(text, clientId: "cli");

        Assert.Equal((address, null), (service.Service!.AbsoluteUri, service.Provider));
        Assert.Equal((null, address, "cli"), (server.Service, server.Provider!.Issuer!.AbsoluteUri, server.ClientId));
    }

    [Theory]
    [InlineData("github", "https://github.com/login/device/code")]
    [InlineData("github:ghe.example.com", "https://ghe.example.com/login/device/code")]
    [InlineData("microsoft", "https://login.microsoftonline.com/common/oauth2/v2.0/devicecode")]
    [InlineData("microsoft:contoso.com", "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/devicecode")]
    [InlineData("google", "https://oauth2.googleapis.com/device/code")]
    [InlineData("gitlab:gitlab.example.com", "https://gitlab.example.com/oauth/authorize_device")]
    [InlineData("huggingface", "https://huggingface.co/oauth/device")]
    public void A_well_known_provider_has_a_name(string text, string endpoint) =>
        Assert.Equal(endpoint, Targets.Find(text, clientId: "cli").Provider!.DeviceAuthorizationEndpoint!.AbsoluteUri);

    [Theory]
    [InlineData("auth0:example.eu.auth0.com", "https://example.eu.auth0.com/")]
    [InlineData("okta:example.okta.com", "https://example.okta.com/oauth2/default")]
    [InlineData("okta:example.okta.com/aus1", "https://example.okta.com/oauth2/aus1")]
    [InlineData("keycloak:sso.example.com/acme", "https://sso.example.com/realms/acme")]
    [InlineData("keycloak:http://localhost:8080/acme", "http://localhost:8080/realms/acme")]
    [InlineData("acme", "https://sso.acme.example/")]
    public void Others_are_discovered(string text, string issuer) => Assert.Equal(issuer, Targets.Find(text, clientId: "cli").Provider!.Issuer!.AbsoluteUri);
}
