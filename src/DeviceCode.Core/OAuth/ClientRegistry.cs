namespace DeviceCode.Core.OAuth;

using System.Security.Cryptography;
using System.Text;

/// <summary>Finds and authenticates clients (RFC 6749 §2.3).</summary>
public sealed class ClientRegistry(OAuthOptions options)
{
    private static readonly byte[] NoHash = new byte[SHA256.HashSizeInBytes];

    private readonly Dictionary<string, Client> _clients = options.Clients.ToDictionary(client => client.Id, StringComparer.Ordinal);

    /// <summary>The scopes of all clients.</summary>
    public IReadOnlyList<string> Scopes { get; } =
        [.. options.Clients.SelectMany(client => Scope.Split(client.Scopes)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>The client with this id; null when there is none, or it is switched off.</summary>
    public Client? Find(string clientId) => _clients.GetValueOrDefault(clientId) is { Enabled: true } client ? client : null;

    /// <summary>
    /// The client that these credentials are right for; null for everything else, after the same work: who asks does not
    /// learn which clients there are.
    /// </summary>
    public Client? Authenticate(string clientId, string? secret)
    {
        var client = Find(clientId);
        var expected = client is { IsConfidential: true } ? Convert.FromHexString(client.SecretSha256!) : NoHash;
        var presented = SHA256.HashData(Encoding.UTF8.GetBytes(secret ?? ""));
        var secretIsRight = CryptographicOperations.FixedTimeEquals(expected, presented);
        return client is not null && (client.IsConfidential ? secretIsRight : secret is null) ? client : null;
    }
}
