namespace DeviceCode.Client;

/// <summary>What one poll brought, in the terms of the polling loop.</summary>
/// <param name="State">Pending, slow down, or trouble; of no meaning when there is a <see cref="Result"/>.</param>
internal sealed record PollAnswer<T>(DeviceLoginState State)
    where T : class
{
    /// <summary>What the login ends with.</summary>
    public T? Result { get; init; }

    /// <summary>Why it ends without.</summary>
    public DeviceLoginException? Refusal { get; init; }

    /// <summary>What is wrong, for now.</summary>
    public DeviceLoginException? Trouble { get; init; }

    /// <summary>The interval that <c>slow_down</c> tells; RFC 8628 has none, GitHub and DeviceCode do.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>The least time until the next poll.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Reads an answer. Only what says so clearly ends a login; all else may be better by the next poll.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="provider">Whose.</param>
    /// <param name="result">Reads what the login ends with; null when it is not there.</param>
    public static PollAnswer<T> Read(Answer answer, Provider provider, Func<Answer, T?> result)
    {
        var read = answer switch
        {
            { Error: "authorization_pending" } => new PollAnswer<T>(DeviceLoginState.Pending),
            { Error: "slow_down" } or { Status: 429 } => new(DeviceLoginState.SlowDown) { Interval = answer.Seconds("interval") },
            { IsSuccess: true, Error: null } when result(answer) is { } some => new(DeviceLoginState.Pending) { Result = some },
            { Error: not null } when Refusals.OfPoll(answer, provider) is { Failure: not DeviceLoginFailure.Network } refusal => new(DeviceLoginState.Pending) { Refusal = refusal },
            _ => new(DeviceLoginState.Trouble) { Trouble = Refusals.Of(answer, provider) },
        };
        return read with { RetryAfter = answer.RetryAfter };
    }
}
