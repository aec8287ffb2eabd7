namespace DeviceCode.Client;

using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

/// <summary>
/// The client side of the authorization code grant (RFC 6749 §4.1) with PKCE (RFC 7636), for a program that receives the redirect of the
/// user's browser. <see cref="DeviceLogin"/> refreshes and revokes the tokens.
/// </summary>
/// <remarks>Every method throws <see cref="DeviceLoginException"/> when it fails. Instances are thread-safe.</remarks>
/// <param name="options">The settings. <see cref="DeviceLoginOptions.Parameters"/> are added to the URL of the provider's page.</param>
public sealed class AuthorizationCodeLogin(DeviceLoginOptions options)
{
    private readonly OAuthClient _client = new(options ?? throw new ArgumentNullException(nameof(options)));

    /// <summary>The settings.</summary>
    public DeviceLoginOptions Options => _client.Options;

    /// <summary>Begins a login: returns the provider's page, and the secrets with which the response is checked and exchanged.</summary>
    /// <param name="redirectUri">The URL to which the provider sends the user back; registered there for the client.</param>
    /// <param name="state">
    /// The value by which the response is recognised (RFC 6749 §10.12), of which at least 32 bytes are random; null for a random one.
    /// </param>
    /// <param name="cancellationToken">Cancels the discovery of the provider's endpoints.</param>
    /// <exception cref="DeviceLoginException">The client id is missing, or the endpoints cannot be discovered.</exception>
    public async Task<AuthorizationRequest> RequestAsync(
        Uri redirectUri, string? state = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(redirectUri);
        var provider = await _client.DiscoverAsync(LoginKind.Browser, cancellationToken).ConfigureAwait(false);
        HttpExchange.RequireSecure(provider.AuthorizationEndpoint!);
        state ??= Pkce.NewVerifier();
        var verifier = Pkce.NewVerifier();
        var parameters = new Dictionary<string, string>(Options.Parameters)
        {
            [OAuthNames.ResponseType] = OAuthNames.Code,
            [OAuthNames.ClientId] = _client.ClientIdAt(provider),
            [OAuthNames.RedirectUri] = redirectUri.OriginalString,
            [OAuthNames.State] = state,
            [OAuthNames.CodeChallenge] = Pkce.Challenge(verifier),
            [OAuthNames.CodeChallengeMethod] = Pkce.Method,
        };
        if ((Options.Scope ?? provider.Scope) is { Length: > 0 } scope)
        {
            parameters[OAuthNames.Scope] = scope;
        }

        // The endpoint may have a query of its own, which is kept (RFC 6749 §3.1).
        var query = string.Join('&', parameters.Select(pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value)}"));
        var page = new UriBuilder(provider.AuthorizationEndpoint!);
        page.Query = page.Query.Length > 1 ? $"{page.Query[1..]}&{query}" : query;
        return new AuthorizationRequest
        {
            AuthorizationUri = page.Uri,
            RedirectUri = redirectUri,
            State = state,
            CodeVerifier = verifier,
        };
    }

    /// <summary>
    /// Checks the response that the user's browser brings, and exchanges its code for tokens (RFC 6749 §4.1.3) in a single request, because
    /// a code can be used only once.
    /// </summary>
    /// <param name="request">The login; this process or another one has begun it.</param>
    /// <param name="response">The parameters of the redirect.</param>
    /// <param name="cancellationToken">Cancels the request. The provider may then have used up the code already.</param>
    /// <exception cref="DeviceLoginException">
    /// <see cref="DeviceLoginFailure.Denied"/> when the user declined; <see cref="DeviceLoginFailure.InvalidCode"/> when the response
    /// belongs to another login or another issuer, or the provider rejects the code.
    /// </exception>
    public async Task<TokenSet> RedeemAsync(
        AuthorizationRequest request, AuthorizationResponse response, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(response);
        var provider = await _client.DiscoverAsync(LoginKind.Browser, cancellationToken).ConfigureAwait(false);
        var stateMatches = CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(request.State), Encoding.UTF8.GetBytes(response.State ?? ""));
        if (!stateMatches || !IsFrom(provider, response.Issuer))
        {
            throw new DeviceLoginException(
                DeviceLoginFailure.InvalidCode,
                stateMatches ? "The response comes from another issuer." : "The response belongs to another login.",
                "Start the login again.");
        }

        if (response.Error is not null)
        {
            throw ServerErrors.Of(ToServerResponse(response), provider);
        }

        var form = new Dictionary<string, string>
        {
            [OAuthNames.GrantType] = OAuthNames.AuthorizationCodeGrant,
            [OAuthNames.Code] = response.Code ?? throw new DeviceLoginException(
                DeviceLoginFailure.Protocol, $"The response of {provider.Name} contains no code.", "Start the login again."),
            [OAuthNames.RedirectUri] = request.RedirectUri.OriginalString,
            [OAuthNames.CodeVerifier] = request.CodeVerifier,
        };
        var exchanged = await _client.PostAsync(provider, provider.TokenEndpoint!, form, cancellationToken).ConfigureAwait(false);
        return exchanged is { IsSuccess: true, Error: null } && _client.ReadTokens(exchanged) is { } tokens
            ? tokens
            : throw ServerErrors.Of(exchanged, provider);
    }

    // RFC 9207 §2.4. Only a provider that announces the parameter must send it, but a wrong one is never accepted.
    private static bool IsFrom(Provider provider, string? issuer) => issuer is null
        ? !provider.AuthorizationResponseNamesIssuer
        : provider.Issuer is null || Discovery.IsSame(issuer, provider.Issuer);

    private static ServerResponse ToServerResponse(AuthorizationResponse response)
    {
        var error = new JsonObject
        {
            [OAuthNames.Error] = response.Error,
            [OAuthNames.ErrorDescription] = response.ErrorDescription,
        };
        return new ServerResponse
        {
            Status = 400,
            Json = JsonElement.Parse(error.ToJsonString()),
            Secrets = response.Code is null ? [] : [response.Code],
        };
    }
}
