namespace DeviceCode.Core.OAuth;

/// <summary>The values of <c>grant_type</c> that this service supports.</summary>
public static class GrantTypes
{
    /// <summary>RFC 8628 §3.4.</summary>
    public const string DeviceCode = "urn:ietf:params:oauth:grant-type:device_code";

    /// <summary>RFC 6749 §6.</summary>
    public const string RefreshToken = "refresh_token";
}

/// <summary>The names of the same grants in <see cref="Client.Grants"/>, where an operator writes them.</summary>
internal static class ClientGrants
{
    /// <summary>Stands for <see cref="GrantTypes.DeviceCode"/>.</summary>
    public const string DeviceCode = "device_code";

    /// <summary>Stands for <see cref="GrantTypes.RefreshToken"/>.</summary>
    public const string RefreshToken = "refresh_token";
}
