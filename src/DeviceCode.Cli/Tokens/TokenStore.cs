namespace DeviceCode.Cli.Tokens;

using System.Text.Json;
using DeviceCode.Cli.Failures;
using DeviceCode.Client;

/// <summary>The tokens of the profiles.</summary>
/// <param name="secrets">Where they are.</param>
/// <param name="folder">The folder of all profiles, for their locks.</param>
internal sealed class TokenStore(ISecretStore secrets, string folder) : ITokenStore
{
    /// <inheritdoc />
    public Task<TokenSet?> LoadAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            return Task.FromResult(secrets.Load(key) is { } json ? JsonSerializer.Deserialize(json, ClientJson.Default.TokenSet) : null);
        }
        catch (JsonException)
        {
            // What is wrong there may be a token: it is not told on.
            throw new CommandException(ExitCode.NotSignedIn, $"The stored tokens of the profile {key} are damaged.", $"Sign in again: devicecode login --profile {key}");
        }
    }

    /// <inheritdoc />
    public Task SaveAsync(string key, TokenSet tokens, CancellationToken cancellationToken)
    {
        secrets.Save(key, JsonSerializer.SerializeToUtf8Bytes(tokens, ClientJson.Default.TokenSet));
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
