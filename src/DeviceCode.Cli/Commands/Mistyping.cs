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
        var commandLine = CommandLineOf(arguments.CommandResult);
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
            var command = arguments.CommandResult.Command;
            throw arguments.UnmatchedTokens is [var unmatched, ..] && command.Subcommands.Count > 0
                ? UnknownCommand(unmatched, command, commandLine)
                : new CommandException(ExitCode.Usage, Sentence(error.Message), help);
        }
    }

    /// <summary>Returns the error for a command that does not exist.</summary>
    /// <param name="name">The name.</param>
    /// <param name="parent">The command that it should belong to.</param>
    /// <param name="commandLine">The command line of that command, such as <c>devicecode</c>.</param>
    public static CommandException UnknownCommand(string name, Command parent, string commandLine)
    {
        var help = $"For help, run: {commandLine} --help";
        var nearest = Nearest(name, parent.Subcommands.Select(command => command.Name));
        return new CommandException(
            ExitCode.Usage,
            $"There is no command \"{$"{commandLine} {name}"["devicecode ".Length..]}\".",
            nearest is null ? help : $"Did you mean \"{commandLine} {nearest}\"? {help}");
    }

    private static string CommandLineOf(CommandResult result) =>
        string.Join(' ', Chain(result).Select(level => level.Command is RootCommand ? "devicecode" : level.Command.Name).Reverse());

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

    // The number of letters to insert, delete, change or swap with their neighbour (optimal string alignment).
    private static int Distance(string a, string b)
    {
        var distances = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                distances[i, j] = i == 0 || j == 0 ? i + j : new[]
                {
                    distances[i - 1, j] + 1,
                    distances[i, j - 1] + 1,
                    distances[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1),
                    i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] ? distances[i - 2, j - 2] + 1 : int.MaxValue,
                }.Min();
            }
        }

        return distances[a.Length, b.Length];
    }

    // Some messages of the parser span several lines.
    private static string Sentence(string message) =>
        $"{string.Join(' ', message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.')}.";
}
