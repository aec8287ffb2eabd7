namespace DeviceCode.Client;

/// <summary>
/// The device authorization grant (RFC 8628) from the client's side. <see cref="LoginAsync(DeviceLoginOptions, IDeviceLoginPrompt, CancellationToken)"/>
/// is all of it; the steps are here one by one, too.
/// </summary>
/// <remarks>Every method throws <see cref="DeviceLoginException"/> when it cannot do its work. Instances can be used by several threads at once.</remarks>
/// <param name="options">Who signs in where.</param>
public sealed class DeviceLogin(DeviceLoginOptions options)
{
    /// <summary>Who signs in where.</summary>
    public DeviceLoginOptions Options { get; } = options;

    /// <summary>Signs in: asks for a code, has it shown, and polls until the person has decided.</summary>
    /// <param name="options">Who signs in where.</param>
    /// <param name="prompt">What shows the code and hears of the progress.</param>
    /// <param name="cancellationToken">Gives the login up, at any moment.</param>
    /// <exception cref="DeviceLoginException">The person said no, or did not decide in time, or anything else is wrong.</exception>
    public static Task<TokenSet> LoginAsync(DeviceLoginOptions options, IDeviceLoginPrompt prompt, CancellationToken cancellationToken = default) =>
        new DeviceLogin(options).LoginAsync(prompt, cancellationToken);

    /// <summary>Signs in: asks for a code, has it shown, and polls until the person has decided.</summary>
    /// <param name="prompt">What shows the code and hears of the progress.</param>
    /// <param name="cancellationToken">Gives the login up, at any moment.</param>
    /// <exception cref="DeviceLoginException">The person said no, or did not decide in time, or anything else is wrong.</exception>
    public async Task<TokenSet> LoginAsync(IDeviceLoginPrompt prompt, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        var authorization = await RequestAsync(cancellationToken).ConfigureAwait(false);
        await prompt.ShowAsync(authorization, cancellationToken).ConfigureAwait(false);
        return await PollAsync(authorization, prompt, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The provider with every endpoint it has. What is missing is discovered, once.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="DeviceLoginException">The metadata cannot be had, are another issuer's, or have no device authorization endpoint.</exception>
    public Task<Provider> DiscoverAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Asks for a pair of codes (RFC 8628 §3.1, §3.2).</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="DeviceLoginException">The server refuses, or does not answer.</exception>
    public Task<DeviceAuthorization> RequestAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Polls until the person has decided or the code expires (RFC 8628 §3.4, §3.5).</summary>
    /// <param name="authorization">The codes, of this process or another.</param>
    /// <param name="prompt">What hears of the progress.</param>
    /// <param name="cancellationToken">Gives up; the codes stay good, and polling can go on later.</param>
    /// <exception cref="DeviceLoginException">The person said no, or did not decide in time, or anything else is wrong.</exception>
    public Task<TokenSet> PollAsync(DeviceAuthorization authorization, IDeviceLoginPrompt prompt, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Exchanges a refresh token for new tokens (RFC 6749 §6). What the answer leaves out stays as it was.</summary>
    /// <param name="tokens">The tokens, with a refresh token.</param>
    /// <param name="cancellationToken">Gives up; the refresh token may be spent then, and the answer lost.</param>
    /// <exception cref="DeviceLoginException"><see cref="DeviceLoginFailure.SignInAgain"/> when the refresh token is good no more, or there is none.</exception>
    public Task<TokenSet> RefreshAsync(TokenSet tokens, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Revokes the refresh token, and the access token (RFC 7009).</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False where the provider has no revocation endpoint: the tokens stay good, and only <see cref="Provider.ApprovalsPage"/> helps.</returns>
    /// <exception cref="DeviceLoginException">The server refuses, or does not answer.</exception>
    public Task<bool> RevokeAsync(TokenSet tokens, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Who signed in, as the provider's userinfo endpoint tells it.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null where the provider has no such endpoint.</returns>
    /// <exception cref="DeviceLoginException">The server refuses the token, or does not answer.</exception>
    public Task<UserInfo?> GetUserInfoAsync(TokenSet tokens, CancellationToken cancellationToken = default) => throw new NotImplementedException();
}
