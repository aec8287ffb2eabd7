namespace DeviceCode.Cli.Login;

/// <summary>One line of <c>--json</c>: what has happened, for programs. docs/cli.md has the members of each event.</summary>
internal sealed record LoginEvent
{
    /// <summary><c>code</c>, <c>pending</c>, <c>slow_down</c>, <c>complete</c> or <c>error</c>; of a logout, <c>signed_out</c>.</summary>
    public required string Event { get; init; }

    public string? UserCode { get; init; }

    public string? VerificationUri { get; init; }

    public string? VerificationUriComplete { get; init; }

    /// <summary>Seconds.</summary>
    public long? ExpiresIn { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Seconds.</summary>
    public double? Interval { get; init; }

    /// <summary>Seconds.</summary>
    public double? NextPollIn { get; init; }

    /// <summary>Why the last poll brought nothing, when it is not that the person has not decided.</summary>
    public string? Trouble { get; init; }

    public PendingLogin? Resume { get; init; }

    public string? Profile { get; init; }

    public string? Provider { get; init; }

    public Person? User { get; init; }

    public string? ApiKeysUrl { get; init; }

    /// <summary>The name of the exit code.</summary>
    public string? Error { get; init; }

    public int? ExitCode { get; init; }

    public string? Message { get; init; }

    public string? Fix { get; init; }

    /// <summary>The server's own code for the error.</summary>
    public string? ServerError { get; init; }

    /// <summary>Never a code.</summary>
    public override string ToString() => $"{nameof(LoginEvent)} {{ Event = {Event} }}";
}
