namespace DeviceCode.Cli.Tests.Targets;

using System.Text.Json;
using System.Text.Json.Nodes;
using DeviceCode.Cli.Accounts;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Targets;
using DeviceCode.Client;

public sealed class LoginTargetTests
{
    private static readonly Dictionary<string, Provider> Configured = new()
    {
        ["acme"] = new() { Name = "Acme", Issuer = new("https://sso.acme.example") },
    };

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
        var service = Assert.IsType<LoginTarget.Service>(LoginTarget.Parse(text, clientId: null, Configured));
        var provider = Find(text);

        Assert.Equal(address, service.Address.AbsoluteUri);
        Assert.Equal((address, "cli"), (provider.Server.Issuer!.AbsoluteUri, provider.ClientId));
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
        Assert.Equal(endpoint, Find(text).Server.DeviceAuthorizationEndpoint!.AbsoluteUri);

    [Theory]
    [InlineData("auth0:example.eu.auth0.com", "https://example.eu.auth0.com/")]
    [InlineData("okta:example.okta.com", "https://example.okta.com/oauth2/default")]
    [InlineData("okta:example.okta.com/aus1", "https://example.okta.com/oauth2/aus1")]
    [InlineData("keycloak:sso.example.com/acme", "https://sso.example.com/realms/acme")]
    [InlineData("keycloak:http://localhost:8080/acme", "http://localhost:8080/realms/acme")]
    [InlineData("acme", "https://sso.acme.example/")]
    public void Others_are_discovered(string text, string issuer) => Assert.Equal(issuer, Find(text).Server.Issuer!.AbsoluteUri);

    [Theory]
    [InlineData("auth0")]
    [InlineData("okta:")]
    [InlineData("keycloak:sso.example.com")]
    public void An_incomplete_name_is_quoted_as_it_was_given(string text) =>
        Assert.Equal($"The provider name \"{text}\" is incomplete.", Assert.Throws<CommandException>(() => Find(text)).Message);

    // The format of the first version.
    [Theory]
    [InlineData("""{"service":"https://login.example.com"}""")]
    [InlineData("""
        {"provider":{"name":"Acme","token_endpoint":"https://as.example/token","needs_client_secret":false},
        "client_id":"cli","client_secret_file":"/secret","scope":"profile","parameters":{"a":"b"}}
        """)]
    public void A_stored_target_stays_readable_and_is_written_in_the_same_format(string target)
    {
        var json = JsonNode.Parse($$"""{"target":{{target}},"signed_in_at":"2026-11-24T09:00:00+00:00"}""")!;

        var profile = json.Deserialize(AccountsJson.Default.Profile)!;

        Assert.True(JsonNode.DeepEquals(json, JsonSerializer.SerializeToNode(profile, AccountsJson.Default.Profile)));
    }

    private static LoginTarget.Provider Find(string text) =>
        Assert.IsType<LoginTarget.Provider>(LoginTarget.Parse(text, clientId: "cli", Configured));
}
