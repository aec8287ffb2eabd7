namespace DeviceCode.Core.Limits;

/// <summary>A limit is reached.</summary>
/// <param name="RetryAfter">How long it will stay so.</param>
/// <param name="IsFirst">
/// Whether this instance has refused nothing else for the same reason as long as the limit counts back: what is worth an audit event, so that a
/// flood does not fill the log.
/// </param>
public sealed record Refusal(TimeSpan RetryAfter, bool IsFirst);
