namespace DeviceCode.Client;

/// <summary>The progress of a login that waits for the user.</summary>
/// <param name="State">The outcome of the last poll.</param>
/// <param name="NextPollAt">The time of the next poll, by this machine's clock.</param>
/// <param name="Interval">The shortest time between two polls that the server currently allows.</param>
public sealed record DeviceLoginProgress(DeviceLoginState State, DateTimeOffset NextPollAt, TimeSpan Interval)
{
    /// <summary>Why the last poll failed, in the state <see cref="DeviceLoginState.Retrying"/>; null in the others.</summary>
    public DeviceLoginException? Failure { get; init; }
}

/// <summary>The outcomes of a poll after which the login continues.</summary>
public enum DeviceLoginState
{
    /// <summary>There was no poll yet.</summary>
    Started,

    /// <summary>The user has not decided (<c>authorization_pending</c>).</summary>
    Pending,

    /// <summary>The server asks for fewer polls (<c>slow_down</c>, or HTTP 429).</summary>
    SlowDown,

    /// <summary>The poll failed: no response, or an unusable one. The login polls again, at growing intervals.</summary>
    Retrying,
}
