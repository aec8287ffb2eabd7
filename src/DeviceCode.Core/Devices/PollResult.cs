namespace DeviceCode.Core.Devices;

/// <summary>What a poll learns (RFC 8628 §3.4, §3.5).</summary>
public abstract record PollResult
{
    private PollResult()
    {
    }

    /// <summary>Nobody has decided yet.</summary>
    public sealed record Pending : PollResult;

    /// <summary>Polled too early; <paramref name="Interval"/> is the time to keep from now on.</summary>
    public sealed record SlowDown(TimeSpan Interval) : PollResult;

    /// <summary>Approved, and not claimed yet by this poll.</summary>
    public sealed record Approved(DeviceAuthorization Authorization) : PollResult;

    /// <summary>Approved. Exactly one poll ever learns this.</summary>
    /// <param name="Authorization">What was approved.</param>
    /// <param name="User">Who approved, and is signed in now.</param>
    public sealed record Complete(DeviceAuthorization Authorization, User User) : PollResult;

    /// <summary>The person said no.</summary>
    public sealed record Denied : PollResult;

    /// <summary>The codes' time is over.</summary>
    public sealed record Expired : PollResult;

    /// <summary>Another poll has learnt of the approval.</summary>
    public sealed record AlreadyUsed : PollResult;

    /// <summary>No such code was issued here, or so long ago that it is forgotten.</summary>
    public sealed record Unknown : PollResult;
}
