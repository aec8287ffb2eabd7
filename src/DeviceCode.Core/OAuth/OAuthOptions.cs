namespace DeviceCode.Core.OAuth;

using System.Text.RegularExpressions;
using DeviceCode.Core.Devices;

/// <summary>The settings under <c>OAuth</c>.</summary>
public sealed partial class OAuthOptions
{
    /// <summary>The clients.</summary>
    public IList<Client> Clients { get; } = [];

    /// <summary>What scopes mean, in the words that the approver is shown.</summary>
    public IList<ScopeDescription> ScopeDescriptions { get; } = [];

    /// <summary>
    /// For how long after a rotation the spent refresh token still gets the same successor, so that a lost answer or two processes at once log
    /// nobody out: 10 seconds to 5 minutes. It must be longer than a slow storage and a client that obeys Retry-After take together.
    /// </summary>
    public TimeSpan RefreshGrace { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>What is wrong with the settings, each with its name and what it may be; nothing when all is well.</summary>
    public IEnumerable<string> Validate(DeviceAuthorizationOptions devices)
    {
        ArgumentNullException.ThrowIfNull(devices);
        if (RefreshGrace < TimeSpan.FromSeconds(10) || RefreshGrace > TimeSpan.FromMinutes(5))
        {
            yield return $"OAuth:RefreshGrace is {RefreshGrace:c}; it must be from 00:00:10 to 00:05:00.";
        }

        for (var i = 0; i < ScopeDescriptions.Count; i++)
        {
            var described = ScopeDescriptions[i];
            if (Scope.Parse(described.Scope) is not { Count: 1 } || string.IsNullOrWhiteSpace(described.Description))
            {
                yield return $"OAuth:ScopeDescriptions:{i} must have a Scope, one without spaces, and a Description of it.";
            }

            if (ScopeDescriptions.Take(i).Any(other => other.Scope == described.Scope))
            {
                yield return $"OAuth:ScopeDescriptions:{i}:Scope is \"{described.Scope}\", as that of another description.";
            }
        }

        for (var i = 0; i < Clients.Count; i++)
        {
            foreach (var failure in Validate(Clients[i], devices))
            {
                yield return $"OAuth:Clients:{i}:{failure}";
            }

            if (Clients.Take(i).Any(other => other.Id == Clients[i].Id))
            {
                yield return $"OAuth:Clients:{i}:Id is \"{Clients[i].Id}\", as that of another client.";
            }
        }
    }

    private static IEnumerable<string> Validate(Client client, DeviceAuthorizationOptions devices)
    {
        if (!ClientId.IsMatch(client.Id))
        {
            yield return $"Id is \"{client.Id}\"; it must be 1 to 100 letters, digits and - . _ ~.";
        }

        if (client.SecretSha256 is not null && !Sha256.IsMatch(client.SecretSha256))
        {
            yield return "SecretSha256 must be the SHA-256 of the secret, in 64 hexadecimal digits; leave it out for a public client.";
        }

        if (client.Introspects && !client.IsConfidential)
        {
            yield return "Introspects is set, so the client needs SecretSha256.";
        }

        if (Scope.Parse(client.Scopes) is null)
        {
            yield return "Scopes must be scopes separated by spaces.";
        }
        else if (client.DefaultScopes is not null && (Scope.Parse(client.DefaultScopes) is not { } defaults || !Scope.Allows(client.Scopes, defaults)))
        {
            yield return "DefaultScopes must be some of Scopes.";
        }

        if (!Scope.Allows($"{Client.DeviceCodeGrant} {Client.RefreshTokenGrant}", Scope.Split(client.Grants)))
        {
            yield return $"Grants is \"{client.Grants}\"; it can have {Client.DeviceCodeGrant} and {Client.RefreshTokenGrant}.";
        }

        if ((client.AccessTokenLifetime < TimeSpan.FromMinutes(1) && client.AccessTokenLifetime != TimeSpan.Zero) || client.AccessTokenLifetime > TimeSpan.FromDays(366))
        {
            yield return $"AccessTokenLifetime is {client.AccessTokenLifetime:c}; it must be 0, for ever, or from 1 minute to 366 days.";
        }

        if (client.RefreshTokenLifetime < TimeSpan.FromMinutes(1) || client.RefreshTokenLifetime > TimeSpan.FromDays(3660))
        {
            yield return $"RefreshTokenLifetime is {client.RefreshTokenLifetime:c}; it must be from 1 minute to 3660 days.";
        }

        // What is set for one client must be right as it would have to be for all.
        var own = devices.With(client.CodeLifetime, client.PollingInterval);
        foreach (var failure in own.Validate().Except(devices.Validate()))
        {
            yield return failure.Replace("DeviceCode:CodeLifetime", "CodeLifetime", StringComparison.Ordinal)
                .Replace("DeviceCode:PollingInterval", "PollingInterval", StringComparison.Ordinal);
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9\-._~]{1,100}\z")]
    private static partial Regex ClientId { get; }

    [GeneratedRegex(@"^[0-9A-Fa-f]{64}\z")]
    private static partial Regex Sha256 { get; }
}
