namespace DeviceCode.Broker.Upstream;

using System.Text.Json;
using DeviceCode.Client;
using DeviceCode.Core.Broker;

/// <summary>Our client at one provider. While its secret is rotated, it tries the secrets in turn.</summary>
internal sealed class ProviderClient
{
    // RFC 6749 §5.2, and GitHub's own.
    private static readonly string[] WrongSecret = ["invalid_client", "incorrect_client_credentials"];

    // The contract allows 20 seconds for a request, and a first request may have to discover the endpoints.
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(10);

    private readonly BrokerProvider _settings;
    private readonly PausingHandler _handler;
    private readonly TimeProvider _time;
    private readonly (DeviceLogin Device, AuthorizationCodeLogin Browser)[] _logins;
    private int _current;

    public ProviderClient(string id, BrokerProvider settings, PausingHandler handler, TimeProvider time)
    {
        (_settings, _handler, _time) = (settings, handler, time);
        var transport = new Transport
        {
            Handler = handler,
            TimeProvider = time,
            RequestTimeout = RequestTimeout,
            UserAgent = "DeviceCode.Broker",
        };
        Provider = ProviderKinds.Create(id, settings);
        _logins =
        [
            .. settings.ClientSecrets.DefaultIfEmpty().Select(secret =>
                (new DeviceLogin(Options(secret, [])), new AuthorizationCodeLogin(Options(secret, BrowserParameters)))),
        ];

        DeviceLoginOptions Options(string? secret, IEnumerable<KeyValuePair<string, string>> more) => new()
        {
            Provider = Provider,
            ClientId = settings.ClientId,
            ClientSecret = secret,
            Parameters = settings.Parameters.Concat(more).DistinctBy(pair => pair.Key).ToDictionary(),
            Transport = transport,
        };
    }

    public Provider Provider { get; }

    /// <summary>The time for which the provider has asked all our requests to wait.</summary>
    public TimeSpan Pause => _handler.Left;

    // Google returns a refresh token in a login in a browser only when it is asked to.
    private IEnumerable<KeyValuePair<string, string>> BrowserParameters => Provider.RevocationEndsAllLogins
        ? [new("access_type", "offline"), new("prompt", "consent")]
        : [];

    public Task<DeviceAuthorization> RequestCodeAsync(string scope, CancellationToken cancellationToken) => WithSecretAsync(
        (login, secret) => new DeviceLogin(With(login.Device.Options, scope)).RequestAsync(cancellationToken));

    public async Task<PollResponse<TokenSet>> PollAsync(string deviceCode, string? codeVerifier, CancellationToken cancellationToken)
    {
        for (var tried = 1; ; tried++)
        {
            var current = _current;
            var response = await _logins[current].Device.PollOnceAsync(deviceCode, codeVerifier, cancellationToken);
            if (response is not PollResponse<TokenSet>.Failed { Failure.Error: { } error }
                || !IsWrongSecret(error)
                || !TryNext(current, tried))
            {
                return response;
            }
        }
    }

    public async Task<CredentialTokens> RefreshAsync(CredentialTokens tokens, CancellationToken cancellationToken) =>
        ToCredential(await WithSecretAsync((login, _) => login.Device.RefreshOnceAsync(ToClient(tokens), cancellationToken)));

    public Task<bool> RevokeAsync(CredentialTokens tokens, CancellationToken cancellationToken) =>
        WithSecretAsync((login, _) => login.Device.RevokeAsync(ToClient(tokens), cancellationToken));

    public Task<UserInfo?> FindUserAsync(CredentialTokens tokens, CancellationToken cancellationToken) =>
        _logins[_current].Device.GetUserInfoAsync(ToClient(tokens), cancellationToken);

    public async Task<UpstreamBrowserLogin> BeginBrowserLoginAsync(
        string scope, Uri redirectUri, string state, CancellationToken cancellationToken)
    {
        var login = new AuthorizationCodeLogin(With(_logins[_current].Browser.Options, scope));
        var request = await login.RequestAsync(redirectUri, state, cancellationToken);
        return new(request.AuthorizationUri, JsonSerializer.Serialize(request, ClientJson.Default.AuthorizationRequest));
    }

    public async Task<CredentialTokens> RedeemAsync(string request, BrowserResponse response, CancellationToken cancellationToken)
    {
        var begun = JsonSerializer.Deserialize(request, ClientJson.Default.AuthorizationRequest)!;
        var parameters = new AuthorizationResponse
        {
            State = response.State,
            Code = response.Code,
            Error = response.Error,
            Issuer = response.Issuer,
        };
        return ToCredential(await WithSecretAsync((login, _) => login.Browser.RedeemAsync(begun, parameters, cancellationToken)));
    }

    public CredentialTokens ToCredential(TokenSet tokens)
    {
        var lifetime = tokens.Lifetime ?? (tokens.ExpiresAt is null ? _settings.AssumedLifetime : null);
        return new CredentialTokens
        {
            AccessToken = tokens.AccessToken,
            ExpiresAt = tokens.ExpiresAt ?? (_time.GetUtcNow() + lifetime),
            Lifetime = lifetime,
            RefreshToken = tokens.RefreshToken,
            RefreshTokenExpiresAt = tokens.RefreshTokenExpiresAt,
            Scope = tokens.Scope,
        };
    }

    // A revocation can be repeated without the access token, if it was too long to be kept for that.
    private static TokenSet ToClient(CredentialTokens tokens) => new()
    {
        AccessToken = tokens.AccessToken.Length > 0 ? tokens.AccessToken : tokens.RefreshToken ?? "",
        ExpiresAt = tokens.ExpiresAt,
        Lifetime = tokens.Lifetime,
        RefreshToken = tokens.RefreshToken,
        RefreshTokenExpiresAt = tokens.RefreshTokenExpiresAt,
        Scope = tokens.Scope,
    };

    private static DeviceLoginOptions With(DeviceLoginOptions options, string scope) => new()
    {
        Provider = options.Provider,
        ClientId = options.ClientId,
        ClientSecret = options.ClientSecret,
        Scope = scope,
        Parameters = options.Parameters,
        Transport = options.Transport,
    };

    private static bool IsWrongSecret(string error) => WrongSecret.Contains(error, StringComparer.OrdinalIgnoreCase);

    private async Task<T> WithSecretAsync<T>(Func<(DeviceLogin Device, AuthorizationCodeLogin Browser), int, Task<T>> request)
    {
        for (var tried = 1; ; tried++)
        {
            var current = _current;
            try
            {
                return await request(_logins[current], current);
            }
            catch (DeviceLoginException rejected) when (
                rejected.Error is { } error && IsWrongSecret(error) && TryNext(current, tried))
            {
                // The provider no longer accepts this secret, or does not accept it yet.
            }
        }
    }

    private bool TryNext(int current, int tried)
    {
        if (tried >= _logins.Length)
        {
            return false;
        }

        Interlocked.CompareExchange(ref _current, (current + 1) % _logins.Length, current);
        return true;
    }
}
