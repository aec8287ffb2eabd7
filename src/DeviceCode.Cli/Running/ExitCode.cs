namespace DeviceCode.Cli.Running;

/// <summary>The exit codes, for scripts. docs/cli.md documents the numbers, and they never change.</summary>
internal enum ExitCode
{
    Ok = 0,

    /// <summary>A fault of this program or of the machine.</summary>
    Fault = 1,

    /// <summary>The command line, the configuration or the registration of the client is wrong.</summary>
    Usage = 2,

    /// <summary>The user denied the request.</summary>
    Denied = 3,

    /// <summary>The code expired before the user decided, or is already used.</summary>
    Expired = 4,

    /// <summary>The server cannot be reached or is unavailable. Retrying later may work.</summary>
    Network = 5,

    /// <summary>A policy of an administrator or the provider blocks the login.</summary>
    Policy = 6,

    /// <summary>The profile is not signed in, or no longer; or the credential does not exist or has ended.</summary>
    NotSignedIn = 7,

    /// <summary>The server's response does not follow the RFCs.</summary>
    Protocol = 8,

    /// <summary>The response to <c>devicecode request</c> has HTTP status 400 or above.</summary>
    RequestFailed = 9,

    /// <summary>The credential still waits for its approval.</summary>
    Pending = 10,

    /// <summary>Interrupted by a signal. Always 128 plus the number of SIGINT, as shells report it.</summary>
    Cancelled = 130,
}

internal static class ExitCodeNames
{
    /// <summary>Returns the name of an exit code in JSON.</summary>
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
        ExitCode.Pending => "pending",
        ExitCode.Cancelled => "cancelled",
        _ => "fault",
    };
}
