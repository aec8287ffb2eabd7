namespace DeviceCode.Core.OAuth;

using System.Security.Cryptography;
using System.Text.RegularExpressions;
using DeviceCode.Core.Devices;

/// <summary>The settings under <c>OAuth</c>.</summary>
public sealed partial class OAuthOptions
{
    // What a script computes whose variable is not set, with and without a line feed.
    private static readonly string[] HashesOfNothing =
        [Convert.ToHexString(SHA256.HashData(""u8)), Convert.ToHexString(SHA256.HashData("\n"u8))];

    /// <summary>The clients that may use the service.</summary>
    public IList<Client> Clients { get; } = [];

    /// <summary>The meaning of each scope, for the approver.</summary>
    public IList<ScopeDescription> ScopeDescriptions { get; } = [];

    /// <summary>
    /// How long after an exchange the old refresh token still gets the same new one: 20 seconds to 5 minutes. Without it, a lost response,
    /// or two processes that refresh at the same time, would end a login. It covers the longest request (10 seconds) and a client's wait
    /// for Retry-After (5 seconds) together.
    /// </summary>
    public TimeSpan RefreshGrace { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Checks the settings.</summary>
    /// <returns>One message for each invalid setting, with its name and how to fix it; none when all are valid.</returns>
    public IEnumerable<string> Validate(DeviceAuthorizationOptions devices)
    {
        ArgumentNullException.ThrowIfNull(devices);
        if (RefreshGrace < TimeSpan.FromSeconds(20) || RefreshGrace > TimeSpan.FromMinutes(5))
        {
            yield return $"OAuth:RefreshGrace is {RefreshGrace:c}; it must be from 00:00:20 to 00:05:00.";
        }

        for (var i = 0; i < ScopeDescriptions.Count; i++)
        {
            var described = ScopeDescriptions[i];
            if (string.IsNullOrEmpty(described.Scope))
            {
                yield return $"OAuth:ScopeDescriptions:{i}:Scope is missing. Set it to one scope.";
            }
            else if (Scope.Parse(described.Scope) is not { Count: 1 })
            {
                yield return $"OAuth:ScopeDescriptions:{i}:Scope is \"{described.Scope}\"; use one scope, and only the characters of "
                    + "RFC 6749 §3.3.";
            }

            if (string.IsNullOrWhiteSpace(described.Description))
            {
                yield return $"OAuth:ScopeDescriptions:{i}:Description is missing. Set it to the meaning of the scope.";
            }

            if (ScopeDescriptions.Take(i).Any(other => other.Scope == described.Scope))
            {
                yield return $"OAuth:ScopeDescriptions:{i}:Scope is \"{described.Scope}\", which an earlier entry describes, too. "
                    + "Describe each scope once.";
            }
        }

        for (var i = 0; i < Clients.Count; i++)
        {
            foreach (var failure in Validate(Clients[i], $"OAuth:Clients:{i}", devices))
            {
                yield return failure;
            }

            if (Clients.Take(i).Any(other => other.Id == Clients[i].Id))
            {
                yield return $"OAuth:Clients:{i}:Id is \"{Clients[i].Id}\", which another client has, too. Make the ids unique.";
            }
        }
    }

    private static IEnumerable<string> Validate(Client client, string name, DeviceAuthorizationOptions devices)
    {
        if (!ClientId.IsMatch(client.Id))
        {
            yield return $"{name}:Id is \"{client.Id}\"; use 1 to 100 letters, digits and - . _ ~.";
        }

        if (client.SecretSha256 is not null && !Sha256.IsMatch(client.SecretSha256))
        {
            yield return $"{name}:SecretSha256 is not a SHA-256 hash. Use 64 hexadecimal digits, or remove it for a public client.";
        }

        if (client.SecretSha256 is { } hash && HashesOfNothing.Contains(hash, StringComparer.OrdinalIgnoreCase))
        {
            yield return $"{name}:SecretSha256 is the hash of an empty secret. Hash the secret, or remove it for a public client.";
        }

        if (client.Introspects && !client.IsConfidential)
        {
            yield return $"{name}:Introspects is set for a client without a secret. Set SecretSha256, too.";
        }

        if (Scope.Parse(client.Scopes) is null)
        {
            yield return $"{name}:Scopes is \"{client.Scopes}\"; separate scopes by spaces, and use only the characters of RFC 6749 §3.3.";
        }
        else if (client.DefaultScopes is not null
            && (Scope.Parse(client.DefaultScopes) is not { } defaults || !Scope.Allows(client.Scopes, defaults)))
        {
            yield return $"{name}:DefaultScopes is \"{client.DefaultScopes}\"; use only scopes that Scopes contains.";
        }

        if (!Scope.Allows($"{ClientGrants.DeviceCode} {ClientGrants.RefreshToken}", Scope.Split(client.Grants)))
        {
            yield return $"{name}:Grants is \"{client.Grants}\"; use only {ClientGrants.DeviceCode} and {ClientGrants.RefreshToken}.";
        }

        if (client.AccessTokenLifetime != TimeSpan.Zero
            && (client.AccessTokenLifetime < TimeSpan.FromMinutes(1) || client.AccessTokenLifetime > TimeSpan.FromDays(366)))
        {
            yield return $"{name}:AccessTokenLifetime is {client.AccessTokenLifetime:c}; it must be from 1 minute to 366 days, or 0 for "
                + "tokens that are valid as long as the login.";
        }

        if (client.RefreshTokenLifetime < TimeSpan.FromMinutes(1) || client.RefreshTokenLifetime > TimeSpan.FromDays(3660))
        {
            yield return $"{name}:RefreshTokenLifetime is {client.RefreshTokenLifetime:c}; it must be from 1 minute to 3660 days.";
        }

        if (client.LoginLifetime != TimeSpan.Zero
            && (client.LoginLifetime < TimeSpan.FromHours(1) || client.LoginLifetime > TimeSpan.FromDays(3660)))
        {
            yield return $"{name}:LoginLifetime is {client.LoginLifetime:c}; it must be from 1 hour to 3660 days, or 0 for logins that end "
                + "only when they are not used.";
        }

        // A client's own lifetime and interval must obey the same rules as the settings for all clients.
        var own = devices.With(client.CodeLifetime, client.PollingInterval);
        foreach (var failure in own.Validate().Except(devices.Validate()))
        {
            yield return failure
                .Replace(DeviceAuthorizationOptions.TheSettingsMake, $"{name}:CodeLifetime makes", StringComparison.Ordinal)
                .Replace("DeviceCode:CodeLifetime", $"{name}:CodeLifetime", StringComparison.Ordinal)
                .Replace("DeviceCode:PollingInterval", $"{name}:PollingInterval", StringComparison.Ordinal);
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9\-._~]{1,100}\z")]
    private static partial Regex ClientId { get; }

    [GeneratedRegex(@"^[0-9A-Fa-f]{64}\z")]
    private static partial Regex Sha256 { get; }
}
