namespace DeviceCode.Core.Devices;

/// <summary>The mark of the one redemption of a device authorization. It is made once and never changed.</summary>
/// <param name="Id">Tells this claim from another, so that a repeated write can be recognised as the same one.</param>
/// <param name="Salt">64 hexadecimal digits that whatever is made of the authorization can be derived with.</param>
/// <param name="At">When, in UTC.</param>
public sealed record Claim(Guid Id, string Salt, DateTimeOffset At);
