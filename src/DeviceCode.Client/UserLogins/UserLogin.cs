namespace DeviceCode.Client;

using System.Text;
using System.Text.Json.Nodes;

/// <summary>
/// The login of a DeviceCode service without OAuth, <c>/auth/device/*</c>. It returns the user and no tokens, and requires no client
/// registration.
/// </summary>
/// <remarks>
/// Every method throws <see cref="DeviceLoginException"/> when it fails. The service returns a completed login once; if that response is
/// lost, the user must sign in again.
/// </remarks>
/// <param name="service">The URL of the service, such as <c>https://login.example.com</c>; http is allowed on this machine only.</param>
/// <param name="transport">The HTTP handler and the clock; null for the default.</param>
public sealed class UserLogin(Uri service, Transport? transport = null)
{
    private readonly Transport _transport = transport ?? Transport.Default;
    private readonly Provider _service = Providers.Discover(service);

    /// <summary>Signs in: requests a code, shows it, and polls until the user has decided.</summary>
    /// <param name="service">The URL of the service.</param>
    /// <param name="prompt">Shows the code and the progress.</param>
    /// <param name="cancellationToken">Cancels the login.</param>
    /// <exception cref="DeviceLoginException">The user denied the request, the code expired, or anything else failed.</exception>
    public static Task<SignedInUser> LoginAsync(Uri service, IDeviceLoginPrompt prompt, CancellationToken cancellationToken = default) =>
        new UserLogin(service).LoginAsync(prompt, cancellationToken);

    /// <summary>Signs in: requests a code, shows it, and polls until the user has decided.</summary>
    /// <param name="prompt">Shows the code and the progress.</param>
    /// <param name="cancellationToken">Cancels the login.</param>
    /// <exception cref="DeviceLoginException">The user denied the request, the code expired, or anything else failed.</exception>
    public async Task<SignedInUser> LoginAsync(IDeviceLoginPrompt prompt, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        var authorization = await RequestAsync(cancellationToken).ConfigureAwait(false);
        await prompt.ShowAsync(authorization, cancellationToken).ConfigureAwait(false);
        return await PollAsync(authorization, prompt, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Requests a device code and a user code: <c>POST /auth/device/code</c>.</summary>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="DeviceLoginException">The service rejects the request or does not respond.</exception>
    public async Task<DeviceAuthorization> RequestAsync(CancellationToken cancellationToken = default)
    {
        var response = await PostAsync("code", new JsonObject(), [], cancellationToken).ConfigureAwait(false);
        return DeviceAuthorization.Read(response, _service, _transport.TimeProvider.GetUtcNow(), codeVerifier: null);
    }

    /// <summary>Polls until the user has decided or the code expires: <c>POST /auth/device/token</c>.</summary>
    /// <param name="authorization">The codes; this process or another one has requested them.</param>
    /// <param name="prompt">Shows the progress.</param>
    /// <param name="cancellationToken">Stops polling. The codes stay valid, and polling can continue later.</param>
    /// <exception cref="DeviceLoginException">The user denied the request, the code expired, or anything else failed.</exception>
    public Task<SignedInUser> PollAsync(
        DeviceAuthorization authorization, IDeviceLoginPrompt prompt, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(authorization);
        ArgumentNullException.ThrowIfNull(prompt);
        return PollingLoop.RunAsync(authorization, PollOnceAsync, prompt, _transport, cancellationToken);

        async Task<PollResponse<SignedInUser>> PollOnceAsync(CancellationToken cancellation)
        {
            var body = new JsonObject { [OAuthNames.DeviceCode] = authorization.DeviceCode };
            var response = await PostAsync("token", body, [authorization.DeviceCode], cancellation).ConfigureAwait(false);
            return PollResponse<SignedInUser>.Read(response, _service, SignedInUser.Read);
        }
    }

    private Task<ServerResponse> PostAsync(string path, JsonObject body, string[] secrets, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"{service.AbsoluteUri.TrimEnd('/')}/auth/device/{path}"))
        {
            Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
        };
        return _transport.SendAsync(request, secrets, cancellationToken);
    }
}
