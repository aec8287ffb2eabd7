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
    public async Task<TokenSet?> LoadAsync(string key, CancellationToken cancellationToken)
    {
        var secret = await secrets.LoadAsync(key, cancellationToken);
        try
        {
            var stored = secret is null ? null : JsonNode.Parse(UnicodeText.ToUtf8(secret))?.AsObject();
            var tokens = (string?)stored?[IssuedBy] == issuer ? stored.Deserialize(ClientJson.Default.TokenSet) : null;
            return tokens is null || IsVisible(tokens.AccessToken) ? tokens : throw new JsonException();
        }
        catch (Exception damaged) when (damaged is JsonException or InvalidOperationException or ArgumentException)
        {
            // Not as an inner exception, because its message may contain part of a token.
            throw new CommandException(
                ExitCode.NotSignedIn,
                $"The stored tokens of the profile \"{key}\" are damaged.",
                $"Sign in again: devicecode login --profile {key}");
        }
    }

    /// <inheritdoc />
    public Task ProveAsync(string key, TokenSet current, CancellationToken cancellationToken) =>
        secrets.ProveAsync(key, Serialize(current), cancellationToken);

    /// <inheritdoc />
    public Task SaveAsync(string key, TokenSet tokens, CancellationToken cancellationToken) =>
        secrets.SaveAsync(key, Serialize(tokens), cancellationToken);

    /// <inheritdoc />
    public Task DeleteAsync(string key, CancellationToken cancellationToken) => secrets.DeleteAsync(key, cancellationToken);

    /// <inheritdoc />
    public async Task<IAsyncDisposable> LockAsync(string key, CancellationToken cancellationToken) =>
        await ProcessLock.OfProfileAsync(folder, key, cancellationToken);

    // RFC 6749 appendix A.12. The deserializer accepts null.
    private static bool IsVisible(string? token) => token is { Length: > 0 } && token.All(letter => letter is >= ' ' and <= '~');

    private byte[] Serialize(TokenSet tokens)
    {
        var stored = JsonSerializer.SerializeToNode(tokens, ClientJson.Default.TokenSet)!.AsObject();
        stored[IssuedBy] = issuer;
        return Encoding.UTF8.GetBytes(stored.ToJsonString());
    }
}
