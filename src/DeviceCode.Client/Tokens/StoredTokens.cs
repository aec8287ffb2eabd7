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

    // Fresh tokens that could not be stored. The stored refresh token is used up, so these are the only ones.
    private TokenSet? _unstored;

    /// <summary>
    /// Called when fresh tokens cannot be stored, although the store had proved that it can; the caller of the refresh then gets them
    /// anyway. Later calls try to store them again. Null to throw the store's exception instead.
    /// </summary>
    public Action<Exception>? OnNotStored { get; init; }

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
        return _unstored is null && IsFresh(tokens) ? tokens : await RefreshUnlessAsync(IsFresh, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Refreshes the tokens even if the access token has not expired, unless another process does so at the same time.</summary>
    /// <param name="cancellationToken">Stops waiting. A refresh that has been sent continues.</param>
    /// <exception cref="DeviceLoginException">See <see cref="GetAsync"/>.</exception>
    public async Task<TokenSet> RefreshAsync(CancellationToken cancellationToken = default)
    {
        var tokens = await LoadAsync(cancellationToken).ConfigureAwait(false);
        return await RefreshAsync(tokens.AccessToken, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Replaces tokens whose access token a server has rejected. When another process has already refreshed them, its tokens are returned.
    /// </summary>
    /// <param name="rejected">The access token that was rejected.</param>
    /// <param name="cancellationToken">Stops waiting. A refresh that has been sent continues.</param>
    /// <exception cref="DeviceLoginException">See <see cref="GetAsync"/>.</exception>
    public Task<TokenSet> RefreshAsync(string rejected, CancellationToken cancellationToken = default) =>
        RefreshUnlessAsync(tokens => tokens.AccessToken != rejected && IsFresh(tokens), cancellationToken);

    /// <summary>
    /// Asks the provider's userinfo endpoint who signed in. When it rejects the access token, the tokens are refreshed once.
    /// </summary>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The user; null when the provider has no userinfo endpoint.</returns>
    /// <exception cref="DeviceLoginException">See <see cref="GetAsync"/>; or the server rejects the new token, too.</exception>
    public async Task<UserInfo?> GetUserInfoAsync(CancellationToken cancellationToken = default)
    {
        var tokens = await GetAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await login.GetUserInfoAsync(tokens, cancellationToken).ConfigureAwait(false);
        }
        catch (DeviceLoginException rejected) when (
            rejected.Failure == DeviceLoginFailure.SignInAgain && tokens.RefreshToken is not null)
        {
            tokens = await RefreshAsync(tokens.AccessToken, cancellationToken).ConfigureAwait(false);
            return await login.GetUserInfoAsync(tokens, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Signs out: revokes the tokens, then deletes them, even if revoking them failed.</summary>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>Whether the provider revoked the tokens; false when it cannot, or there were none.</returns>
    /// <exception cref="DeviceLoginException">The tokens were deleted from the store, but the server did not revoke them.</exception>
    public async Task<bool> SignOutAsync(CancellationToken cancellationToken = default)
    {
        var held = await store.LockAsync(key, cancellationToken).ConfigureAwait(false);
        await using var _ = held.ConfigureAwait(false);
        if ((_unstored ?? await store.LoadAsync(key, cancellationToken).ConfigureAwait(false)) is not { } tokens)
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
            _unstored = null;
        }
    }

    private bool IsFresh(TokenSet tokens) => tokens.IsValidFor(Margin, Now);

    private DateTimeOffset Now => login.Options.Transport.TimeProvider.GetUtcNow();

    private async Task<TokenSet> LoadAsync(CancellationToken cancellationToken) =>
        _unstored
        ?? await store.LoadAsync(key, cancellationToken).ConfigureAwait(false)
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

        if (_unstored is { } kept)
        {
            await StoreAsync(kept).ConfigureAwait(false);
        }

        // The previous holder of the lock may have refreshed the tokens.
        var tokens = await LoadAsync(CancellationToken.None).ConfigureAwait(false);
        if (isUsable(tokens))
        {
            return tokens;
        }

        try
        {
            // Without a refresh token there is nothing to lose, and the refresh says so.
            if (tokens.RefreshToken is not null)
            {
                await store.ProveAsync(key, tokens, CancellationToken.None).ConfigureAwait(false);
            }

            var fresh = await login.RefreshAsync(tokens, CancellationToken.None).ConfigureAwait(false);
            _unstored = fresh;
            await StoreAsync(fresh).ConfigureAwait(false);
            return fresh;
        }
        catch (Exception exception) when (
            exception is not DeviceLoginException { Failure: not (DeviceLoginFailure.Network or DeviceLoginFailure.Protocol) }
            && _unstored is null
            && isUsable(tokens with { ExpiresAt = tokens.ExpiresAt + Margin }))
        {
            // The network is down or intercepts requests with a sign-in page, or the store is full, and the access token has not expired.
            return tokens;
        }
    }

    private async Task StoreAsync(TokenSet fresh)
    {
        try
        {
            await store.SaveAsync(key, fresh, CancellationToken.None).ConfigureAwait(false);
            _unstored = null;
        }
        catch (Exception failed) when (OnNotStored is not null)
        {
            OnNotStored(failed);
        }
    }
}
