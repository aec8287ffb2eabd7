namespace DeviceCode.Core.OAuth;

using System.Security.Cryptography;
using System.Text;
using DeviceCode.Core.Devices;

/// <summary>Finds and authenticates clients (RFC 6749 §2.3).</summary>
public sealed class ClientRegistry(OAuthOptions options) : IClientPolicy
{
    private static readonly byte[] NoHash = new byte[SHA256.HashSizeInBytes];

    private readonly Dictionary<string, Client> _clients = options.Clients.ToDictionary(client => client.Id, StringComparer.Ordinal);

    /// <summary>The scopes of all clients, sorted.</summary>
    public IReadOnlyList<string> Scopes { get; } =
    [
        .. options.Clients.SelectMany(client => Scope.Split(client.Scopes))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>
    /// Returns the client with these credentials; null when they are wrong. Both cases do the same work, so that the response time does
    /// not reveal which clients exist.
    /// </summary>
    public Client? Authenticate(string clientId, string? secret)
    {
        var client = FindEnabled(clientId);
        var expected = client is { IsConfidential: true } ? Convert.FromHexString(client.SecretSha256!) : NoHash;
        var presented = SHA256.HashData(Encoding.UTF8.GetBytes(secret ?? ""));
        var secretMatches = CryptographicOperations.FixedTimeEquals(expected, presented);
        return client is not null && (client.IsConfidential ? secretMatches : secret is null) ? client : null;
    }

    /// <inheritdoc />
    public DeviceAuthorization? Apply(DeviceAuthorization authorization)
    {
        ArgumentNullException.ThrowIfNull(authorization);
        if (authorization.ClientId is not { } id)
        {
            return authorization;
        }

        return FindEnabled(id) is { MayUseDeviceCode: true } client && client.AllowedNow(authorization.Scope) is { } scope
            ? authorization with { Scope = scope }
            : null;
    }

    /// <summary>Returns the name of a client; its id if it has no name, or is not registered any more.</summary>
    public string NameOf(string clientId) => _clients.GetValueOrDefault(clientId)?.Name ?? clientId;

    /// <summary>Returns the client with this id; null when there is none, or it is disabled.</summary>
    public Client? FindEnabled(string clientId) =>
        _clients.GetValueOrDefault(clientId) is { Enabled: true } client ? client : null;
}
