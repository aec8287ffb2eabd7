namespace DeviceCode.Client;

/// <summary>The outcome of one poll (RFC 8628 §3.5).</summary>
/// <typeparam name="T">The result of a completed login.</typeparam>
public abstract record PollResponse<T>
    where T : class
{
    private PollResponse()
    {
    }

    /// <summary>The wait that the server asks for (<c>Retry-After</c>); null when it asks for none.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>Classifies a response. Only a definite error ends a login; after any other failure, the next poll may succeed.</summary>
    /// <param name="response">The response.</param>
    /// <param name="provider">The provider, for messages.</param>
    /// <param name="read">Reads the result; returns null when the response has none.</param>
    internal static PollResponse<T> Read(ServerResponse response, Provider provider, Func<ServerResponse, T?> read)
    {
        PollResponse<T> outcome = response switch
        {
            { Error: "authorization_pending" } => new Pending(),
            { Error: "slow_down" } or { Status: 429 } => new SlowDown(response.Seconds(OAuthNames.Interval)),
            { IsSuccess: true, Error: null } when read(response) is { } result => new Completed(result),
            { Error: not null } when ServerErrors.OfPoll(response, provider) is { Failure: not DeviceLoginFailure.Network } failure =>
                new Failed(failure),
            _ => new Retry(ServerErrors.Of(response, provider)),
        };
        return outcome with { RetryAfter = response.RetryAfter };
    }

    /// <summary>The login is complete.</summary>
    /// <param name="Result">The result, such as the tokens. Most servers return it only once.</param>
    public sealed record Completed(T Result) : PollResponse<T>;

    /// <summary>The login has failed for good.</summary>
    /// <param name="Failure">The reason: the user denied the request, the code expired, or the server rejects it.</param>
    public sealed record Failed(DeviceLoginException Failure) : PollResponse<T>;

    /// <summary>The user has not decided.</summary>
    public sealed record Pending : PollResponse<T>;

    /// <summary>
    /// The server asks for a longer interval. GitHub and DeviceCode send the new interval; RFC 8628 defines no member for it.
    /// </summary>
    /// <param name="Interval">The new interval; null when the server sends none, which means five seconds more.</param>
    public sealed record SlowDown(TimeSpan? Interval) : PollResponse<T>;

    /// <summary>The poll failed, but the next one may succeed.</summary>
    /// <param name="Failure">The reason: there was no response, or none that decides about the login.</param>
    public sealed record Retry(DeviceLoginException Failure) : PollResponse<T>;
}
