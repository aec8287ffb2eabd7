namespace DeviceCode.Cli.Configuration;

using DeviceCode.Cli.Running;
using SpecialFolder = System.Environment.SpecialFolder;

/// <summary>Where the command stores its files, by the conventions of the system (XDG on Linux).</summary>
internal static class Folders
{
    private const string Name = "devicecode";

    /// <summary>
    /// Returns the configuration file: <c>DEVICECODE_CONFIG</c>, or <c>config.json</c> in the user's configuration folder.
    /// </summary>
    public static string ConfigFile(Func<string, string?> variable) =>
        Given(variable, "DEVICECODE_CONFIG") is { } file
            ? RequireFile(file)
            : Path.Combine(Of(SpecialFolder.ApplicationData), Name, "config.json");

    /// <summary>Returns the folder of the profiles: <c>DEVICECODE_DATA</c>, or <c>devicecode</c> in the user's data folder.</summary>
    public static string Data(Func<string, string?> variable) =>
        Given(variable, "DEVICECODE_DATA") ?? Path.Combine(Of(SpecialFolder.LocalApplicationData), Name);

    private static string? Given(Func<string, string?> variable, string name) =>
        variable(name) is { Length: > 0 } path ? Path.GetFullPath(path) : null;

    // The default file may be missing, but one that the user names must exist.
    private static string RequireFile(string file) => File.Exists(file) ? file : throw new CommandException(
        ExitCode.Usage,
        $"DEVICECODE_CONFIG names {file}, which does not exist or is not a file.",
        "Set it to an existing file, or unset it.");

    private static string Of(SpecialFolder folder) =>
        Environment.GetFolderPath(folder, Environment.SpecialFolderOption.DoNotVerify) is { Length: > 0 } path
            ? path
            : throw new CommandException(
                ExitCode.Usage,
                "This user has no home folder.",
                "Set HOME, or set DEVICECODE_DATA to a folder and DEVICECODE_CONFIG to a file.");
}
