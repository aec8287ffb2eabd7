namespace DeviceCode.Cli.Commands;

using DeviceCode.Cli.Targets;
using DeviceCode.Client;

/// <summary>What the user can do about a failure.</summary>
internal static class Fixes
{
    /// <summary>Returns a failure with another fix.</summary>
    public static DeviceLoginException WithFix(this DeviceLoginException failure, string fix) =>
        new(failure.Failure, failure.Message, fix, failure)
        {
            Error = failure.Error,
            ErrorDescription = failure.ErrorDescription,
            Status = failure.Status,
            RetryAfter = failure.RetryAfter,
        };

    /// <summary>Returns the command that signs in again with one more scope, as a sentence.</summary>
    /// <param name="context">The context of the command.</param>
    /// <param name="target">The target of the login, whose scopes are kept.</param>
    /// <param name="scope">The scope to add.</param>
    public static string SignInWith(CommandContext context, LoginTarget.Provider target, string scope)
    {
        var scopes = (target.Scope ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Append(scope).Distinct();
        return $"Sign in again with it: devicecode login{ProfileFlag(context)} --scope \"{string.Join(' ', scopes)}\"";
    }

    /// <summary>Returns the option that names the profile, if the command line has it.</summary>
    public static string ProfileFlag(CommandContext context) => context.ProfileIsGiven ? $" --profile {context.ProfileName}" : "";
}
