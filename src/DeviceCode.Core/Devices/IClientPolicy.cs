namespace DeviceCode.Core.Devices;

/// <summary>
/// The current registrations of OAuth clients. They are checked whenever a code is used, because a client or its scopes may be removed
/// while the code is pending.
/// </summary>
public interface IClientPolicy
{
    /// <summary>
    /// Returns the authorization with only those scopes that its client may have now; null when the client could not redeem it, because
    /// a login that cannot complete must not be approved. An authorization without a client is returned unchanged.
    /// </summary>
    DeviceAuthorization? Apply(DeviceAuthorization authorization);
}
