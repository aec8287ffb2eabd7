namespace DeviceCode.Cli.Login;

using DeviceCode.Client;

/// <summary>How a login is shown, for as long as it waits for the person.</summary>
internal interface ILoginView
{
    /// <summary>Shows the code, polls, and leaves when the polling ends, however it ends.</summary>
    /// <param name="authorization">The code and where to enter it.</param>
    /// <param name="poll">Polls, and tells the prompt how it goes.</param>
    Task<T> ShowWhileAsync<T>(DeviceAuthorization authorization, Func<IDeviceLoginPrompt, Task<T>> poll);
}
