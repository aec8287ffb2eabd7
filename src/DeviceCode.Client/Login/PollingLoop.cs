namespace DeviceCode.Client;

/// <summary>Asks until the person has decided or the code expires (RFC 8628 §3.4, §3.5). Both kinds of login wait here.</summary>
internal static class PollingLoop
{
    // Clocks of virtual machines run fast. In a log of cli/cli#9370 a WSL machine took 22 seconds for 25, and a server that counts by
    // the right clock told it to slow down every time, until the code expired. A fifth more forgives such a clock, and costs
    // half a second on the average login. Every slow_down that comes all the same says that the clock is faster still, so the margin grows;
    // at twice the interval it must be something else, which the growing interval itself takes care of.
    private const double FirstMargin = 1.2, MoreMargin = 0.2, MaxMargin = 2;

    private static readonly TimeSpan SlowDown = TimeSpan.FromSeconds(5), MaxBackOff = TimeSpan.FromMinutes(1);

    public static async Task<T> RunAsync<T>(
        DeviceAuthorization authorization, Func<CancellationToken, Task<PollAnswer<T>>> poll, IDeviceLoginPrompt prompt, Connection connection, CancellationToken cancellationToken)
        where T : class
    {
        var time = connection.TimeProvider;
        var (interval, margin, faults) = (authorization.Interval, FirstMargin, 0);
        var answer = new PollAnswer<T>(DeviceLoginState.Started);
        while (true)
        {
            // Twice as long after every fault in a row (RFC 8628 §3.5), spread so that a server that comes back is not asked by all at once.
            var wait = interval * margin;
            if (faults > 0)
            {
                var backOff = wait * Math.Pow(2, Math.Min(faults, 10)) * (0.5 + (connection.Jitter() / 2));
                wait = Max(wait, Min(backOff, MaxBackOff));
            }

            wait = Max(wait, answer.RetryAfter ?? TimeSpan.Zero);

            // When the code has expired there is one more poll, at most an interval later: the approval may be seconds old, and a server
            // that cares keeps it for so long.
            var left = authorization.ExpiresAt - time.GetUtcNow();
            var isLast = wait >= left;
            wait = Min(wait, Max(left + (authorization.Interval * FirstMargin), TimeSpan.Zero));

            prompt.Report(new DeviceLoginProgress(answer.State, time.GetUtcNow() + wait, interval) { Trouble = answer.Trouble });
            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
            answer = await poll(cancellationToken).ConfigureAwait(false);

            if (answer.Result is { } result)
            {
                return result;
            }

            if (answer.Refusal is { } refusal)
            {
                throw faults > 0 && refusal.Failure == DeviceLoginFailure.InvalidCode ? AnswerLost(refusal) : refusal;
            }

            if (isLast)
            {
                throw answer.Trouble ?? Refusals.CodeExpired();
            }

            faults = answer.State == DeviceLoginState.Trouble ? faults + 1 : 0;
            if (answer.State == DeviceLoginState.SlowDown)
            {
                interval = Max(interval + SlowDown, Min(answer.Interval ?? TimeSpan.Zero, DeviceAuthorization.MaxInterval));
                margin = Math.Min(margin + MoreMargin, MaxMargin);
            }
        }
    }

    private static DeviceLoginException AnswerLost(DeviceLoginException refusal) => new(
        DeviceLoginFailure.InvalidCode, "The login was probably completed, but the answer was lost on its way here.", "Sign in again.", refusal)
    {
        Error = refusal.Error,
        ErrorDescription = refusal.ErrorDescription,
    };

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
