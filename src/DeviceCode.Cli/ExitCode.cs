namespace DeviceCode.Cli;

/// <summary>How the command ends, for scripts. The numbers are documented in docs/cli.md and never change their meaning.</summary>
internal enum ExitCode
{
    /// <summary>Done.</summary>
    Ok = 0,

    /// <summary>A fault of this program or of the machine.</summary>
    Fault = 1,

    /// <summary>The command line, the configuration or the client's registration is wrong.</summary>
    Usage = 2,

    /// <summary>The person said no.</summary>
    Denied = 3,

    /// <summary>The person did not decide in time, or the code is used up.</summary>
    Expired = 4,

    /// <summary>The server cannot be reached, or is out of order; later it may work.</summary>
    Network = 5,

    /// <summary>An administrator or the provider does not allow it.</summary>
    Policy = 6,

    /// <summary>Nobody is signed in, or not any more.</summary>
    NotSignedIn = 7,

    /// <summary>The server answers, but not as the RFCs say.</summary>
    Protocol = 8,

    /// <summary>The answer to <c>devicecode request</c> has a status of 400 or above.</summary>
    RequestFailed = 9,

    /// <summary>Interrupted, by whichever signal: 128 and the number of SIGINT, as shells have it.</summary>
    Cancelled = 130,
}
