namespace DeviceCode.Core.Broker;

/// <summary>How long requests wait for a provider. The contract allows 20 seconds for a request.</summary>
internal static class Patience
{
    /// <summary>For a reader, who tries again. The work continues after it.</summary>
    public static readonly TimeSpan OfReader = TimeSpan.FromSeconds(8);

    /// <summary>For a request that is about the provider's response.</summary>
    public static readonly TimeSpan OfRequest = TimeSpan.FromSeconds(15);

    /// <summary>Waits for work that continues when the time is over.</summary>
    public static async Task<(bool IsDone, T? Result)> WithinAsync<T>(
        this TimeProvider time, Task<T> work, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            return (true, await work.WaitAsync(limit, time, cancellationToken));
        }
        catch (TimeoutException) when (!work.IsCompleted)
        {
            return (false, default);
        }
    }
}
