namespace DeviceCode.Cli.Commands;

using DeviceCode.Cli.Login;

/// <summary>One line of <c>devicecode status --json</c>.</summary>
internal sealed record ProfileStatus
{
    /// <summary>The profile.</summary>
    public required string Profile { get; init; }

    /// <summary>Whether it is the one that commands use when none is named.</summary>
    public required bool IsDefault { get; init; }

    /// <summary>What it is signed in to.</summary>
    public required string Provider { get; init; }

    /// <summary>Who; left out where nobody tells.</summary>
    public Person? User { get; init; }

    /// <summary><c>identity</c> where there is no token, <c>valid</c>, <c>expired</c> (but it can be refreshed), or <c>signed_out</c> (only a login helps).</summary>
    public required string State { get; init; }

    /// <summary>When the access token ends; left out when it does not, or nobody knows.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Whether there is a refresh token.</summary>
    public bool? IsRenewable { get; init; }

    /// <summary>What was granted.</summary>
    public string? Scope { get; init; }

    /// <summary><c>keyring</c> or the path of the file; left out where there is no token.</summary>
    public string? Storage { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset SignedInAt { get; init; }

    /// <summary>Where the person finds their API keys; left out where nobody tells.</summary>
    public Uri? ApiKeysUrl { get; init; }
}
