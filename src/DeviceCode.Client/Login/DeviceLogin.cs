namespace DeviceCode.Client;

using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

/// <summary>
/// The client side of the device authorization grant (RFC 8628).
/// <see cref="LoginAsync(DeviceLoginOptions, IDeviceLoginPrompt, CancellationToken)"/> runs the whole login; the other methods run its
/// steps.
/// </summary>
/// <remarks>Every method throws <see cref="DeviceLoginException"/> when it fails. Instances are thread-safe.</remarks>
/// <param name="options">The settings.</param>
public sealed class DeviceLogin(DeviceLoginOptions options)
{
    private const int RefreshAttempts = 3;

    private static readonly TimeSpan RefreshBackOff = TimeSpan.FromSeconds(1);

    // For tokens that expire after an unknown time. A server that accepts them for less rejects them, and then they are refreshed.
    private static readonly TimeSpan UnknownLifetime = TimeSpan.FromHours(1);

    private readonly OAuthClient _client = new(options ?? throw new ArgumentNullException(nameof(options)));

    /// <summary>The settings.</summary>
    public DeviceLoginOptions Options => _client.Options;

    /// <summary>Signs in: requests a code, shows it, and polls until the user has decided.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="prompt">Shows the code and the progress.</param>
    /// <param name="cancellationToken">Cancels the login.</param>
    /// <exception cref="DeviceLoginException">The user denied the request, the code expired, or anything else failed.</exception>
    public static Task<TokenSet> LoginAsync(
        DeviceLoginOptions options, IDeviceLoginPrompt prompt, CancellationToken cancellationToken = default) =>
        new DeviceLogin(options).LoginAsync(prompt, cancellationToken);

