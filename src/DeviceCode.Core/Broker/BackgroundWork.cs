namespace DeviceCode.Core.Broker;

using System.Collections.Concurrent;

/// <summary>Work that continues when the request that started it has ended: a poll or a refresh that was sent must be stored.</summary>
public sealed class BackgroundWork(IBrokerAudit audit)
{
    private readonly ConcurrentDictionary<Task, bool> _running = [];

    /// <summary>Completes when no work is running any more.</summary>
    public async Task WhenIdleAsync()
    {
        while (!_running.IsEmpty)
        {
            await Task.WhenAll(_running.Keys);
        }
    }

    /// <summary>Starts work. A failure is recorded, and not thrown.</summary>
    internal void Run(Func<Task> work) => _ = Run(
        async () =>
        {
            await work();
            return true;
        });

    /// <summary>Starts work whose result a caller can wait for.</summary>
    internal Task<T> Run<T>(Func<Task<T>> work)
    {
        var task = Task.Run(work);
        var observed = ObserveAsync(task);
        _running[observed] = true;
        _ = observed.ContinueWith(ended => _running.TryRemove(ended, out _), TaskScheduler.Default);
        return task;
    }

    private async Task ObserveAsync(Task task)
    {
        try
        {
            await task;
        }
#pragma warning disable CA1031 // The caller may have left, so the failure must not be lost.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            audit.Failed(failure.Message);
        }
    }
}
