namespace DeviceCode.Cli.Accounts;

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DeviceCode.Cli.Running;
using DeviceCode.Client;

/// <summary>Stores the tokens of the profiles.</summary>
/// <param name="secrets">Stores the serialized tokens.</param>
/// <param name="folder">The folder of all profiles, for the lock files.</param>
/// <param name="issuer">
/// The issuer of the tokens. Stored tokens of another issuer are ignored, so that they are never sent to this one.
/// </param>
internal sealed class TokenStore(ISecretStore secrets, string folder, string issuer) : ITokenStore
{
    private const string IssuedBy = "issued_by";

    /// <inheritdoc />
    public Task<TokenSet?> LoadAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            var stored = secrets.Load(key) is { } json ? JsonNode.Parse(json)?.AsObject() : null;
            return Task.FromResult((string?)stored?[IssuedBy] == issuer ? stored.Deserialize(ClientJson.Default.TokenSet) : null);
        }
        catch (Exception damaged) when (damaged is JsonException or InvalidOperationException)
        {
            // Not as an inner exception, because its message may contain part of a token.
            throw new CommandException(
                ExitCode.NotSignedIn,
                $"The stored tokens of the profile \"{key}\" are damaged.",
                $"Sign in again: devicecode login --profile {key}");
        }
    }

    /// <inheritdoc />
    public Task SaveAsync(string key, TokenSet tokens, CancellationToken cancellationToken)
    {
        var stored = JsonSerializer.SerializeToNode(tokens, ClientJson.Default.TokenSet)!.AsObject();
        stored[IssuedBy] = issuer;
        secrets.Save(key, Encoding.UTF8.GetBytes(stored.ToJsonString()));
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task DeleteAsync(string key, CancellationToken cancellationToken)
    {
        secrets.Delete(key);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public async Task<IAsyncDisposable> LockAsync(string key, CancellationToken cancellationToken) =>
        await ProcessLock.AcquireAsync(Path.Combine(folder, key, "lock"), cancellationToken);
}

/// <summary>Stores one secret per profile.</summary>
internal interface ISecretStore
{
    /// <summary>Returns the secret of a profile; null when there is none.</summary>
    byte[]? Load(string profile);

    void Save(string profile, byte[] secret);

    /// <summary>Deletes the secret of a profile, if there is one.</summary>
    void Delete(string profile);
}
