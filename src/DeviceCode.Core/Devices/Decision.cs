namespace DeviceCode.Core.Devices;

/// <summary>What a person decided about a device. It is made once and never changed.</summary>
/// <param name="Id">Tells this decision from another, so that a repeated write can be recognised as the same one.</param>
/// <param name="Approved">Yes or no.</param>
/// <param name="User">Who decided.</param>
/// <param name="At">When, in UTC.</param>
public sealed record Decision(Guid Id, bool Approved, User User, DateTimeOffset At);
