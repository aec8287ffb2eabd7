namespace DeviceCode.Cli.Running;

/// <summary>
/// Ends the command. <see cref="Exception.Message"/> says why in one sentence, and <see cref="Fix"/> what to do about it in another.
/// </summary>
internal sealed class CommandException(ExitCode exitCode, string message, string fix, Exception? innerException = null)
    : Exception(message, innerException)
{
    public ExitCode ExitCode { get; } = exitCode;

    public string Fix { get; } = fix;
}
