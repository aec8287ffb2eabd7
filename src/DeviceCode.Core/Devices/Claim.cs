namespace DeviceCode.Core.Devices;

/// <summary>Marks a device authorization as redeemed. It is written once and never changed.</summary>
/// <param name="Id">Distinguishes this claim from others, so that a repeated write is recognised as the same one.</param>
/// <param name="Salt">64 random hexadecimal digits, from which the tokens are derived.</param>
/// <param name="At">The time, in UTC.</param>
public sealed record Claim(Guid Id, string Salt, DateTimeOffset At);
