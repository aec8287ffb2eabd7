namespace DeviceCode.Cli.Login;

using DeviceCode.Client;

/// <summary>A prompt for a code that is shown already: it only hears of the progress.</summary>
internal sealed class Progress(Action<DeviceLoginProgress> report) : IDeviceLoginPrompt
{
    /// <inheritdoc />
    public Task ShowAsync(DeviceAuthorization authorization, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public void Report(DeviceLoginProgress progress) => report(progress);
}
