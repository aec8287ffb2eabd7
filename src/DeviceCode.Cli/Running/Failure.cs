namespace DeviceCode.Cli.Running;

using DeviceCode.Client;

/// <summary>A failed command as the user sees it: one sentence, how to fix it, and the exit code.</summary>
internal sealed record Failure(ExitCode ExitCode, string Message, string? Fix = null)
{
    /// <summary>The server's error code, such as <c>access_denied</c>; null when it sent none.</summary>
    public string? ServerError { get; init; }

    /// <summary>Translates an exception.</summary>
    public static Failure Of(Exception exception) => exception switch
    {
        CommandException own => new Failure(own.ExitCode, own.Message, own.Fix),
        DeviceLoginException login => new Failure(ExitCodeOf(login.Failure), login.Message, login.Fix) { ServerError = login.Error },
        OperationCanceledException => new Failure(ExitCode.Cancelled, "Cancelled."),
        UnauthorizedAccessException or IOException => new Failure(
            ExitCode.Fault,
            exception.Message,
            "Check the permissions and the free space there. To store the data elsewhere, set DEVICECODE_DATA to another folder."),
        _ => new Failure(
            ExitCode.Fault,
            $"Unexpected error: {exception.GetType().Name}.",
            "Run the command again with --verbose, and report its output."),
    };

    private static ExitCode ExitCodeOf(DeviceLoginFailure failure) => failure switch
    {
        DeviceLoginFailure.Denied => ExitCode.Denied,
        DeviceLoginFailure.Expired or DeviceLoginFailure.InvalidCode => ExitCode.Expired,
        DeviceLoginFailure.SignInAgain => ExitCode.NotSignedIn,
        DeviceLoginFailure.Policy => ExitCode.Policy,
        DeviceLoginFailure.Configuration => ExitCode.Usage,
        DeviceLoginFailure.Network => ExitCode.Network,
        _ => ExitCode.Protocol,
    };
}
