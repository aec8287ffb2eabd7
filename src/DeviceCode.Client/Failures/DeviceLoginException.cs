namespace DeviceCode.Client;

/// <summary>
/// A login or another call to the server failed. <see cref="Exception.Message"/> is the problem and <see cref="Fix"/> the fix, each in one
/// sentence. Both are safe to print: they contain no control characters and no code, token or secret.
/// </summary>
public sealed class DeviceLoginException : Exception
{
    /// <summary>Creates a failure.</summary>
    /// <param name="failure">The kind of failure.</param>
    /// <param name="message">The problem, in one sentence.</param>
    /// <param name="fix">The fix, in one sentence.</param>
    /// <param name="innerException">The cause; null when there is none.</param>
    public DeviceLoginException(DeviceLoginFailure failure, string message, string fix, Exception? innerException = null)
        : base(message, innerException) => (Failure, Fix) = (failure, fix);

    /// <summary>The kind of failure.</summary>
    public DeviceLoginFailure Failure { get; }

    /// <summary>The fix, in one sentence.</summary>
    public string Fix { get; }

    /// <summary>The server's error code, such as <c>access_denied</c> or <c>AADSTS53003</c>; null when the server sent none.</summary>
    public string? Error { get; init; }

    /// <summary>The server's <c>error_description</c>, shortened and without control characters; null when the server sent none.</summary>
    public string? ErrorDescription { get; init; }

    /// <summary>The HTTP status of the response; null when there was none.</summary>
    public int? Status { get; init; }

    /// <summary>The wait that the server asks for (<c>Retry-After</c>); null when it asks for none.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>The kinds of failure, by what the caller can do next.</summary>
public enum DeviceLoginFailure
{
    /// <summary>The user denied the request.</summary>
    Denied,

    /// <summary>The code expired before the user decided.</summary>
    Expired,

    /// <summary>The server does not accept the device code: it is unknown or already used.</summary>
    InvalidCode,

    /// <summary>The refresh token is used, expired or revoked, or there is none: the user must sign in again.</summary>
    SignInAgain,

    /// <summary>A policy of an administrator or the provider blocks the user, the client or the device.</summary>
    Policy,

    /// <summary>The client id, the secret, the scope or a URL is wrong and must be changed.</summary>
    Configuration,

    /// <summary>The server cannot be reached or is unavailable. Retrying later may work.</summary>
    Network,

    /// <summary>The server's response does not follow the RFCs.</summary>
    Protocol,
}
