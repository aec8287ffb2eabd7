namespace DeviceCode.Client;

/// <summary>What is going on while the person decides.</summary>
/// <param name="State">What the last poll brought.</param>
/// <param name="NextPollAt">When the next poll is, by this machine's clock.</param>
/// <param name="Interval">The least time between polls that the server asks for by now.</param>
public sealed record DeviceLoginProgress(DeviceLoginState State, DateTimeOffset NextPollAt, TimeSpan Interval)
{
    /// <summary>What is wrong, for <see cref="DeviceLoginState.Trouble"/>: it would end the login if the code expired now.</summary>
    public DeviceLoginException? Trouble { get; init; }
}
