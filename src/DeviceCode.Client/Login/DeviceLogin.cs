namespace DeviceCode.Client;

using System.Net;
using System.Net.Http.Headers;
using System.Text;

/// <summary>
/// The device authorization grant (RFC 8628) from the client's side. <see cref="LoginAsync(DeviceLoginOptions, IDeviceLoginPrompt, CancellationToken)"/>
/// is all of it; the steps are here one by one, too.
/// </summary>
/// <remarks>Every method throws <see cref="DeviceLoginException"/> when it cannot do its work. Instances can be used by several threads at once.</remarks>
/// <param name="options">Who signs in where.</param>
public sealed class DeviceLogin(DeviceLoginOptions options)
{
    private const string DeviceCodeGrant = "urn:ietf:params:oauth:grant-type:device_code", RefreshTokenGrant = "refresh_token";

    private const int RefreshAttempts = 3;

    private static readonly TimeSpan RefreshBackOff = TimeSpan.FromSeconds(1);

    private Provider? _discovered;

    /// <summary>Who signs in where.</summary>
    public DeviceLoginOptions Options { get; } = options ?? throw new ArgumentNullException(nameof(options));

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
    public async Task<Provider> DiscoverAsync(CancellationToken cancellationToken = default)
    {
        var provider = _discovered ?? await Discovery.CompleteAsync(Options.Provider, Options.Connection, cancellationToken).ConfigureAwait(false);
        return _discovered = provider;
    }

    /// <summary>Asks for a pair of codes (RFC 8628 §3.1, §3.2).</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="DeviceLoginException">The server refuses, or does not answer.</exception>
    public async Task<DeviceAuthorization> RequestAsync(CancellationToken cancellationToken = default)
    {
        var provider = await DiscoverAsync(cancellationToken).ConfigureAwait(false);
        var form = new Dictionary<string, string>(Options.Parameters);
        if ((Options.Scope ?? provider.Scope) is { Length: > 0 } scope)
        {
            form["scope"] = scope;
        }

        var verifier = provider.UsesPkce == true ? Pkce.NewVerifier() : null;
        if (verifier is not null)
        {
            form["code_challenge"] = Pkce.Challenge(verifier);
            form["code_challenge_method"] = Pkce.Method;
        }

        var answer = await PostAsync(provider, provider.DeviceAuthorizationEndpoint!, form, cancellationToken).ConfigureAwait(false);
        return DeviceAuthorization.Read(answer, provider, Now, verifier);
    }

    /// <summary>Polls until the person has decided or the code expires (RFC 8628 §3.4, §3.5).</summary>
    /// <param name="authorization">The codes, of this process or another.</param>
    /// <param name="prompt">What hears of the progress.</param>
    /// <param name="cancellationToken">Gives up; the codes stay good, and polling can go on later.</param>
    /// <exception cref="DeviceLoginException">The person said no, or did not decide in time, or anything else is wrong.</exception>
    public Task<TokenSet> PollAsync(DeviceAuthorization authorization, IDeviceLoginPrompt prompt, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(authorization);
        ArgumentNullException.ThrowIfNull(prompt);
        return PollingLoop.RunAsync(authorization, PollOnceAsync, prompt, Options.Connection, cancellationToken);

        async Task<PollAnswer<TokenSet>> PollOnceAsync(CancellationToken cancellation)
        {
            Provider provider;
            try
            {
                provider = await DiscoverAsync(cancellation).ConfigureAwait(false);
            }
            catch (DeviceLoginException fault) when (fault.Failure == DeviceLoginFailure.Network)
            {
                // A process that goes on with the codes of another may have to discover first.
                return new PollAnswer<TokenSet>(DeviceLoginState.Trouble) { Trouble = fault };
            }

            var form = new Dictionary<string, string> { ["grant_type"] = DeviceCodeGrant, ["device_code"] = authorization.DeviceCode };
            if (authorization.CodeVerifier is { } verifier)
            {
                form["code_verifier"] = verifier;
            }

            var answer = await PostAsync(provider, provider.TokenEndpoint!, form, cancellation).ConfigureAwait(false);
            return PollAnswer<TokenSet>.Read(answer, provider, ReadTokens);
        }
    }

