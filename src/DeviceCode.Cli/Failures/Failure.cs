namespace DeviceCode.Cli.Failures;

using DeviceCode.Client;

/// <summary>How a command has failed, in the terms of whoever reads it: one sentence, one suggestion and an exit code.</summary>
internal sealed record Failure(ExitCode ExitCode, string Message, string? Fix = null)
{
    /// <summary>The server's code for it, such as <c>access_denied</c>; null when the server has said nothing.</summary>
    public string? ServerError { get; init; }

    /// <summary>What an exception means.</summary>
    public static Failure Of(Exception exception) => exception switch
    {
        CommandException own => new Failure(own.ExitCode, own.Message, own.Fix),
        DeviceLoginException login => new Failure(ExitCodeOf(login.Failure), login.Message, login.Fix) { ServerError = login.Error },
        OperationCanceledException => new Failure(ExitCode.Cancelled, "Cancelled."),
        UnauthorizedAccessException or IOException => new Failure(
            ExitCode.Fault, exception.Message, "Check the permissions and the space of where it writes; for what is kept, DEVICECODE_DATA names another folder."),
        _ => new Failure(
            ExitCode.Fault,
            $"Something unexpected happened: {exception.GetType().Name}.",
            "Run it again with --verbose, and report what it prints."),
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
