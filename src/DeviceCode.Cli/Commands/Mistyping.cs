namespace DeviceCode.Cli.Commands;

using System.CommandLine;
using System.CommandLine.Parsing;
using DeviceCode.Cli.Running;

/// <summary>Explains command lines that cannot be parsed, or that only look as if they could.</summary>
internal static class Mistyping
{
    /// <summary>Rejects a command line with an unknown option, an unknown command or a missing argument, and suggests a name.</summary>
    /// <exception cref="CommandException">There is such a fault.</exception>
    public static void Reject(ParseResult arguments)
    {
        var commandLine = arguments.CommandResult.Command is CliCommand named ? $"devicecode {named.Name}" : "devicecode";
        var help = $"For help, run: {commandLine} --help";
        if (UnknownOption(arguments) is { } unknown)
        {
            var nearest = Nearest(unknown, OptionsOf(arguments.CommandResult).SelectMany(option => option.Aliases.Prepend(option.Name)));
            throw new CommandException(
                ExitCode.Usage,
                $"\"{commandLine}\" has no option {unknown}.",
                nearest is null ? help : $"Did you mean {nearest}? {help}");
        }

        if (arguments.Errors is [var error, ..])
        {
            var unmatched = arguments.UnmatchedTokens is [var first, ..] && arguments.CommandResult.Command is RootCommand ? first : null;
            throw unmatched is null
                ? new CommandException(ExitCode.Usage, Sentence(error.Message), help)
                : UnknownCommand(unmatched, arguments.RootCommandResult.Command);
        }
    }

    /// <summary>Returns the error for a command that does not exist.</summary>
    public static CommandException UnknownCommand(string name, Command root)
    {
        const string help = "For help, run: devicecode --help";
        var nearest = Nearest(name, root.Subcommands.Select(command => command.Name));
        return new CommandException(
            ExitCode.Usage,
            $"There is no command \"{name}\".",
            nearest is null ? help : $"Did you mean \"devicecode {nearest}\"? {help}");
    }

    // The parser takes an unknown option for an argument. After "--", it is one.
    private static string? UnknownOption(ParseResult arguments)
    {
        var options = Chain(arguments.CommandResult).SelectMany(command => command.Children).OfType<OptionResult>();
        var values = new HashSet<Token>(options.SelectMany(option => option.Tokens), ReferenceEqualityComparer.Instance);
        return arguments.Tokens
            .TakeWhile(token => token.Type != TokenType.DoubleDash)
            .Where(token => token is { Type: TokenType.Argument, Value: ['-', _, ..] } && !values.Contains(token))
            .Select(token => token.Value.Split('=', ':')[0])
            .FirstOrDefault();
    }

    private static IEnumerable<Option> OptionsOf(CommandResult command) => Chain(command)
        .SelectMany(level => level.Command.Options.Where(option => level == command || option.Recursive))
        .Where(option => !option.Hidden);

    private static IEnumerable<CommandResult> Chain(CommandResult command)
    {
        for (CommandResult? level = command; level is not null; level = level.Parent as CommandResult)
        {
            yield return level;
        }
    }

    // The name with the fewest differences, unless these are most of it.
    private static string? Nearest(string typed, IEnumerable<string> names) => names
        .Select(name => (Name: name, Distance: Distance(Normalized(typed), Normalized(name))))
        .Where(candidate => candidate.Distance <= Normalized(candidate.Name).Length / 3)
        .OrderBy(candidate => candidate.Distance)
        .Select(candidate => candidate.Name)
        .FirstOrDefault();

    private static string Normalized(string name) =>
        name.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();

    // Levenshtein's distance.
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }

    // Some messages of the parser span several lines.
    private static string Sentence(string message) =>
        $"{string.Join(' ', message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.')}.";
}
