namespace DeviceCode.Tables;

using Azure.Data.Tables;
using DeviceCode.Core;

/// <summary>The columns of a user, the same in every table.</summary>
internal static class UserColumns
{
    public static TableEntity WithUser(this TableEntity entity, User user)
    {
        entity[nameof(User.Subject)] = user.Subject;
        entity[nameof(User.TenantId)] = user.TenantId;
        entity[nameof(User.Email)] = user.Email;
        entity[nameof(User.DisplayName)] = user.DisplayName;
        return entity;
    }

    public static User GetUser(this TableEntity entity) => new(
        entity.GetString(nameof(User.Subject))!,
        entity.GetString(nameof(User.TenantId))!,
        entity.GetString(nameof(User.Email)),
        entity.GetString(nameof(User.DisplayName))!);
}
