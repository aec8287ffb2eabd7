namespace DeviceCode.Client;

using System.Text;
using System.Text.Json.Nodes;

/// <summary>
/// The login that only learns who signed in: <c>/auth/device/*</c> of a DeviceCode service. No client registration, no tokens.
/// </summary>
/// <remarks>Every method throws <see cref="DeviceLoginException"/> when it cannot do its work. A completed login is answered once: an answer lost on the way is lost.</remarks>
/// <param name="service">Where the service is, such as <c>https://login.example.com</c>; http only on this machine.</param>
/// <param name="connection">How it is reached; null for the default.</param>
public sealed class UserLogin(Uri service, Connection? connection = null)
{
    private readonly Connection _connection = connection ?? Connection.Default;
    private readonly Provider _service = Providers.Discover(service);

    /// <summary>Signs in: asks for a code, has it shown, and polls until the person has decided.</summary>
    /// <param name="service">Where the service is.</param>
    /// <param name="prompt">What shows the code and hears of the progress.</param>
    /// <param name="cancellationToken">Gives the login up, at any moment.</param>
    /// <exception cref="DeviceLoginException">The person said no, or did not decide in time, or anything else is wrong.</exception>
    public static Task<SignedInUser> LoginAsync(Uri service, IDeviceLoginPrompt prompt, CancellationToken cancellationToken = default) =>
        new UserLogin(service).LoginAsync(prompt, cancellationToken);

    /// <summary>Signs in: asks for a code, has it shown, and polls until the person has decided.</summary>
    /// <param name="prompt">What shows the code and hears of the progress.</param>
    /// <param name="cancellationToken">Gives the login up, at any moment.</param>
    /// <exception cref="DeviceLoginException">The person said no, or did not decide in time, or anything else is wrong.</exception>
    public async Task<SignedInUser> LoginAsync(IDeviceLoginPrompt prompt, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        var authorization = await RequestAsync(cancellationToken).ConfigureAwait(false);
        await prompt.ShowAsync(authorization, cancellationToken).ConfigureAwait(false);
        return await PollAsync(authorization, prompt, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks for a pair of codes: <c>POST /auth/device/code</c>.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="DeviceLoginException">The service refuses, or does not answer.</exception>
    public async Task<DeviceAuthorization> RequestAsync(CancellationToken cancellationToken = default)
    {
        var answer = await PostAsync("code", new JsonObject(), [], cancellationToken).ConfigureAwait(false);
        return DeviceAuthorization.Read(answer, _service, _connection.TimeProvider.GetUtcNow(), codeVerifier: null);
    }

    /// <summary>Polls until the person has decided or the code expires: <c>POST /auth/device/token</c>.</summary>
    /// <param name="authorization">The codes, of this process or another.</param>
    /// <param name="prompt">What hears of the progress.</param>
    /// <param name="cancellationToken">Gives up; the codes stay good, and polling can go on later.</param>
    /// <exception cref="DeviceLoginException">The person said no, or did not decide in time, or anything else is wrong.</exception>
    public Task<SignedInUser> PollAsync(DeviceAuthorization authorization, IDeviceLoginPrompt prompt, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(authorization);
        ArgumentNullException.ThrowIfNull(prompt);
        return PollingLoop.RunAsync(authorization, PollOnceAsync, prompt, _connection, cancellationToken);

        async Task<PollAnswer<SignedInUser>> PollOnceAsync(CancellationToken cancellation)
        {
            var body = new JsonObject { ["device_code"] = authorization.DeviceCode };
            var answer = await PostAsync("token", body, [authorization.DeviceCode], cancellation).ConfigureAwait(false);
            return PollAnswer<SignedInUser>.Read(answer, _service, SignedInUser.Read);
        }
    }

    private Task<Answer> PostAsync(string path, JsonObject body, string[] secrets, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"{service.AbsoluteUri.TrimEnd('/')}/auth/device/{path}"))
        {
            Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
        };
        return _connection.SendAsync(request, secrets, cancellationToken);
    }
}
