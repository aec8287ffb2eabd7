namespace DeviceCode.Cli.Failures;

/// <summary>Ends the command: <see cref="Exception.Message"/> says why in one sentence, <see cref="Fix"/> what to do about it in another.</summary>
internal sealed class CommandException(ExitCode exitCode, string message, string fix, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>How the command ends.</summary>
    public ExitCode ExitCode { get; } = exitCode;

    /// <summary>What to do about it.</summary>
    public string Fix { get; } = fix;
}
