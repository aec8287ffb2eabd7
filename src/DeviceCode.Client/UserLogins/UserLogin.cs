namespace DeviceCode.Client;

/// <summary>
/// The login that only learns who signed in: <c>/auth/device/*</c> of a DeviceCode service. No client registration, no tokens.
/// </summary>
/// <remarks>Every method throws <see cref="DeviceLoginException"/> when it cannot do its work. A completed login is answered once: an answer lost on the way is lost.</remarks>
/// <param name="service">Where the service is, such as <c>https://login.example.com</c>; http only on this machine.</param>
/// <param name="connection">How it is reached; null for the default.</param>
public sealed class UserLogin(Uri service, Connection? connection = null)
{
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
    public Task<DeviceAuthorization> RequestAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException($"{service}{connection}");

    /// <summary>Polls until the person has decided or the code expires: <c>POST /auth/device/token</c>.</summary>
    /// <param name="authorization">The codes, of this process or another.</param>
    /// <param name="prompt">What hears of the progress.</param>
    /// <param name="cancellationToken">Gives up; the codes stay good, and polling can go on later.</param>
    /// <exception cref="DeviceLoginException">The person said no, or did not decide in time, or anything else is wrong.</exception>
    public Task<SignedInUser> PollAsync(DeviceAuthorization authorization, IDeviceLoginPrompt prompt, CancellationToken cancellationToken = default) => throw new NotImplementedException();
}
