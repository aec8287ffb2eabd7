namespace DeviceCode.Cli.Tokens;

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DeviceCode.Cli.Failures;
using DeviceCode.Client;

/// <summary>The tokens of the profiles.</summary>
/// <param name="secrets">Where they are.</param>
/// <param name="folder">The folder of all profiles, for their locks.</param>
/// <param name="issuer">Who issues the tokens that are asked for: those of anybody else are none, so that no server is ever sent another one's.</param>
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
        catch (Exception damage) when (damage is JsonException or InvalidOperationException)
        {
            // What is wrong there may be a token: it is not told on.
            throw new CommandException(ExitCode.NotSignedIn, $"The stored tokens of the profile {key} are damaged.", $"Sign in again: devicecode login --profile {key}");
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
        await ProcessLock.TakeAsync(Path.Combine(folder, key, "lock"), cancellationToken);
}
