namespace DeviceCode.Core.Guesses;

/// <summary>A user code was not looked up, because too many wrong ones came before it.</summary>
/// <param name="RetryAfter">The time until a code may be entered again.</param>
/// <param name="IsFirst">Whether this is the first refusal within the window, and so worth an audit event.</param>
/// <param name="IsPerUser">Whether this person has reached the limit. Otherwise the network has, perhaps by other people's guesses.</param>
public sealed record GuessLimitExceeded(TimeSpan RetryAfter, bool IsFirst, bool IsPerUser);
