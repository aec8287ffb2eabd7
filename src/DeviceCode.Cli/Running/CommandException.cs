namespace DeviceCode.Cli.Running;

/// <summary>
/// Ends the command. <see cref="Exception.Message"/> says why in one sentence, and <see cref="Fix"/> what to do about it in another.
/// </summary>
internal class CommandException(ExitCode exitCode, string message, string fix, Exception? innerException = null)
    : Exception(message, innerException)
{
    public ExitCode ExitCode { get; } = exitCode;

    public string Fix { get; } = fix;
}

/// <summary>The keyring cannot be opened: nothing is known about what it contains.</summary>
internal sealed class KeyringException(string message, Exception? innerException = null) : CommandException(
    ExitCode.Fault,
    message,
    "Check that it is running and unlocked, then try again. To store the tokens in a file, sign in again with --storage file.",
    innerException);
