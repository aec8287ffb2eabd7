namespace DeviceCode.Core;

/// <summary>The person who decides about a device, as the sign-in identifies them.</summary>
/// <param name="Subject">Identifies the person within the tenant and never changes (Entra's <c>oid</c>).</param>
/// <param name="TenantId">The tenant that issued the subject (Entra's <c>tid</c>).</param>
/// <param name="Email">The e-mail address or user name; null when the sign-in does not include it.</param>
/// <param name="DisplayName">The name to show.</param>
public sealed record User(string Subject, string TenantId, string? Email, string DisplayName)
{
    /// <summary>Stands for the person in the keys of storage: 32 hexadecimal digits.</summary>
    public string Key => KeyOf(TenantId, Subject);

    /// <summary>Returns the <see cref="Key"/> of a person.</summary>
    public static string KeyOf(string tenantId, string subject) => Hashes.Of("person", tenantId, subject)[..32];

    /// <summary>
    /// Returns a random id for something that the person owns. Its first digit is that of <see cref="Key"/>, so that a store can keep all
    /// that a person owns in one partition.
    /// </summary>
    public Guid NewId() => Guid.ParseExact($"{Key[0]}{Guid.NewGuid():N}"[..32], "N");

    /// <summary>Whether this is the same person, whatever the name and the address are now.</summary>
    public bool IsSameAs(User other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Subject == other.Subject && TenantId == other.TenantId;
    }

    /// <summary>Hides the identity: the text that a record generates would put it into logs.</summary>
    public override string ToString() => "User(****)";
}
