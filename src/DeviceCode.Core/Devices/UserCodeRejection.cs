namespace DeviceCode.Core.Devices;

using global::DeviceCode.Core.Guesses;

/// <summary>The reason why a user code is not accepted.</summary>
public abstract record UserCodeRejection
{
    private UserCodeRejection()
    {
    }

    /// <summary>
    /// The code is malformed, unknown, expired or already decided. Which of these it is stays secret: it would help an attacker
    /// who guesses codes.
    /// </summary>
    /// <param name="IsGuess">
    /// Whether this counts as a guess. A malformed code does not, nor does a right one that was decided before or whose client may not
    /// redeem it.
    /// </param>
    public sealed record Invalid(bool IsGuess) : UserCodeRejection;

    /// <summary>Too many wrong codes were entered before; this one was not looked up, or its result is withheld.</summary>
    public sealed record TooManyGuesses(GuessLimitExceeded Limit) : UserCodeRejection;
}
