namespace DeviceCode.Core.Guesses;

/// <summary>The limits on wrong user codes (RFC 8628 §5.1).</summary>
/// <param name="PerUser">The limit for one person.</param>
/// <param name="PerNetwork">The limit for one network.</param>
/// <param name="Window">The period in which wrong codes are counted.</param>
public sealed record GuessLimits(int PerUser, int PerNetwork, TimeSpan Window);
