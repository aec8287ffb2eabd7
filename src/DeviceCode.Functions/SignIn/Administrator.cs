namespace DeviceCode.Functions.SignIn;

/// <summary>A person or an application that the directory has authenticated.</summary>
/// <param name="Id">The object id of the person, or of the application's service principal.</param>
/// <param name="TenantId">The tenant.</param>
/// <param name="MayManageLogins">Whether the directory has assigned the app role <see cref="LoginsRole"/>.</param>
public sealed record Administrator(string Id, string TenantId, bool MayManageLogins)
{
    /// <summary>The app role whose holders may list and end the logins of others.</summary>
    public const string LoginsRole = "Logins.Manage";
}
