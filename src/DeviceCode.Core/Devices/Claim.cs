namespace DeviceCode.Core.Devices;

/// <summary>
/// Marks a device authorization as redeemed, or about to be: one row, beside that of the authorization. The poll that holds the claim
/// completes the login, and confirms the claim once its response is sent.
/// </summary>
/// <param name="Id">Identifies the claim, and the grant that an OAuth client receives for it.</param>
/// <param name="Salt">64 random hexadecimal digits, from which the tokens are derived.</param>
/// <param name="At">The time of the last write, in UTC.</param>
public sealed record Claim(Guid Id, string Salt, DateTimeOffset At)
{
    /// <summary>
    /// Identifies the poll that holds the claim. Another poll replaces it when it takes over a claim that was not confirmed.
    /// </summary>
    public required Guid Holder { get; init; }

    /// <summary>Whether the holder has sent its response. A confirmed claim cannot be taken over.</summary>
    public bool IsConfirmed { get; init; }

    /// <summary>The store's mark of the version that was read; null before the claim is stored.</summary>
    public string? Version { get; init; }
}
