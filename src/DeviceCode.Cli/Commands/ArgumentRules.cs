namespace DeviceCode.Cli.Commands;

using System.CommandLine;
using System.Globalization;
using DeviceCode.Cli.Configuration;
using DeviceCode.Cli.Running;

/// <summary>Options and rules that several commands share.</summary>
internal static class ArgumentRules
{
    /// <summary>Creates the option for the time to wait.</summary>
    public static Option<string?> CreateTimeout() => new("--timeout")
    {
        Description = "how long to wait for the approval, such as 90s, 5m or 1h (default: as long as the code is valid)",
        HelpName = "time",
    };

    /// <summary>Creates the option for the storage of a secret.</summary>
    public static Option<string?> CreateStorage(string secret)
    {
        var option = new Option<string?>("--storage")
        {
            Description = $"where to store {secret} (default: the keyring if it works, else a file)",
            HelpName = "keyring|file",
        };
        option.AcceptOnlyFromAmong("keyring", "file");
        return option;
    }

    /// <summary>Returns the time to wait; null for as long as the code is valid.</summary>
    public static TimeSpan? ParseTimeout(ParseResult arguments, Option<string?> option) =>
        arguments.GetValue(option) is { } time ? ParseTime(time) : null;

    /// <summary>Returns the storage; null when none is given.</summary>
    public static TokenStorage? ParseStorage(ParseResult arguments, Option<string?> option) => arguments.GetValue(option) switch
    {
        "keyring" => TokenStorage.Keyring,
        "file" => TokenStorage.File,
        _ => null,
    };

    /// <summary>Rejects the symbols that are given. Both texts contain {0} for the name of the symbol.</summary>
    /// <exception cref="CommandException">One is given.</exception>
    public static void Reject(ParseResult arguments, string problem, string fix, params Symbol[] symbols)
    {
        if (symbols.FirstOrDefault(symbol => IsGiven(arguments, symbol)) is { } given)
        {
            // Not a format string, because a URL in the texts may contain braces.
            var name = given is Argument ? "the URL or provider" : given.Name;
            throw new CommandException(
                ExitCode.Usage, problem.Replace("{0}", name, StringComparison.Ordinal), fix.Replace("{0}", name, StringComparison.Ordinal));
        }
    }

    /// <summary>Rejects empty values, which a script passes whose variable is not set.</summary>
    /// <exception cref="CommandException">A value is empty.</exception>
    public static void RejectEmpty(ParseResult arguments, params Option<string?>[] options)
    {
        if (options.FirstOrDefault(option => arguments.GetValue(option) == "") is { } empty)
        {
            throw new CommandException(ExitCode.Usage, $"The value of {empty.Name} is empty.", "Add the value, or remove the option.");
        }
    }

    private static TimeSpan ParseTime(string text)
    {
        var (number, unit) = text.Length > 0 && char.IsAsciiLetter(text[^1]) ? (text[..^1], text[^1]) : (text, 's');
        var seconds = unit switch
        {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => 0,
        };
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && seconds > 0
            && count is > 0 and <= 86_400
            ? TimeSpan.FromSeconds((long)count * seconds)
            : throw new CommandException(
                ExitCode.Usage, $"Invalid time \"{text}\" for --timeout.", "Write it as seconds, or with a unit: 90s, 5m or 1h.");
    }

    private static bool IsGiven(ParseResult arguments, Symbol symbol) => symbol switch
    {
        Option<bool> option => arguments.GetValue(option),
        Option option => arguments.GetResult(option) is { Implicit: false },
        Argument argument => arguments.GetResult(argument) is { Tokens.Count: > 0 },
        _ => false,
    };
}
