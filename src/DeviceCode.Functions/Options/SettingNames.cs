namespace DeviceCode.Functions.Options;

using System.Reflection;
using Microsoft.Extensions.Configuration;

/// <summary>
/// Compares the settings of a section with its options class. The configuration binder ignores unknown names, single values for lists and
/// lists for single values, so that the service would silently run with a default.
/// </summary>
internal static class SettingNames
{
    private const BindingFlags IgnoringCase = BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase;

    /// <summary>Returns one message for each setting that the binder would ignore.</summary>
    /// <param name="section">The section.</param>
    /// <param name="type">The options class.</param>
    /// <param name="others">Classes of a library that reads the same section: their names are known, too.</param>
    public static IEnumerable<string> Check(IConfigurationSection section, Type type, params Type[] others)
    {
        foreach (var setting in section.GetChildren())
        {
            if (type.GetProperty(setting.Key, IgnoringCase) is { } property
                && (property.CanWrite || ElementOf(property.PropertyType) is not null || ValueOf(property.PropertyType) is not null))
            {
                foreach (var failure in CheckShape(setting, property.PropertyType))
                {
                    yield return failure;
                }
            }
            else if (!Array.Exists(others, other => other.GetProperty(setting.Key, IgnoringCase) is not null))
            {
                yield return $"Unknown setting {setting.Path}. Check its spelling, or remove it.";
            }
        }
    }

    private static IEnumerable<string> CheckShape(IConfigurationSection setting, Type type)
    {
        var hasValue = !string.IsNullOrEmpty(setting.Value);
        if (ElementOf(type) is { } element)
        {
            return hasValue
                ? [$"{setting.Path} is a list. Set its values as {setting.Path}:0, {setting.Path}:1 and so on."]
                : setting.GetChildren().SelectMany(item => CheckShape(item, element));
        }

        if (ValueOf(type) is { } value)
        {
            return hasValue
                ? [$"{setting.Path} is a group of settings. Set them as {setting.Path}:NAME."]
                : setting.GetChildren().SelectMany(item => CheckShape(item, value));
        }

        if (IsGroup(type))
        {
            return hasValue
                ? [$"{setting.Path} is a group of settings. Set the settings in it, like {setting.Path}:{type.GetProperties()[0].Name}."]
                : Check(setting, type);
        }

        return setting.GetChildren().Select(extra => $"{setting.Path} is a single value. Set it instead of {extra.Path}.");
    }

    private static Type? ElementOf(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IList<>) ? type.GetGenericArguments()[0] : null;

    // Settings with names that the operator chooses.
    private static Type? ValueOf(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IDictionary<,>) ? type.GetGenericArguments()[1] : null;

    private static bool IsGroup(Type type) => type.Assembly.GetName().Name!.StartsWith($"{nameof(DeviceCode)}.", StringComparison.Ordinal);
}
