namespace DeviceCode.Cli;

/// <summary>The exit codes' names in JSON.</summary>
internal static class ExitCodeNames
{
    /// <summary>The name of an exit code.</summary>
    public static string ToName(this ExitCode exitCode) => exitCode switch
    {
        ExitCode.Ok => "ok",
        ExitCode.Usage => "usage",
        ExitCode.Denied => "denied",
        ExitCode.Expired => "expired",
        ExitCode.Network => "network",
        ExitCode.Policy => "policy",
        ExitCode.NotSignedIn => "not_signed_in",
        ExitCode.Protocol => "protocol",
        ExitCode.RequestFailed => "request_failed",
        ExitCode.Cancelled => "cancelled",
        _ => "fault",
    };
}