    /// <summary>Signs in: requests a code, shows it, and polls until the user has decided.</summary>
    /// <param name="prompt">Shows the code and the progress.</param>
    /// <param name="cancellationToken">Cancels the login.</param>
    /// <exception cref="DeviceLoginException">The user denied the request, the code expired, or anything else failed.</exception>
    public async Task<TokenSet> LoginAsync(IDeviceLoginPrompt prompt, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        var authorization = await RequestAsync(cancellationToken).ConfigureAwait(false);
        await prompt.ShowAsync(authorization, cancellationToken).ConfigureAwait(false);
        return await PollAsync(authorization, prompt, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Returns the provider with all of its endpoints. Missing ones are discovered once.</summary>
    /// <param name="cancellationToken">Cancels the discovery.</param>
    /// <exception cref="DeviceLoginException">
    /// The metadata cannot be read, belong to another issuer, or contain no device authorization endpoint.
    /// </exception>
    public Task<Provider> DiscoverAsync(CancellationToken cancellationToken = default) =>
        _client.DiscoverAsync(LoginKind.Device, cancellationToken);

    /// <summary>Requests a device code and a user code (RFC 8628 §3.1, §3.2).</summary>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="DeviceLoginException">The server rejects the request or does not respond.</exception>
    public async Task<DeviceAuthorization> RequestAsync(CancellationToken cancellationToken = default)
    {
        var provider = await DiscoverAsync(cancellationToken).ConfigureAwait(false);
        var form = new Dictionary<string, string>(Options.Parameters);
        if ((Options.Scope ?? provider.Scope) is { Length: > 0 } scope)
        {
            form[OAuthNames.Scope] = scope;
        }

        var verifier = provider.UsesPkce == true ? Pkce.NewVerifier() : null;
        if (verifier is not null)
        {
            form[OAuthNames.CodeChallenge] = Pkce.Challenge(verifier);
            form[OAuthNames.CodeChallengeMethod] = Pkce.Method;
        }

        var response = await _client.PostAsync(provider, provider.DeviceAuthorizationEndpoint!, form, cancellationToken)
            .ConfigureAwait(false);
        return DeviceAuthorization.Read(response, provider, _client.Now, verifier);
    }

    /// <summary>Polls until the user has decided or the code expires (RFC 8628 §3.4, §3.5).</summary>
    /// <param name="authorization">The codes; this process or another one has requested them.</param>
    /// <param name="prompt">Shows the progress.</param>
    /// <param name="cancellationToken">Stops polling. The codes stay valid, and polling can continue later.</param>
    /// <exception cref="DeviceLoginException">The user denied the request, the code expired, or anything else failed.</exception>
    public Task<TokenSet> PollAsync(
        DeviceAuthorization authorization, IDeviceLoginPrompt prompt, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(authorization);
        ArgumentNullException.ThrowIfNull(prompt);
        return PollingLoop.RunAsync(
            authorization,
            cancellation => PollOnceAsync(authorization.DeviceCode, authorization.CodeVerifier, cancellation),
            prompt,
            Options.Transport,
            cancellationToken);
    }

    /// <summary>
    /// Polls once (RFC 8628 §3.4). The caller waits between polls as <see cref="PollPace"/> determines, and does not poll after the code
    /// has expired.
    /// </summary>
    /// <param name="deviceCode">The device code.</param>
    /// <param name="codeVerifier">The PKCE verifier of the request for the code; null without PKCE.</param>
    /// <param name="cancellationToken">
    /// Cancels the poll. Its response may then be lost, and most servers return the tokens only once.
    /// </param>
    /// <exception cref="DeviceLoginException">The settings do not allow a poll, such as a missing client id.</exception>
    public async Task<PollResponse<TokenSet>> PollOnceAsync(
        string deviceCode, string? codeVerifier, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(deviceCode);
        Provider provider;
        try
        {
            provider = await DiscoverAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (DeviceLoginException exception) when (exception.Failure == DeviceLoginFailure.Network)
        {
            // A process that polls with another process's codes may have to discover the endpoints first.
            return new PollResponse<TokenSet>.Retry(exception);
        }

        var form = new Dictionary<string, string>
        {
            [OAuthNames.GrantType] = OAuthNames.DeviceCodeGrant,
            [OAuthNames.DeviceCode] = deviceCode,
        };
        if (codeVerifier is not null)
        {
            form[OAuthNames.CodeVerifier] = codeVerifier;
        }

        var response = await _client.PostAsync(provider, provider.TokenEndpoint!, form, cancellationToken).ConfigureAwait(false);
        return PollResponse<TokenSet>.Read(response, provider, _client.ReadTokens);
    }

    /// <summary>Exchanges a refresh token for new tokens (RFC 6749 §6). Values that the response omits are kept.</summary>
    /// <param name="tokens">The tokens, with a refresh token.</param>
    /// <param name="cancellationToken">Cancels the request. The server may then have used up the refresh token already.</param>
    /// <exception cref="DeviceLoginException">
    /// <see cref="DeviceLoginFailure.SignInAgain"/> when the server no longer accepts the refresh token, or there is none.
    /// </exception>
    public async Task<TokenSet> RefreshAsync(TokenSet tokens, CancellationToken cancellationToken = default)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await RefreshOnceAsync(tokens, cancellationToken).ConfigureAwait(false);
            }
            catch (DeviceLoginException failure) when (
                failure is { Failure: DeviceLoginFailure.Network, Status: null or >= 500 } && attempt < RefreshAttempts)
            {
                // A refresh whose response was lost may have used up the refresh token. Retrying at once is the best we can do: some
                // servers return the same new tokens again for some seconds.
            }

            var wait = RefreshBackOff * attempt * (0.5 + Options.Transport.Jitter());
            await Task.Delay(wait, Options.Transport.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Exchanges a refresh token for new tokens in a single request (RFC 6749 §6). Values that the response omits are kept.
    /// </summary>
    /// <param name="tokens">The tokens, with a refresh token.</param>
    /// <param name="cancellationToken">Cancels the request. The server may then have used up the refresh token already.</param>
    /// <exception cref="DeviceLoginException">
    /// <see cref="DeviceLoginFailure.SignInAgain"/> when the server no longer accepts the refresh token, or there is none. When
    /// <see cref="DeviceLoginException.Status"/> is null, or the response is not an error of OAuth, the server may have used up the refresh
    /// token.
    /// </exception>
    public async Task<TokenSet> RefreshOnceAsync(TokenSet tokens, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        var provider = await _client.DiscoverAsync(LoginKind.Either, cancellationToken).ConfigureAwait(false);
        if (tokens.RefreshToken is not { } refreshToken)
        {
            throw new DeviceLoginException(
                DeviceLoginFailure.SignInAgain, $"The login at {provider.Name} has no refresh token.", "Sign in again.");
        }

        var form = new Dictionary<string, string>
        {
            [OAuthNames.GrantType] = OAuthNames.RefreshTokenGrant,
            [OAuthNames.RefreshToken] = refreshToken,
        };
        var response = await _client.PostAsync(provider, provider.TokenEndpoint!, form, cancellationToken).ConfigureAwait(false);
        if (response is not { IsSuccess: true, Error: null } || _client.ReadTokens(response) is not { } fresh)
        {
            throw ServerErrors.OfRefresh(response, provider);
        }

        var lifetime = fresh.Lifetime ?? tokens.Lifetime ?? (tokens.ExpiresAt is null ? null : UnknownLifetime);
        return fresh with
        {
            ExpiresAt = _client.Now + lifetime,
            Lifetime = lifetime,
            RefreshToken = fresh.RefreshToken ?? refreshToken,
            RefreshTokenExpiresAt = fresh.RefreshToken is null ? tokens.RefreshTokenExpiresAt : fresh.RefreshTokenExpiresAt,
            Scope = fresh.Scope ?? tokens.Scope,
            IdToken = fresh.IdToken ?? tokens.IdToken,
        };
    }

    /// <summary>Revokes the refresh token and the access token, as the provider's <see cref="RevocationProtocol"/> requires.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>
    /// False when the provider cannot revoke these tokens. They stay valid until they expire; the user can revoke the approval at
    /// <see cref="Provider.ApprovalsPage"/>.
    /// </returns>
    /// <exception cref="DeviceLoginException">The server rejects the request or does not respond.</exception>
    public async Task<bool> RevokeAsync(TokenSet tokens, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        var provider = await _client.DiscoverAsync(LoginKind.Either, cancellationToken).ConfigureAwait(false);
        return provider switch
        {
            { RevocationEndpoint: null } => false,
            { RevocationProtocol: RevocationProtocol.GitHub } =>
                await DeleteAsync(provider, tokens.AccessToken, cancellationToken).ConfigureAwait(false),
            _ => await RevokeBothAsync(provider, provider.RevocationEndpoint, tokens, cancellationToken).ConfigureAwait(false),
        };
    }

    /// <summary>Asks the provider's userinfo endpoint who signed in.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The user; null when the provider has no userinfo endpoint.</returns>
    /// <exception cref="DeviceLoginException">The server rejects the token or does not respond.</exception>
    public async Task<UserInfo?> GetUserInfoAsync(TokenSet tokens, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        var provider = await _client.DiscoverAsync(LoginKind.Either, cancellationToken).ConfigureAwait(false);
        if (provider.UserinfoEndpoint is not { } endpoint)
        {
            return null;
        }

        var request = new HttpRequestMessage(HttpMethod.Get, endpoint) { Headers = { Authorization = tokens.AuthorizationHeader } };
        var response = await Options.Transport.SendAsync(request, [tokens.AccessToken], cancellationToken).ConfigureAwait(false);
        if (response.Status == 401)
        {
            throw new DeviceLoginException(
                DeviceLoginFailure.SignInAgain, $"{provider.Name} no longer accepts the access token.", "Sign in again.")
            {
                Error = response.Error,
                ErrorDescription = response.ErrorDescription,
            };
        }

        return UserInfo.Read(response) ?? throw ServerErrors.Of(response, provider);
    }

    // RFC 7009.
    private async Task<bool> RevokeBothAsync(Provider provider, Uri endpoint, TokenSet tokens, CancellationToken cancellationToken)
    {
        // The refresh token first: a server should then revoke the access tokens too (RFC 7009 §2.1), but not every server does.
        var revoked = false;
        (string?, string)[] both = [(tokens.RefreshToken, OAuthNames.RefreshToken), (tokens.AccessToken, OAuthNames.AccessToken)];
        foreach (var (token, hint) in both)
        {
            if (token is not null)
            {
                var form = new Dictionary<string, string> { [OAuthNames.Token] = token, [OAuthNames.TokenTypeHint] = hint };
                var response = await _client.PostAsync(provider, endpoint, form, cancellationToken).ConfigureAwait(false);

                // The body of a success is meaningless (RFC 7009 §2.2). Google answers invalid_token when the token is already revoked.
                if (response.Status is not (>= 200 and < 300) && response.Error is not ("invalid_token" or "unsupported_token_type"))
                {
                    throw ServerErrors.Of(response, provider);
                }

                revoked |= response.Error != "unsupported_token_type";
            }
        }

        return revoked;
    }

    // RevocationProtocol.GitHub: also ends the refresh token of this access token.
    private async Task<bool> DeleteAsync(Provider provider, string accessToken, CancellationToken cancellationToken)
    {
        var clientId = _client.ClientIdAt(provider);
        if (string.IsNullOrEmpty(Options.ClientSecret))
        {
            return false;
        }

        var endpoint = provider.RevocationEndpoint!.AbsoluteUri.Replace(
            "CLIENT_ID", Uri.EscapeDataString(clientId), StringComparison.Ordinal);
        var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{clientId}:{Options.ClientSecret}"));
        var request = new HttpRequestMessage(HttpMethod.Delete, endpoint)
        {
            Content = new StringContent(
                new JsonObject { [OAuthNames.AccessToken] = accessToken }.ToJsonString(), Encoding.UTF8, "application/json"),
            Headers = { Authorization = new AuthenticationHeaderValue("Basic", credentials) },
        };
        var response = await Options.Transport.SendAsync(request, [accessToken, Options.ClientSecret], cancellationToken)
            .ConfigureAwait(false);

        // 404 and 422: the token is already revoked, or was never one.
        return response.Status is (>= 200 and < 300) or 404 or 422 ? true : throw ServerErrors.Of(response, provider);
    }
}
