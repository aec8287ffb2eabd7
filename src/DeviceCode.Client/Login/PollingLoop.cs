namespace DeviceCode.Client;

/// <summary>Polls until the user has decided or the code expires (RFC 8628 §3.4, §3.5). Both kinds of login use it.</summary>
internal static class PollingLoop
{
    public static async Task<T> RunAsync<T>(
        DeviceAuthorization authorization,
        Func<CancellationToken, Task<PollResponse<T>>> poll,
        IDeviceLoginPrompt prompt,
        Transport transport,
        CancellationToken cancellationToken)
        where T : class
    {
        var time = transport.TimeProvider;
        var (started, lifetime) = (time.GetTimestamp(), authorization.ExpiresAt - time.GetUtcNow());
        var (pace, clockJumped) = (new PollPace { Interval = authorization.Interval }, false);
        PollResponse<T>? last = null;
        while (true)
        {
            var wait = pace.Wait(transport.Jitter());

            // The lifetime ends by the monotonic clock, because the wall clock can be set. When the wall clock jumps past the end, the
            // machine may also have slept, which the monotonic clock does not count: only the server knows, so ask it at once.
            var left = lifetime - time.GetElapsedTime(started);
            if (!clockJumped && left > TimeSpan.Zero && authorization.ExpiresAt <= time.GetUtcNow())
            {
                (clockJumped, wait) = (true, TimeSpan.Zero);
            }

            // Poll once more after the code has expired, at most an interval later: the user may have approved in the last seconds, and
            // some servers keep the approval for that long.
            var isLast = wait >= left;
            wait = Min(wait, Max(left + (authorization.Interval * PollPace.FirstMargin), TimeSpan.Zero));

            prompt.Report(Progress(last, time.GetUtcNow() + wait, pace.Interval));
            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
            last = await poll(cancellationToken).ConfigureAwait(false);

            switch (last)
            {
                case PollResponse<T>.Completed completed:
                    return completed.Result;
                case PollResponse<T>.Failed { Failure: var failure }:
                    throw pace.Failures > 0 && failure.Failure == DeviceLoginFailure.InvalidCode ? ResponseLost(failure) : failure;
                case PollResponse<T>.Retry retry when isLast:
                    throw retry.Failure;
                case var _ when isLast:
                    throw ServerErrors.CodeExpired();
            }

            pace = pace.After(last);
        }
    }

    private static DeviceLoginProgress Progress<T>(PollResponse<T>? last, DateTimeOffset nextPollAt, TimeSpan interval)
        where T : class => last switch
        {
            null => new(DeviceLoginState.Started, nextPollAt, interval),
            PollResponse<T>.SlowDown => new(DeviceLoginState.SlowDown, nextPollAt, interval),
            PollResponse<T>.Retry retry => new(DeviceLoginState.Retrying, nextPollAt, interval) { Failure = retry.Failure },
            _ => new(DeviceLoginState.Pending, nextPollAt, interval),
        };

    private static DeviceLoginException ResponseLost(DeviceLoginException failure) => new(
        DeviceLoginFailure.InvalidCode,
        "The login probably completed, but the response was lost on the network.",
        "Sign in again.",
        failure)
    {
        Error = failure.Error,
        ErrorDescription = failure.ErrorDescription,
    };

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
