namespace DeviceCode.Testing;

/// <summary>Runs tasks concurrently and releases them at the same moment.</summary>
public static class Racing
{
    public static async Task<T[]> RunAsync<T>(int count, Func<int, Task<T>> act)
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var racers = Enumerable.Range(0, count).Select(i => Task.Run(async () =>
        {
            await go.Task;
            return await act(i);
        })).ToList();
        go.SetResult();
        return await Task.WhenAll(racers);
    }
}