    /// <summary>Exchanges a refresh token for new tokens (RFC 6749 §6). What the answer leaves out stays as it was.</summary>
    /// <param name="tokens">The tokens, with a refresh token.</param>
    /// <param name="cancellationToken">Gives up; the refresh token may be spent then, and the answer lost.</param>
    /// <exception cref="DeviceLoginException"><see cref="DeviceLoginFailure.SignInAgain"/> when the refresh token is good no more, or there is none.</exception>
    public async Task<TokenSet> RefreshAsync(TokenSet tokens, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        var provider = await DiscoverAsync(cancellationToken).ConfigureAwait(false);
        if (tokens.RefreshToken is not { } refreshToken)
        {
            throw new DeviceLoginException(DeviceLoginFailure.SignInAgain, $"The login at {provider.Name} has ended.", "Sign in again.");
        }

        for (var attempt = 1; ; attempt++)
        {
            var form = new Dictionary<string, string> { ["grant_type"] = RefreshTokenGrant, ["refresh_token"] = refreshToken };
            var answer = await PostAsync(provider, provider.TokenEndpoint!, form, cancellationToken).ConfigureAwait(false);
            if (answer is { IsSuccess: true, Error: null } && ReadTokens(answer) is { } fresh)
            {
                return fresh with
                {
                    RefreshToken = fresh.RefreshToken ?? refreshToken,
                    RefreshTokenExpiresAt = fresh.RefreshToken is null ? tokens.RefreshTokenExpiresAt : fresh.RefreshTokenExpiresAt,
                    Scope = fresh.Scope ?? tokens.Scope,
                    IdToken = fresh.IdToken ?? tokens.IdToken,
                };
            }

            // A refresh whose answer was lost may have spent the refresh token. Asking again at once is the best that can be done: servers that
            // rotate with care give the same successor again for some seconds.
            var refusal = Refusals.OfRefresh(answer, provider);
            if (answer.Status is not (0 or >= 500) || attempt == RefreshAttempts)
            {
                throw refusal;
            }

            await Task.Delay(RefreshBackOff * attempt * (0.5 + Options.Connection.Jitter()), Options.Connection.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Revokes the refresh token, and the access token (RFC 7009).</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False where the provider revokes no such tokens: the tokens stay good, and only <see cref="Provider.ApprovalsPage"/> helps.</returns>
    /// <exception cref="DeviceLoginException">The server refuses, or does not answer.</exception>
    public async Task<bool> RevokeAsync(TokenSet tokens, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        var provider = await DiscoverAsync(cancellationToken).ConfigureAwait(false);
        if (provider.RevocationEndpoint is not { } endpoint)
        {
            return false;
        }

        // The refresh token first: with it, a server should revoke the access tokens too (RFC 7009 §2.1), but not every one does.
        var revoked = false;
        foreach (var (token, hint) in new[] { (tokens.RefreshToken, "refresh_token"), (tokens.AccessToken, "access_token") })
        {
            if (token is not null)
            {
                var form = new Dictionary<string, string> { ["token"] = token, ["token_type_hint"] = hint };
                var answer = await PostAsync(provider, endpoint, form, cancellationToken).ConfigureAwait(false);

                // A success has no body that matters (RFC 7009 §2.2). Google calls a token that is revoked already an invalid_token.
                if (answer.Status is not (>= 200 and < 300) && answer.Error is not ("invalid_token" or "unsupported_token_type"))
                {
                    throw Refusals.Of(answer, provider);
                }

                revoked |= answer.Error != "unsupported_token_type";
            }
        }

        return revoked;
    }

    /// <summary>Who signed in, as the provider's userinfo endpoint tells it.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null where the provider has no such endpoint.</returns>
    /// <exception cref="DeviceLoginException">The server refuses the token, or does not answer.</exception>
    public async Task<UserInfo?> GetUserInfoAsync(TokenSet tokens, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        var provider = await DiscoverAsync(cancellationToken).ConfigureAwait(false);
        if (provider.UserinfoEndpoint is not { } endpoint)
        {
            return null;
        }

        var request = new HttpRequestMessage(HttpMethod.Get, endpoint) { Headers = { Authorization = tokens.AuthorizationHeader } };
        var answer = await Options.Connection.SendAsync(request, [tokens.AccessToken], cancellationToken).ConfigureAwait(false);
        return answer.Status == 401
            ? throw new DeviceLoginException(DeviceLoginFailure.SignInAgain, $"{provider.Name} does not accept the access token any more.", "Sign in again.") { Error = answer.Error, ErrorDescription = answer.ErrorDescription }
            : UserInfo.Read(answer) ?? throw Refusals.Of(answer, provider);
    }

    private DateTimeOffset Now => Options.Connection.TimeProvider.GetUtcNow();

    private TokenSet? ReadTokens(Answer answer) => TokenSet.Read(answer, Now);

    /// <summary>Sends a form as the client (RFC 6749 §2.3.1).</summary>
    private Task<Answer> PostAsync(Provider provider, Uri endpoint, Dictionary<string, string> form, CancellationToken cancellationToken)
    {
        var registration = provider.RegistrationPage is { } page ? $"Register one at {page}, and give its id." : "Give the id of a client that is registered there.";
        var clientId = Options.ClientId ?? provider.ClientId
            ?? throw new DeviceLoginException(DeviceLoginFailure.Configuration, $"Logins at {provider.Name} need a client id.", registration);
        if (provider.NeedsClientSecret && string.IsNullOrEmpty(Options.ClientSecret))
        {
            throw new DeviceLoginException(DeviceLoginFailure.Configuration, $"Logins at {provider.Name} need a client secret.", $"Give the secret of the client{(provider.RegistrationPage is { } where ? $", from {where}" : "")}.");
        }

        form["client_id"] = clientId;
        AuthenticationHeaderValue? authorization = null;
        if (!string.IsNullOrEmpty(Options.ClientSecret) && !(provider.NeedsClientSecret && endpoint == provider.DeviceAuthorizationEndpoint))
        {
            if (provider.ClientAuthentication == ClientAuthentication.Post)
            {
                form["client_secret"] = Options.ClientSecret;
            }
            else
            {
                // Both halves are form-encoded before they are put together.
                var credentials = $"{WebUtility.UrlEncode(clientId)}:{WebUtility.UrlEncode(Options.ClientSecret)}";
                authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)));
            }
        }

        return Options.Connection.PostFormAsync(endpoint, form, authorization, cancellationToken);
    }
}
