namespace DeviceCode.Core.Devices;

/// <summary>The result of <see cref="DeviceAuthorizationService.DecideAsync"/>.</summary>
public abstract record DecideResult
{
    private DecideResult()
    {
    }

    /// <summary>The decision is stored.</summary>
    public sealed record Decided(DeviceAuthorization Authorization, Decision Decision) : DecideResult
    {
        /// <summary>Whether the same approver made the same decision before, and this request only repeats it.</summary>
        public bool IsRepeated { get; init; }
    }

    /// <summary>The code is not accepted, and nothing was decided.</summary>
    public sealed record Rejected(UserCodeRejection Reason) : DecideResult;
}
