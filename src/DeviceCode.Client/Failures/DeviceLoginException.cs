namespace DeviceCode.Client;

/// <summary>
/// No token: <see cref="Exception.Message"/> says why in one sentence and <see cref="Fix"/> what to do about it in another. Both are
/// safe to print: they have no control characters, and never a code, a token or a secret.
/// </summary>
public sealed class DeviceLoginException : Exception
{
    /// <summary>A failure with its sentence and its fix.</summary>
    /// <param name="failure">What kind of failure.</param>
    /// <param name="message">What happened, in one sentence.</param>
    /// <param name="fix">What to do about it, in one sentence.</param>
    /// <param name="innerException">What caused it, if anything did.</param>
    public DeviceLoginException(DeviceLoginFailure failure, string message, string fix, Exception? innerException = null)
        : base(message, innerException) => (Failure, Fix) = (failure, fix);

    /// <summary>What kind of failure.</summary>
    public DeviceLoginFailure Failure { get; }

    /// <summary>What to do about it, in one sentence.</summary>
    public string Fix { get; }

    /// <summary>The server's code for it, such as <c>access_denied</c> or <c>AADSTS53003</c>; null when the server has said nothing.</summary>
    public string? Error { get; init; }

    /// <summary>The server's <c>error_description</c>, shortened and without control characters; null when there is none.</summary>
    public string? ErrorDescription { get; init; }
}
