namespace DeviceCode.Core.Devices;

using global::DeviceCode.Core.Limits;

/// <summary>What came of saying yes or no.</summary>
public abstract record DecideResult
{
    private DecideResult()
    {
    }

    /// <summary>The decision counts.</summary>
    /// <param name="Authorization">The authorization it decided.</param>
    /// <param name="Decision">The decision.</param>
    public sealed record Decided(DeviceAuthorization Authorization, Decision Decision) : DecideResult;

    /// <summary>Malformed, unknown, expired or already decided: which of them is not for the approver to know.</summary>
    /// <param name="IsGuess">Whether it counts as a guess; a malformed code does not, nor does one that another has just decided.</param>
    public sealed record Invalid(bool IsGuess) : DecideResult;

    /// <summary>Too many wrong codes; this one was not looked at.</summary>
    public sealed record TooManyGuesses(Refusal Refusal) : DecideResult;
}
