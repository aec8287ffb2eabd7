namespace DeviceCode.Client;

/// <summary>Shows a login to the user: the code once, then the progress.</summary>
/// <remarks>An exception that it throws ends the login.</remarks>
public interface IDeviceLoginPrompt
{
    /// <summary>Shows the code and the URL. Polling starts when this method returns, so it must not wait for the user.</summary>
    /// <param name="authorization">The code, the URL and their expiry.</param>
    /// <param name="cancellationToken">Cancels the login.</param>
    Task ShowAsync(DeviceAuthorization authorization, CancellationToken cancellationToken);

    /// <summary>Shows the progress. It is called before every wait and must return quickly.</summary>
    /// <param name="progress">The outcome of the last poll and the time of the next one.</param>
    void Report(DeviceLoginProgress progress);
}
