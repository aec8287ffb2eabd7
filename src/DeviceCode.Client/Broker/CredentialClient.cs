namespace DeviceCode.Client;

using System.Globalization;
using System.Text.Json.Nodes;

/// <summary>
/// The client of a DeviceCode service's credential broker, <c>/creds/*</c>. The broker signs in to another provider, such as GitHub, keeps
/// the refresh token and returns access tokens that are always fresh.
/// </summary>
/// <remarks>
/// Every method throws <see cref="DeviceLoginException"/> when it fails. Instances are thread-safe. The owner of the credentials is the
/// user of an access token with the scope <c>creds</c> or <c>creds:PROVIDER</c>, or a session: a secret that stands for an owner without a
/// login.
/// </remarks>
public sealed class CredentialClient
{
    // The service responds within 20 seconds, because it may first have to wait for the provider.
    private static readonly TimeSpan ResponseTime = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LongestMinimum = TimeSpan.FromHours(1);

    private readonly Provider _service;
    private readonly Transport _transport;
    private readonly CredentialOwner _owner;

    private readonly ServiceRequests _requests;

    /// <summary>Creates a client for a user. A rejected access token is refreshed once.</summary>
    /// <param name="service">
    /// The URL of the service, such as <c>https://login.example.com</c>; http is allowed on this machine only.
    /// </param>
    /// <param name="tokens">The user's tokens from the same service.</param>
    /// <param name="transport">The HTTP handler and the clock; null for the default.</param>
    public CredentialClient(Uri service, StoredTokens tokens, Transport? transport = null)
        : this(service, CredentialOwner.User, ServiceRequests.BearerOf(tokens), transport)
    {
    }

    /// <summary>Creates a client for a user whose access token the program manages itself.</summary>
    /// <param name="service">
    /// The URL of the service, such as <c>https://login.example.com</c>; http is allowed on this machine only.
    /// </param>
    /// <param name="accessToken">Returns a valid access token. It is called before every request.</param>
    /// <param name="transport">The HTTP handler and the clock; null for the default.</param>
    public CredentialClient(Uri service, Func<CancellationToken, Task<string>> accessToken, Transport? transport = null)
        : this(service, CredentialOwner.User, ServiceRequests.BearerOf(accessToken), transport)
    {
    }

    private CredentialClient(
        Uri service, CredentialOwner owner, Func<string?, CancellationToken, Task<string?>> bearer, Transport? transport)
    {
        _service = Providers.Discover(service);
        _owner = owner;
        transport ??= Transport.Default;
        _transport = new Transport
        {
            Handler = transport.Handler,
            TimeProvider = transport.TimeProvider,
            RequestTimeout = transport.RequestTimeout > ResponseTime ? transport.RequestTimeout : ResponseTime,
            UserAgent = transport.UserAgent,
            Jitter = transport.Jitter,
        };
        _requests = new ServiceRequests(_service, bearer, _transport);
    }

    /// <summary>Creates a client for a session.</summary>
    /// <param name="service">
    /// The URL of the service, such as <c>https://login.example.com</c>; http is allowed on this machine only.
    /// </param>
    /// <param name="session">
    /// The session, <c>dcs_…</c>; null when there is none yet. <see cref="PutAsync"/> then creates one, where the service allows that, and
    /// returns it once: store it, and create another client with it.
    /// </param>
    /// <param name="transport">The HTTP handler and the clock; null for the default.</param>
    public static CredentialClient ForSession(Uri service, string? session = null, Transport? transport = null) => new(
        service,
        session is null ? CredentialOwner.None : CredentialOwner.Session,
        (rejected, _) => Task.FromResult(rejected is null ? session : null),
        transport);

    internal DateTimeOffset Now => _transport.TimeProvider.GetUtcNow();

    /// <summary>
    /// Returns whether a text can name a credential: up to 64 lower-case letters, digits, <c>.</c>, <c>_</c> and <c>-</c>, beginning with a
    /// letter or a digit.
    /// </summary>
    /// <param name="text">The text.</param>
    public static bool IsName(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length is > 0 and <= 64 && IsLetterOrDigit(text[0]) && text.All(c => IsLetterOrDigit(c) || c is '.' or '_' or '-');

        static bool IsLetterOrDigit(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c);
    }

