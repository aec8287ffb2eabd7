namespace DeviceCode.Client;

using System.Runtime.CompilerServices;

/// <summary>
/// Lists and ends the logins of a user at the OAuth server of a DeviceCode service: <c>/auth/device/logins</c>. The access token needs the
/// scope <c>logins</c>.
/// </summary>
/// <remarks>Every method throws <see cref="DeviceLoginException"/> when it fails. Instances are thread-safe.</remarks>
public sealed class LoginsClient
{
    private const string Path = "/auth/device/logins";

    private readonly Provider _service;
    private readonly ServiceRequests _requests;

    /// <summary>Creates a client. A rejected access token is refreshed once.</summary>
    /// <param name="service">
    /// The URL of the service, such as <c>https://login.example.com</c>; http is allowed on this machine only.
    /// </param>
    /// <param name="tokens">The user's tokens from the same service.</param>
    /// <param name="transport">The HTTP handler and the clock; null for the default.</param>
    public LoginsClient(Uri service, StoredTokens tokens, Transport? transport = null)
        : this(service, ServiceRequests.BearerOf(tokens), transport)
    {
    }

    /// <summary>Creates a client for a program that manages the access token itself.</summary>
    /// <param name="service">
    /// The URL of the service, such as <c>https://login.example.com</c>; http is allowed on this machine only.
    /// </param>
    /// <param name="accessToken">Returns a valid access token. It is called before every request.</param>
    /// <param name="transport">The HTTP handler and the clock; null for the default.</param>
    public LoginsClient(Uri service, Func<CancellationToken, Task<string>> accessToken, Transport? transport = null)
        : this(service, ServiceRequests.BearerOf(accessToken), transport)
    {
    }

    private LoginsClient(Uri service, Func<string?, CancellationToken, Task<string?>> bearer, Transport? transport)
    {
        _service = Providers.Discover(service);
        _requests = new ServiceRequests(_service, bearer, transport ?? Transport.Default);
    }

    /// <summary>Lists the logins, the newest first: <c>GET /auth/device/logins</c>. It requests further pages as they are needed.</summary>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <exception cref="DeviceLoginException">The service rejects a request or does not respond.</exception>
    public async IAsyncEnumerable<ActiveLogin> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        string? after = null;
        do
        {
            var query = after is null ? "" : $"?after={Uri.EscapeDataString(after)}";
            var page = await SendAsync(HttpMethod.Get, query, isAboutOne: false, cancellationToken).ConfigureAwait(false);
            foreach (var item in page.Items("logins"))
            {
                yield return ActiveLogin.Read(item) ?? throw Incomplete();
            }

            // A service that returned the same page again would never come to an end.
            var next = page.Text("next");
            after = next is null || next != after ? next : throw Incomplete();
        }
        while (after is not null);
    }

    /// <summary>Ends a login, with its tokens: <c>DELETE /auth/device/logins/{id}</c>.</summary>
    /// <param name="id">The id, from <see cref="ListAsync"/>.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="DeviceLoginException">The user has no such login, or the service does not respond.</exception>
    public async Task EndAsync(string id, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(id);

        // Anything else could name another resource: that of "." is the whole list.
        if (!Guid.TryParseExact(id, "D", out var guid))
        {
            throw new DeviceLoginException(
                DeviceLoginFailure.Configuration, $"Invalid login id \"{id}\".", "Use an id from the list of logins.");
        }

        await SendAsync(HttpMethod.Delete, $"/{guid}", isAboutOne: true, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends all logins, with their tokens: <c>DELETE /auth/device/logins</c>.</summary>
    /// <param name="exceptCurrent">Whether the login of the access token in the request is kept.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The number of logins that ended.</returns>
    /// <exception cref="DeviceLoginException">The service rejects the request or does not respond.</exception>
    public async Task<int> EndAllAsync(bool exceptCurrent = false, CancellationToken cancellationToken = default)
    {
        var query = exceptCurrent ? "?except=current" : "";
        var response = await SendAsync(HttpMethod.Delete, query, isAboutOne: false, cancellationToken).ConfigureAwait(false);
        return int.TryParse(response.Number("ended"), out var ended) ? ended : throw Incomplete();
    }

    private async Task<ServerResponse> SendAsync(
        HttpMethod method, string path, bool isAboutOne, CancellationToken cancellationToken)
    {
        var response = await _requests.SendAsync(method, $"{Path}{path}", cancellationToken).ConfigureAwait(false);
        return response is { IsSuccess: true, Error: null } ? response : throw ErrorOf(response, isAboutOne);
    }

    private DeviceLoginException ErrorOf(ServerResponse response, bool isAboutOne)
    {
        var (failure, message, fix) = (response.Status, response.Error) switch
        {
            // The endpoints of the service without OAuth repeat the status in error_code, and name it in error.
            (401, not null) => (
                DeviceLoginFailure.SignInAgain, $"{_service.Name} no longer accepts the access token.", "Sign in again."),
            (403, "insufficient_scope") => (
                DeviceLoginFailure.Configuration,
                "The access token does not include the scope \"logins\".",
                "Sign in again with the scope \"logins\"."),
            (404, not null) when isAboutOne => (
                DeviceLoginFailure.Configuration,
                $"You have no login with this id at {_service.Name}. It may have ended.",
                "Use an id from the list of logins."),
            (404, _) => (
                DeviceLoginFailure.Configuration,
                $"{_service.Name} has no list of logins at the requested URL.",
                "Check the URL of the service, and that it runs a current version."),
            _ => default,
        };
        return message is null
            ? ServerErrors.Of(response, _service)
            : new DeviceLoginException(failure, message, fix)
            {
                Error = response.Error,
                ErrorDescription = response.ErrorDescription,
                Status = response.Status,
                RetryAfter = response.RetryAfter,
            };
    }

    private DeviceLoginException Incomplete() => new(
        DeviceLoginFailure.Protocol,
        $"The response of {_service.Name} lacks a member that a list of logins must have.",
        "Check the URL of the service, and that it runs a current version.");
}
