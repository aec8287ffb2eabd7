namespace DeviceCode.Core.Devices;

using global::DeviceCode.Core.Limits;

/// <summary>What came of looking at a user code.</summary>
public abstract record InspectResult
{
    private InspectResult()
    {
    }

    /// <summary>The code waits for a decision.</summary>
    /// <param name="Authorization">Who asks, and for what.</param>
    /// <param name="ExpiresIn">The time that is left.</param>
    /// <param name="SameNetwork">Whether the device asked from the network that the approver is in.</param>
    public sealed record Pending(DeviceAuthorization Authorization, TimeSpan ExpiresIn, bool SameNetwork) : InspectResult;

    /// <summary>Malformed, unknown, expired or already decided: which of them is not for the approver to know.</summary>
    /// <param name="IsGuess">Whether it counts as a guess; a malformed code does not.</param>
    public sealed record Invalid(bool IsGuess) : InspectResult;

    /// <summary>Too many wrong codes; this one was not looked at.</summary>
    public sealed record TooManyGuesses(Refusal Refusal) : InspectResult;
}