    /// <summary>
    /// Makes or replaces a credential: <c>PUT /creds/{name}</c>. A replacement takes effect once the provider has responded.
    /// </summary>
    /// <param name="name">The name of the credential.</param>
    /// <param name="options">The provider, the scope and the grant; null for the provider of that name and a device login.</param>
    /// <param name="cancellationToken">Cancels the request. The service may then have made the credential already.</param>
    /// <returns>
    /// <see cref="CredentialResponse.Pending"/> with the code to show, or <see cref="CredentialResponse.Ready"/> for a refresh token.
    /// </returns>
    /// <exception cref="DeviceLoginException">
    /// The service rejects the request or does not respond. The old credential is unchanged.
    /// </exception>
    public async Task<CredentialResponse> PutAsync(
        string name, CredentialOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new CredentialOptions();
        if (!options.HasOneGrant)
        {
            const string grants = $"{nameof(options.Login)}, {nameof(options.RefreshToken)} and {nameof(options.UsesAuthorizationCode)}";
            throw new ArgumentException($"Use only one of {grants}.", nameof(options));
        }

        var response = await SendAsync(
            HttpMethod.Put, PathOf(name), options.ToJson(Now), options.Secrets, cancellationToken, options.FailsIfExists)
            .ConfigureAwait(false);
        if (response is not { IsSuccess: true, Error: null })
        {
            // A new credential need not exist, so it is the broker that was not found.
            throw ErrorOf(response, response.Status == 404 ? null : name);
        }

        var result = CredentialResponse.ReadPut(response, name, Now) ?? throw Incomplete();
        var hasCode = result is not CredentialResponse.Pending { Authorization: null } || options.Login is not null;
        return hasCode && (_owner != CredentialOwner.None || result.Session is not null) ? result : throw Incomplete();
    }

    /// <summary>Reads the access token: <c>GET /creds/{name}</c>. The service refreshes it first if it expires soon.</summary>
    /// <param name="name">The name of the credential.</param>
    /// <param name="minimumLifetime">
    /// The time for which the token must be valid, up to an hour; null for a minute. The freshest token of a provider may be valid for
    /// less.
    /// </param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>
    /// <see cref="CredentialResponse.Token"/>, or <see cref="CredentialResponse.Pending"/> while the user has not decided.
    /// </returns>
    /// <exception cref="DeviceLoginException">
    /// The credential does not exist or has ended, so that it must be made again; or <see cref="DeviceLoginFailure.Network"/>: the service
    /// or the provider is unavailable, and the credential is unchanged.
    /// </exception>
    public async Task<CredentialResponse> GetAsync(
        string name, TimeSpan? minimumLifetime = null, CancellationToken cancellationToken = default) =>
        ReadToken(await SendGetAsync(name, minimumLifetime, cancellationToken).ConfigureAwait(false), name);

    /// <summary>Shows the code, if there is one, and reads the access token again and again until the user has decided.</summary>
    /// <param name="pending">The credential, from <see cref="PutAsync"/> or <see cref="GetAsync"/>.</param>
    /// <param name="prompt">Shows the code and the progress.</param>
    /// <param name="minimumLifetime">The time for which the token must be valid, up to an hour; null for a minute.</param>
    /// <param name="cancellationToken">
    /// Stops waiting. The service continues, so a later <see cref="GetAsync"/> returns the token if the user approves.
    /// </param>
    /// <exception cref="DeviceLoginException">The user denied the request, the code expired, or anything else failed.</exception>
    public async Task<CredentialResponse.Token> WaitAsync(
        CredentialResponse.Pending pending,
        IDeviceLoginPrompt prompt,
        TimeSpan? minimumLifetime = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pending);
        ArgumentNullException.ThrowIfNull(prompt);
        if (pending.Authorization is { } shown)
        {
            await prompt.ShowAsync(shown, cancellationToken).ConfigureAwait(false);
        }

        var pace = pending.Authorization ?? new DeviceAuthorization
        {
            DeviceCode = "",
            UserCode = "",
            VerificationUri = _service.Issuer!,
            ExpiresAt = pending.ExpiresAt,
            Interval = pending.Interval,
        };
        return await PollingLoop.RunAsync(pace, PollOnceAsync, prompt, _transport, cancellationToken).ConfigureAwait(false);

