namespace DeviceCode.Client;

/// <summary>
/// Returns the tokens of one login from a store and refreshes them. When several processes need a refresh at once, only one sends the
/// request. A new refresh token is stored before the access token that came with it is returned.
/// </summary>
/// <param name="login">Refreshes and revokes the tokens.</param>
/// <param name="store">The store.</param>
/// <param name="key">The key of the tokens in the store.</param>
public sealed class StoredTokens(DeviceLogin login, ITokenStore store, string key)
{
    // A token that expires while its request is on the way would be rejected.
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);

    /// <summary>Returns tokens whose access token is valid for at least another minute, and refreshes them first if necessary.</summary>
    /// <param name="cancellationToken">
    /// Stops waiting. A refresh that has been sent continues, and its response is still stored. A program that exits before that loses the
    /// response and perhaps the login; to wait for it, acquire and release the store's lock of the key.
    /// </param>
    /// <exception cref="DeviceLoginException">
    /// <see cref="DeviceLoginFailure.SignInAgain"/> when there are no tokens or they cannot be refreshed;
    /// <see cref="DeviceLoginFailure.Network"/> when the server cannot be reached and the access token has expired. The tokens stay stored,
    /// and a later call may succeed.
    /// </exception>
    public async Task<TokenSet> GetAsync(CancellationToken cancellationToken = default)
    {
        var tokens = await LoadAsync(cancellationToken).ConfigureAwait(false);
        return IsFresh(tokens) ? tokens : await RefreshUnlessAsync(IsFresh, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Replaces tokens whose access token a server has rejected. When another process has already refreshed them, its tokens are returned.
    /// </summary>
    /// <param name="rejected">The access token that was rejected.</param>
    /// <param name="cancellationToken">Stops waiting. A refresh that has been sent continues.</param>
    /// <exception cref="DeviceLoginException">See <see cref="GetAsync"/>.</exception>
    public Task<TokenSet> RefreshAsync(string rejected, CancellationToken cancellationToken = default) =>
        RefreshUnlessAsync(tokens => tokens.AccessToken != rejected && IsFresh(tokens), cancellationToken);

    /// <summary>Signs out: revokes the tokens, then deletes them, even if revoking them failed.</summary>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>Whether the provider revoked the tokens; false when it cannot, or there were none.</returns>
    /// <exception cref="DeviceLoginException">The tokens were deleted from the store, but the server did not revoke them.</exception>
    public async Task<bool> SignOutAsync(CancellationToken cancellationToken = default)
    {
        var held = await store.LockAsync(key, cancellationToken).ConfigureAwait(false);
        await using var _ = held.ConfigureAwait(false);
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

    private bool IsFresh(TokenSet tokens) => tokens.IsValidFor(Margin, Now);

    private DateTimeOffset Now => login.Options.Transport.TimeProvider.GetUtcNow();

    private async Task<TokenSet> LoadAsync(CancellationToken cancellationToken) =>
        await store.LoadAsync(key, cancellationToken).ConfigureAwait(false)
        ?? throw new DeviceLoginException(
            DeviceLoginFailure.SignInAgain, $"Not signed in to {login.Options.Provider.Name}.", "Sign in first.");

    private async Task<TokenSet> RefreshUnlessAsync(Func<TokenSet, bool> isUsable, CancellationToken cancellationToken)
    {
        var held = await store.LockAsync(key, cancellationToken).ConfigureAwait(false);

        // A cancelled refresh may have used up the refresh token, so cancel only the wait. The refresh continues and stores its response.
        return await RefreshAndReleaseAsync(held, isUsable).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<TokenSet> RefreshAndReleaseAsync(IAsyncDisposable held, Func<TokenSet, bool> isUsable)
    {
        await using var _ = held.ConfigureAwait(false);

        // The previous holder of the lock may have refreshed the tokens.
        var tokens = await LoadAsync(CancellationToken.None).ConfigureAwait(false);
        if (isUsable(tokens))
        {
            return tokens;
        }

        try
        {
            var fresh = await login.RefreshAsync(tokens, CancellationToken.None).ConfigureAwait(false);
            await store.SaveAsync(key, fresh, CancellationToken.None).ConfigureAwait(false);
            return fresh;
        }
        catch (DeviceLoginException exception) when (
            exception.Failure is DeviceLoginFailure.Network or DeviceLoginFailure.Protocol
            && isUsable(tokens with { ExpiresAt = tokens.ExpiresAt + Margin }))
        {
            // The network is down or intercepts requests with a sign-in page, and the access token has not expired yet.
            return tokens;
        }
    }
}
