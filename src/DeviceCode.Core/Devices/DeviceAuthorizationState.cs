namespace DeviceCode.Core.Devices;

/// <summary>Where a device authorization stands. That an approved one is used up is told by its claim, not by its state.</summary>
public enum DeviceAuthorizationState
{
    /// <summary>Nobody has decided yet (RFC 8628 §3.5, <c>authorization_pending</c>).</summary>
    Pending,

    /// <summary>A person said yes; the next poll redeems it.</summary>
    Approved,

    /// <summary>A person said no (<c>access_denied</c>).</summary>
    Denied,

    /// <summary>Its time is over (<c>expired_token</c>).</summary>
    Expired,
}
