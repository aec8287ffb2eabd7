namespace DeviceCode.Core.Devices;

/// <summary>The result of <see cref="DeviceAuthorizationService.DecideAsync"/>.</summary>
public abstract record DecideResult
{
    private DecideResult()
    {
    }

    /// <summary>The decision was stored.</summary>
    public sealed record Decided(DeviceAuthorization Authorization, Decision Decision) : DecideResult;

    /// <summary>The code is not accepted, and nothing was decided.</summary>
    public sealed record Rejected(UserCodeRejection Reason) : DecideResult;
}
