namespace DeviceCode.Core.OAuth;

using System.Text.RegularExpressions;

/// <summary>A login as its owner sees it: a <see cref="Grant"/> that has not ended, without its tokens.</summary>
/// <param name="Id">The id of the grant.</param>
/// <param name="ClientId">The client that is signed in.</param>
/// <param name="Scope">The granted scopes, separated by spaces.</param>
/// <param name="User">The owner.</param>
/// <param name="Created">When and where the client requested its code.</param>
/// <param name="LastUsed">When and where the tokens were last refreshed; <paramref name="Created"/> before that.</param>
/// <param name="EndsAt">The time at which the login ends unless it is refreshed, in UTC; null for never.</param>
public sealed record Login(
    Guid Id, string ClientId, string Scope, User User, LoginUse Created, LoginUse LastUsed, DateTimeOffset? EndsAt)
{
    /// <summary>Identifies the login without revealing its owner.</summary>
    public override string ToString() => $"Login({Id})";
}

/// <summary>A use of a login.</summary>
/// <param name="At">The time, in UTC.</param>
/// <param name="From">Where the client was.</param>
public sealed record LoginUse(DateTimeOffset At, RequestOrigin From);

/// <summary>A page of a list of logins, newest first.</summary>
/// <param name="Logins">At most <see cref="MaxLogins"/>.</param>
/// <param name="Next">Where the next page begins, an opaque text; null after the last page.</param>
public sealed partial record LoginPage(IReadOnlyList<Login> Logins, string? Next)
{
    /// <summary>The most logins of a page.</summary>
    public const int MaxLogins = 100;

    /// <summary>Checks that a text has the form of <see cref="Next"/> of a person's logins.</summary>
    /// <param name="after">The text; null for the first page.</param>
    /// <exception cref="FormatException">It has another form.</exception>
    public static void RequirePlace(string? after)
    {
        if (after is not null && !Place.IsMatch(after))
        {
            throw new FormatException("This is not a place in a list of logins.");
        }
    }

    // A time and an id.
    [GeneratedRegex(@"^[0-9]{19}-[0-9a-f]{32}\z")]
    private static partial Regex Place { get; }
}
