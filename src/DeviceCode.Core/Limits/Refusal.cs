namespace DeviceCode.Core.Limits;

/// <summary>A limit is reached.</summary>
/// <param name="RetryAfter">How long it will stay so.</param>
/// <param name="IsFirst">
/// Whether this instance has not said so of the same person or network for as long as the limit counts back: what is worth an audit event, so
/// that a flood does not fill the log.
/// </param>
public sealed record Refusal(TimeSpan RetryAfter, bool IsFirst)
{
    /// <summary>Whether it is this person who is refused, wherever they are; otherwise it is everybody in the network.</summary>
    public bool IsOfPerson { get; init; }
}
