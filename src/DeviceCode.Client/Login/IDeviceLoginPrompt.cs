namespace DeviceCode.Client;

/// <summary>The side of a login that faces the person: shows the code once, then hears of everything that happens until the end.</summary>
/// <remarks>What it throws ends the login.</remarks>
public interface IDeviceLoginPrompt
{
    /// <summary>Shows the code and where to enter it. Polling begins when this returns, so it must not wait for the person.</summary>
    /// <param name="authorization">The code, the address and how long they are good for.</param>
    /// <param name="cancellationToken">The login is given up.</param>
    Task ShowAsync(DeviceAuthorization authorization, CancellationToken cancellationToken);

    /// <summary>Hears what the last poll brought and when the next one is; once before each wait. It should return at once.</summary>
    /// <param name="progress">What is going on.</param>
    void Report(DeviceLoginProgress progress);
}
