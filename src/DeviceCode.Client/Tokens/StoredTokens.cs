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
    /// <summary>Tokens whose access token is good for another minute at least, refreshed when they must be.</summary>
    /// <param name="cancellationToken">Gives up, but not on a refresh that is under way: its answer is waited for and stored.</param>
    /// <exception cref="DeviceLoginException">
    /// <see cref="DeviceLoginFailure.SignInAgain"/> when there are no tokens, or they cannot be refreshed; <see cref="DeviceLoginFailure.Network"/> when the
    /// server cannot be reached and the access token has ended: the tokens stay, and later it may work.
    /// </exception>
    public Task<TokenSet> GetAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException($"{login}{store}{key}");

    /// <summary>Other tokens than those whose access token a server has just refused. When somebody else has refreshed them meanwhile, theirs.</summary>
    /// <param name="refused">The access token that was refused.</param>
    /// <param name="cancellationToken">Gives up, but not on a refresh that is under way.</param>
    /// <exception cref="DeviceLoginException">As <see cref="GetAsync"/> throws it.</exception>
    public Task<TokenSet> RefreshAsync(string refused, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Signs out: revokes the tokens, then forgets them, even when they could not be revoked.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether the provider has revoked them; false where it cannot, or there were none.</returns>
    /// <exception cref="DeviceLoginException">The tokens are forgotten here, but the server did not revoke them.</exception>
    public Task<bool> SignOutAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();
}
