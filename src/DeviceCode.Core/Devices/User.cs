namespace DeviceCode.Core.Devices;

/// <summary>The person who decides about a device, as the sign-in names them.</summary>
/// <param name="Subject">Identifies the person within the tenant and never changes (Entra's <c>oid</c>).</param>
/// <param name="TenantId">The tenant that vouches for the subject (Entra's <c>tid</c>).</param>
/// <param name="Email">The e-mail address or user name; null when the sign-in does not tell it.</param>
/// <param name="DisplayName">What to call the person.</param>
public sealed record User(string Subject, string TenantId, string? Email, string DisplayName)
{
    /// <summary>Never the identity itself: a record's own text would put it into logs.</summary>
    public override string ToString() => "User(****)";
}
