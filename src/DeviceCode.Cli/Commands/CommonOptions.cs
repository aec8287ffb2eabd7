namespace DeviceCode.Cli.Commands;

using System.CommandLine;

/// <summary>The options that every command has.</summary>
internal static class CommonOptions
{
    /// <summary>Which of several accounts.</summary>
    public static Option<string?> Profile { get; } = new("--profile", "-p")
    {
        Description = "which of several accounts to use (default: \"default\")",
        HelpName = "name",
        Recursive = true,
    };

    /// <summary>Results for programs.</summary>
    public static Option<bool> Json { get; } = new("--json")
    {
        Description = "print JSON for programs, one object a line, and nothing else on standard output",
        Recursive = true,
    };

    /// <summary>What goes over the wire.</summary>
    public static Option<bool> Verbose { get; } = new("--verbose", "-v")
    {
        Description = "print the HTTP exchange on standard error, with every secret masked",
        Recursive = true,
    };
}
