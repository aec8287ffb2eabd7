namespace DeviceCode.Core.Bookkeeping;

/// <summary>A request was refused because a limit is reached.</summary>
/// <param name="RetryAfter">The time until a request is allowed again.</param>
/// <param name="IsFirst">
/// Whether this is this instance's first refusal for the key within the window. Only the first one is worth an audit event: a
/// flood of requests must not flood the log.
/// </param>
public sealed record LimitExceeded(TimeSpan RetryAfter, bool IsFirst);
