namespace DeviceCode.Client;

/// <summary>
/// When to poll next (RFC 8628 §3.5). A value: <see cref="After{T}"/> returns the next one. Serialized with <see cref="ClientJson"/>,
/// another process can continue with the same pace. It contains no secret.
/// </summary>
public sealed record PollPace
{
    // The clock of a virtual machine can run fast. In a log of cli/cli#9370, a WSL machine waited 22 seconds instead of 25, and a server
    // with the right clock answered slow_down every time, until the code expired. Waiting a fifth longer is enough for such a clock, and
    // costs half a second on the average login. Every further slow_down means that the clock is faster still, so the margin grows; at twice
    // the interval the cause must be another one, which the growing interval takes care of.
    internal const double FirstMargin = 1.2;

    private const double MoreMargin = 0.2, MaxMargin = 2;

    private static readonly TimeSpan SlowDownStep = TimeSpan.FromSeconds(5), MaxBackOff = TimeSpan.FromMinutes(1);

    /// <summary>The shortest time between two polls that the server currently accepts.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>The factor by which the waits exceed <see cref="Interval"/>: 1.2 at first, at most 2.</summary>
    public double Margin { get; init; } = FirstMargin;

    /// <summary>The number of polls in a row that failed without a definite response.</summary>
    public int Failures { get; init; }

    /// <summary>The wait that the last response asked for (<c>Retry-After</c>); null when it asked for none.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Returns the wait before the next poll. It doubles after every failure in a row, up to a minute.</summary>
    /// <param name="jitter">A random number from 0 to 1, so that clients do not return all at once after an outage.</param>
    public TimeSpan Wait(double jitter)
    {
        var wait = Interval * Margin;
        if (Failures > 0)
        {
            var backOff = wait * Math.Pow(2, Math.Min(Failures, 10)) * (0.5 + (jitter / 2));
            wait = Max(wait, backOff < MaxBackOff ? backOff : MaxBackOff);
        }

        return Max(wait, RetryAfter ?? TimeSpan.Zero);
    }

    /// <summary>Returns the pace after a poll: a longer interval after <c>slow_down</c>, a longer wait after a failure.</summary>
    /// <typeparam name="T">The result of a completed login.</typeparam>
    /// <param name="response">The response to the poll.</param>
    public PollPace After<T>(PollResponse<T> response)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(response);
        var next = this with
        {
            Failures = response is PollResponse<T>.Retry ? Failures + 1 : 0,
            RetryAfter = response.RetryAfter,
        };
        if (response is not PollResponse<T>.SlowDown slowDown)
        {
            return next;
        }

        var demanded = slowDown.Interval ?? TimeSpan.Zero;
        var longest = DeviceAuthorization.MaxInterval;
        return next with
        {
            Interval = Max(Interval + SlowDownStep, demanded < longest ? demanded : longest),
            Margin = Math.Min(Margin + MoreMargin, MaxMargin),
        };
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