        async Task<PollResponse<CredentialResponse.Token>> PollOnceAsync(CancellationToken cancellation)
        {
            ServerResponse response;
            try
            {
                response = await SendGetAsync(pending.Name, minimumLifetime, cancellation).ConfigureAwait(false);
            }
            catch (DeviceLoginException exception) when (exception.Failure == DeviceLoginFailure.Network)
            {
                // The user's access token had to be refreshed first.
                return new PollResponse<CredentialResponse.Token>.Retry(exception);
            }

            return response is { Status: >= 400 and < 500, IsTransient: false, Error: not null }
                ? new PollResponse<CredentialResponse.Token>.Failed(ErrorOf(response, pending.Name))
                : PollResponse<CredentialResponse.Token>.Read(response, _service, found => CredentialResponse.Token.Read(found, Now));
        }
    }

    /// <summary>
    /// Replaces an access token that an API rejected: <c>POST /creds/{name}/refresh</c>. When another caller has already replaced it, its
    /// token is returned.
    /// </summary>
    /// <param name="name">The name of the credential.</param>
    /// <param name="rejected">The access token that was rejected.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>As <see cref="GetAsync"/>.</returns>
    /// <exception cref="DeviceLoginException">
    /// See <see cref="GetAsync"/>; also <see cref="DeviceLoginFailure.Network"/> when the rejected token was refreshed less than 30 seconds
    /// ago.
    /// </exception>
    public async Task<CredentialResponse> RefuseAsync(string name, string rejected, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(rejected);
        var body = new JsonObject { ["refused"] = rejected };
        var response = await SendAsync(HttpMethod.Post, $"{PathOf(name)}/refresh", body, [rejected], cancellationToken)
            .ConfigureAwait(false);
        return ReadToken(response, name);
    }

    /// <summary>Lists the credentials of the owner, without their tokens: <c>GET /creds</c>.</summary>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="DeviceLoginException">The service rejects the request or does not respond.</exception>
    public Task<IReadOnlyList<Credential>> ListAsync(CancellationToken cancellationToken = default) =>
        ListAsync("", "credentials", Credential.Read, cancellationToken);

    /// <summary>Lists the providers that the owner can use: <c>GET /creds/-/providers</c>.</summary>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="DeviceLoginException">The service rejects the request or does not respond.</exception>
    public Task<IReadOnlyList<CredentialProvider>> ListProvidersAsync(CancellationToken cancellationToken = default) =>
        ListAsync("/-/providers", "providers", CredentialProvider.Read, cancellationToken);

    /// <summary>Deletes a credential and revokes its tokens at the provider: <c>DELETE /creds/{name}</c>.</summary>
    /// <param name="name">The name of the credential.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="DeviceLoginException">The credential does not exist, or the service does not respond.</exception>
    public async Task<DeletedCredential> DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        var response = await SendAsync(HttpMethod.Delete, PathOf(name), null, [], cancellationToken).ConfigureAwait(false);
        return response is { IsSuccess: true, Error: null }
            ? new DeletedCredential(response.IsTrue("revoked"), response.Url("approvals_page"))
            : throw ErrorOf(response, name);
    }

    /// <summary>Ends the session and deletes all of its credentials: <c>DELETE /creds</c>.</summary>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="DeviceLoginException">The session has already ended, or the service does not respond.</exception>
    public async Task EndSessionAsync(CancellationToken cancellationToken = default)
    {
        var response = await SendAsync(HttpMethod.Delete, "", null, [], cancellationToken).ConfigureAwait(false);
        if (response is not { IsSuccess: true, Error: null })
        {
            throw ErrorOf(response, name: null);
        }
    }

    private static string PathOf(string name) => IsName(name) ? $"/{name}" : throw new DeviceLoginException(
        DeviceLoginFailure.Configuration,
        $"Invalid credential name \"{name}\".",
        "Use up to 64 lower-case letters, digits, \".\", \"_\" and \"-\", and begin with a letter or a digit.");

    private Task<ServerResponse> SendGetAsync(string name, TimeSpan? minimumLifetime, CancellationToken cancellationToken)
    {
        if (minimumLifetime is { } minimum)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(minimum, TimeSpan.Zero, nameof(minimumLifetime));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(minimum, LongestMinimum, nameof(minimumLifetime));
        }

        var query = minimumLifetime is { } lifetime
            ? string.Create(CultureInfo.InvariantCulture, $"?minimum_seconds={Math.Ceiling(lifetime.TotalSeconds):0}")
            : "";
        return SendAsync(HttpMethod.Get, $"{PathOf(name)}{query}", null, [], cancellationToken);
    }

    private CredentialResponse ReadToken(ServerResponse response, string name) =>
        response.Error == "authorization_pending" ? CredentialResponse.Pending.Read(response, name, Now)
        : response is not { IsSuccess: true, Error: null } ? throw ErrorOf(response, name)
        : CredentialResponse.Token.Read(response, Now) ?? throw Incomplete();

    private async Task<IReadOnlyList<T>> ListAsync<T>(
        string path, string member, Func<ServerResponse, T?> read, CancellationToken cancellationToken)
        where T : class
    {
        var response = await SendAsync(HttpMethod.Get, path, null, [], cancellationToken).ConfigureAwait(false);
        return response is { IsSuccess: true, Error: null }
            ? [.. response.Items(member).Select(item => read(item) ?? throw Incomplete())]
            : throw ErrorOf(response, name: null);
    }

    private Task<ServerResponse> SendAsync(
        HttpMethod method,
        string path,
        JsonObject? body,
        IReadOnlyCollection<string> secrets,
        CancellationToken cancellationToken,
        bool failsIfExists = false) =>
        _requests.SendAsync(method, $"/creds{path}", cancellationToken, body, secrets, failsIfExists);

    private DeviceLoginException ErrorOf(ServerResponse response, string? name) => CredentialErrors.Of(response, _service, _owner, name);

    private DeviceLoginException Incomplete() => new(
        DeviceLoginFailure.Protocol,
        $"The response of {_service.Name} lacks a member that the credential broker must send.",
        "Check the URL of the service, and that it runs a current version.");
}

/// <summary>The owners of credentials.</summary>
internal enum CredentialOwner
{
    /// <summary>A session that is to be created.</summary>
    None,

    User,

    Session,
}
