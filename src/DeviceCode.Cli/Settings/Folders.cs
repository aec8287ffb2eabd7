namespace DeviceCode.Cli.Settings;

using DeviceCode.Cli.Failures;
using SpecialFolder = System.Environment.SpecialFolder;

/// <summary>Where the command keeps its things, by the conventions of the system (XDG on Linux).</summary>
internal static class Folders
{
    private const string Name = "devicecode";

    /// <summary>The configuration file: <c>DEVICECODE_CONFIG</c>, or <c>devicecode/config.json</c> where programs have their configuration.</summary>
    public static string ConfigFile(Func<string, string?> variable) =>
        Named(Given(variable, "DEVICECODE_CONFIG")) ?? Path.Combine(Of(SpecialFolder.ApplicationData), Name, "config.json");

    /// <summary>The folder of the profiles: <c>DEVICECODE_DATA</c>, or <c>devicecode</c> where programs have their data.</summary>
    public static string Data(Func<string, string?> variable) =>
        Given(variable, "DEVICECODE_DATA") ?? Path.Combine(Of(SpecialFolder.LocalApplicationData), Name);

    private static string? Given(Func<string, string?> variable, string name) => variable(name) is { Length: > 0 } path ? Path.GetFullPath(path) : null;

    // Whoever names a file means one that is there.
    private static string? Named(string? file) => file is null || File.Exists(file) ? file : throw new CommandException(
        ExitCode.Usage, $"DEVICECODE_CONFIG names {file}, which is no file.", "Name a file that is there, or unset it.");

    private static string Of(SpecialFolder folder) => Environment.GetFolderPath(folder, Environment.SpecialFolderOption.DoNotVerify) is { Length: > 0 } path
        ? path
        : throw new CommandException(ExitCode.Usage, "This user has no home folder.", "Set HOME, or name places with DEVICECODE_DATA and DEVICECODE_CONFIG.");
}
