namespace DeviceCode.Core.OAuth;

/// <summary>Lists of scopes, separated by spaces (RFC 6749 §3.3).</summary>
public static class Scope
{
    /// <summary>The scope with which a client requests a refresh token.</summary>
    public const string OfflineAccess = "offline_access";

    /// <summary>The scope with which a client lists and ends the logins of its user.</summary>
    public const string Logins = "logins";

    /// <summary>Returns the scopes of a list, without duplicates; null when the list is malformed.</summary>
    public static IReadOnlyList<string>? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var scopes = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var isValid = (scopes.Length > 0 || text.Length == 0) && Array.TrueForAll(scopes, scope => scope.All(IsScopeCharacter));
        return isValid ? [.. scopes.Distinct(StringComparer.Ordinal)] : null;
    }

    /// <summary>Whether all of <paramref name="scopes"/> are in <paramref name="allowed"/>.</summary>
    public static bool Allows(string allowed, IReadOnlyList<string> scopes) =>
        !scopes.Except(Split(allowed), StringComparer.Ordinal).Any();

    /// <summary>Whether <paramref name="list"/> contains <paramref name="scope"/>.</summary>
    public static bool Has(string list, string scope) => Split(list).Contains(scope, StringComparer.Ordinal);

    /// <summary>Returns the scopes of a list that is known to be valid.</summary>
    public static string[] Split(string list)
    {
        ArgumentNullException.ThrowIfNull(list);
        return list.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    private static bool IsScopeCharacter(char c) => c is '!' or (>= '#' and <= '[') or (>= ']' and <= '~');
}
