namespace DeviceCode.Testing;

/// <summary>Runs tasks concurrently and releases them at the same moment.</summary>
public static class Racing
{
    /// <summary>
    /// Returns how often a test repeats its race: <paramref name="usual"/> times, or less often when the environment variable
    /// RACING_ROUNDS is set. The mutation tests set it, because they run the races once for each of hundreds of mutants.
    /// </summary>
    public static int Rounds(int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable("RACING_ROUNDS"), out var rounds) ? Math.Min(rounds, usual) : usual;

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
