namespace DeviceCode.Core.OAuth;

/// <summary>Repeats a change of a grant that another request has changed meanwhile.</summary>
internal sealed class GrantRetry(TimeProvider time)
{
    private const int MaxAttempts = 6;

    // Doubles after each attempt.
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);

    /// <summary>Repeats an attempt, a few times, while it returns null because the grant has changed since it was read.</summary>
    /// <exception cref="StoreUnavailableException">The grant changed during every attempt.</exception>
    public async Task<T> RunAsync<T>(Func<Task<T?>> attempt, CancellationToken cancellationToken)
        where T : class
    {
        var pause = FirstPause;
        for (var attempts = 1; ; attempts++)
        {
            if (await attempt() is { } result)
            {
                return result;
            }

            if (attempts == MaxAttempts)
            {
                throw new StoreUnavailableException($"The storage rejected {MaxAttempts} changes of a grant in a row, as outdated.");
            }

            await Task.Delay(pause, time, cancellationToken);
            pause *= 2;
        }
    }
}
