namespace DeviceCode.Client;

/// <summary>Polls until the user has decided or the code expires (RFC 8628 §3.4, §3.5). Both kinds of login use it.</summary>
internal static class PollingLoop
{
    // The clock of a virtual machine can run fast. In a log of cli/cli#9370, a WSL machine waited 22 seconds instead of 25, and a server
    // with the right clock answered slow_down every time, until the code expired. Waiting a fifth longer is enough for such a clock, and
    // costs half a second on the average login. Every further slow_down means that the clock is faster still, so the margin grows; at twice
    // the interval the cause must be another one, which the growing interval takes care of.
    private const double FirstMargin = 1.2, MoreMargin = 0.2, MaxMargin = 2;

    private static readonly TimeSpan SlowDownStep = TimeSpan.FromSeconds(5), MaxBackOff = TimeSpan.FromMinutes(1);

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
        var (interval, margin, failures, clockJumped) = (authorization.Interval, FirstMargin, 0, false);
        PollResponse<T>? last = null;
        while (true)
        {
            // Double the wait after every failure in a row (RFC 8628 §3.5), with jitter, so that clients do not return all at once.
            var wait = interval * margin;
            if (failures > 0)
            {
                var backOff = wait * Math.Pow(2, Math.Min(failures, 10)) * (0.5 + (transport.Jitter() / 2));
                wait = Max(wait, Min(backOff, MaxBackOff));
            }

            wait = Max(wait, last?.RetryAfter ?? TimeSpan.Zero);

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
            wait = Min(wait, Max(left + (authorization.Interval * FirstMargin), TimeSpan.Zero));

            prompt.Report(Progress(last, time.GetUtcNow() + wait, interval));
            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
            last = await poll(cancellationToken).ConfigureAwait(false);

            switch (last)
            {
                case PollResponse<T>.Completed completed:
                    return completed.Result;
                case PollResponse<T>.Failed { Failure: var failure }:
                    throw failures > 0 && failure.Failure == DeviceLoginFailure.InvalidCode ? ResponseLost(failure) : failure;
                case PollResponse<T>.Retry retry when isLast:
                    throw retry.Failure;
                case var _ when isLast:
                    throw ServerErrors.CodeExpired();
                case PollResponse<T>.SlowDown slowDown:
                    interval = Max(interval + SlowDownStep, Min(slowDown.Interval ?? TimeSpan.Zero, DeviceAuthorization.MaxInterval));
                    margin = Math.Min(margin + MoreMargin, MaxMargin);
                    break;
            }

            failures = last is PollResponse<T>.Retry ? failures + 1 : 0;
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
