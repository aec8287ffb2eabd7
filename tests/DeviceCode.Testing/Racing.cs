namespace DeviceCode.Testing;

/// <summary>Runs tasks concurrently and releases them at the same moment.</summary>
public static class Racing
{
    /// <summary>Returns how often a test repeats its race: <paramref name="usual"/> times, but less often in a mutation run.</summary>
    public static int Rounds(int usual) => MutationRun.IsActive ? Math.Min(3, usual) : usual;

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
