namespace DeviceCode.Core.Devices;

/// <summary>The result of a poll (RFC 8628 §3.4, §3.5) in the login without OAuth clients.</summary>
public abstract record PollResult
{
    private PollResult()
    {
    }

    /// <summary>Approved, and claimed by this poll. Exactly one poll ever gets this result.</summary>
    /// <param name="Authorization">The authorization that was approved.</param>
    /// <param name="User">The approver, who is now signed in on the device.</param>
    public sealed record Complete(DeviceAuthorization Authorization, User User) : PollResult;

    /// <summary>Approved, and claimed by an earlier poll.</summary>
    public sealed record AlreadyUsed : PollResult;

    /// <summary>Not approved, or not known. OAuth clients get these results, too.</summary>
    public abstract record NotApproved : PollResult
    {
        private protected NotApproved()
        {
        }
    }

    /// <summary>The approver has not decided yet.</summary>
    public sealed record Pending : NotApproved;

    /// <summary>The device polled too early. <paramref name="Interval"/> is the time to wait between polls from now on.</summary>
    public sealed record SlowDown(TimeSpan Interval) : NotApproved;

    /// <summary>The approver denied the request.</summary>
    public sealed record Denied : NotApproved;

    /// <summary>The codes have expired.</summary>
    public sealed record Expired : NotApproved;

    /// <summary>The code was not issued here, belongs to another client, or has been purged.</summary>
    public sealed record Unknown : NotApproved;
}

/// <summary>The result of <see cref="DeviceAuthorizationService.PollCoreAsync"/>: a poll that claims nothing.</summary>
internal abstract record PollOutcome
{
    private PollOutcome()
    {
    }

    /// <summary>Approved by <paramref name="User"/>; perhaps claimed already.</summary>
    public sealed record Approved(DeviceAuthorization Authorization, User User) : PollOutcome;

    /// <summary>Not approved; <paramref name="Result"/> says why.</summary>
    public sealed record NotApproved(PollResult.NotApproved Result) : PollOutcome;
}
