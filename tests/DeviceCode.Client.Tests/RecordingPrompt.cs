namespace DeviceCode.Client.Tests;

internal sealed class RecordingPrompt : IDeviceLoginPrompt
{
    public DeviceAuthorization? Shown { get; private set; }

    public List<DeviceLoginProgress> Reports { get; } = [];

    public DeviceLoginState[] States => [.. Reports.Select(report => report.State)];

    public Action<DeviceLoginProgress>? OnReport { get; init; }

    public Func<DeviceAuthorization, Task> OnShow { get; init; } = _ => Task.CompletedTask;

    public Task ShowAsync(DeviceAuthorization authorization, CancellationToken cancellationToken)
    {
        Assert.Null(Shown);
        Shown = authorization;
        return OnShow(authorization);
    }

    public void Report(DeviceLoginProgress progress)
    {
        Reports.Add(progress);
        OnReport?.Invoke(progress);
    }
}
