namespace DeviceCode.Client;

/// <summary>
/// The tokens of one login in a store, kept fresh: however many processes ask at once, an expired access token is refreshed once, and a
/// new refresh token is stored before anybody gets the access token that came with it.
/// </summary>
/// <param name="login">Who refreshes and revokes.</param>
/// <param name="store">Where the tokens are.</param>
/// <param name="key">Under which key.</param>
public sealed class StoredTokens(DeviceLogin login, ITokenStore store, string key)
{
    // A request that is under way when its token ends would fail.
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);

    /// <summary>Tokens whose access token is good for another minute at least, refreshed when they must be.</summary>
    /// <param name="cancellationToken">
    /// Gives up, but not on a refresh that is under way: its answer is still stored. A program that ends meanwhile would lose it, and with it perhaps the
    /// login; it can wait by taking the store's lock of the key once.
    /// </param>
    /// <exception cref="DeviceLoginException">
    /// <see cref="DeviceLoginFailure.SignInAgain"/> when there are no tokens, or they cannot be refreshed; <see cref="DeviceLoginFailure.Network"/> when the
    /// server cannot be reached and the access token has ended: the tokens stay, and later it may work.
    /// </exception>
    public async Task<TokenSet> GetAsync(CancellationToken cancellationToken = default)
    {
        var tokens = await LoadAsync(cancellationToken).ConfigureAwait(false);
        return IsFresh(tokens) ? tokens : await RefreshUnlessAsync(IsFresh, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Other tokens than those whose access token a server has just refused. When somebody else has refreshed them meanwhile, theirs.</summary>
    /// <param name="refused">The access token that was refused.</param>
    /// <param name="cancellationToken">Gives up, but not on a refresh that is under way.</param>
    /// <exception cref="DeviceLoginException">As <see cref="GetAsync"/> throws it.</exception>
    public Task<TokenSet> RefreshAsync(string refused, CancellationToken cancellationToken = default) =>
        RefreshUnlessAsync(tokens => tokens.AccessToken != refused && IsFresh(tokens), cancellationToken);

    /// <summary>Signs out: revokes the tokens, then forgets them, even when they could not be revoked.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether the provider has revoked them; false where it cannot, or there were none.</returns>
    /// <exception cref="DeviceLoginException">The tokens are forgotten here, but the server did not revoke them.</exception>
    public async Task<bool> SignOutAsync(CancellationToken cancellationToken = default)
    {
        await using var held = await store.LockAsync(key, cancellationToken).ConfigureAwait(false);
        if (await store.LoadAsync(key, cancellationToken).ConfigureAwait(false) is not { } tokens)
        {
            return false;
        }

        try
        {
            return await login.RevokeAsync(tokens, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await store.DeleteAsync(key, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private bool IsFresh(TokenSet tokens) => tokens.IsGoodFor(Margin, Now);

    private DateTimeOffset Now => login.Options.Connection.TimeProvider.GetUtcNow();

    private async Task<TokenSet> LoadAsync(CancellationToken cancellationToken) =>
        await store.LoadAsync(key, cancellationToken).ConfigureAwait(false)
        ?? throw new DeviceLoginException(DeviceLoginFailure.SignInAgain, $"Nobody is signed in at {login.Options.Provider.Name}.", "Sign in first.");

    private async Task<TokenSet> RefreshUnlessAsync(Func<TokenSet, bool> isGood, CancellationToken cancellationToken)
    {
        var held = await store.LockAsync(key, cancellationToken).ConfigureAwait(false);

        // A refresh that is given up half-way may have spent the refresh token: it goes on, whoever stops waiting for it.
        return await RefreshAndReleaseAsync(held, isGood).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<TokenSet> RefreshAndReleaseAsync(IAsyncDisposable held, Func<TokenSet, bool> isGood)
    {
        await using var _ = held.ConfigureAwait(false);

        // Whoever had the lock before may have refreshed them.
        var tokens = await LoadAsync(CancellationToken.None).ConfigureAwait(false);
        if (isGood(tokens))
        {
            return tokens;
        }

        try
        {
            var fresh = await login.RefreshAsync(tokens, CancellationToken.None).ConfigureAwait(false);
            await store.SaveAsync(key, fresh, CancellationToken.None).ConfigureAwait(false);
            return fresh;
        }
        catch (DeviceLoginException fault) when (
            fault.Failure is DeviceLoginFailure.Network or DeviceLoginFailure.Protocol && isGood(tokens with { ExpiresAt = tokens.ExpiresAt + Margin }))
        {
            // The network is down, or its sign-in page in between; and the access token still has some seconds.
            return tokens;
        }
    }
}
