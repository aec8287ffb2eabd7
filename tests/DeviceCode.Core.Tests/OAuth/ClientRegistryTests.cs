namespace DeviceCode.Core.Tests.OAuth;

using System.Security.Cryptography;
using System.Text;
using DeviceCode.Core.OAuth;

/// <summary>Finding and authenticating clients (RFC 6749 §2.3). PolicySuite tests its policy with whole logins.</summary>
public sealed class ClientRegistryTests
{
    private const string Secret = "9f1c6a1be3f94ad8";

    private readonly ClientRegistry _registry = new(new OAuthOptions
    {
        Clients =
        {
            new Client { Id = "public", Scopes = "profile email" },
            new Client { Id = "confidential", SecretSha256 = HashOf(Secret), Scopes = "email admin" },
            new Client { Id = "empty-secret", SecretSha256 = HashOf(""), Scopes = "Zebra" },
            new Client { Id = "disabled-public", Enabled = false },
            new Client { Id = "disabled-confidential", Enabled = false, SecretSha256 = HashOf(Secret) },
        },
    });

    [Theory]
    [InlineData("public", null, true)]
    [InlineData("public", "", false)]
    [InlineData("public", Secret, false)]
    [InlineData("confidential", Secret, true)]
    [InlineData("confidential", "9f1c6a1be3f94ad9", false)]
    [InlineData("confidential", "9F1C6A1BE3F94AD8", false)]
    [InlineData("confidential", "", false)]
    [InlineData("confidential", null, false)]
    [InlineData("empty-secret", "", true)]
    [InlineData("empty-secret", null, true)] // an empty secret may be left out (RFC 6749 §2.3.1)
    [InlineData("empty-secret", Secret, false)]
    [InlineData("disabled-public", null, false)]
    [InlineData("disabled-confidential", Secret, false)]
    [InlineData("unknown", null, false)]
    [InlineData("unknown", Secret, false)]
    [InlineData("PUBLIC", null, false)]
    [InlineData("", null, false)]
    public void A_client_authenticates_with_its_secret_and_a_public_one_without(string id, string? secret, bool isAuthenticated) =>
        Assert.Equal(isAuthenticated ? id : null, _registry.Authenticate(id, secret)?.Id);

    [Fact]
    public void A_hash_may_be_in_upper_or_lower_case()
    {
        var client = new Client { Id = "cli", SecretSha256 = HashOf(Secret).ToUpperInvariant() };

        Assert.Same(client, new ClientRegistry(new OAuthOptions { Clients = { client } }).Authenticate("cli", Secret));
    }

    [Fact]
    public void The_scopes_of_all_clients_are_listed_once_each_and_sorted() =>
        Assert.Equal(["Zebra", "admin", "email", "profile"], _registry.Scopes);

    [Fact]
    public void An_authorization_is_required() => Assert.Throws<ArgumentNullException>(() => _registry.Apply(null!));

    private static string HashOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
