namespace DeviceCode.Core.Devices;

/// <summary>The result of <see cref="DeviceAuthorizationService.InspectAsync"/>.</summary>
public abstract record InspectResult
{
    private InspectResult()
    {
    }

    /// <summary>The code waits for a decision.</summary>
    /// <param name="Authorization">The request of the device.</param>
    /// <param name="ExpiresIn">The time left.</param>
    /// <param name="SameNetwork">Whether the device and the approver are in the same network.</param>
    public sealed record Pending(DeviceAuthorization Authorization, TimeSpan ExpiresIn, bool SameNetwork) : InspectResult;

    /// <summary>The code is not accepted.</summary>
    public sealed record Rejected(UserCodeRejection Reason) : InspectResult;
}
