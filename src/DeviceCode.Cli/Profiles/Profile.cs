namespace DeviceCode.Cli.Profiles;

using DeviceCode.Cli.Login;
using DeviceCode.Cli.Settings;

/// <summary>What is remembered of a login beside its tokens. Nothing in it is secret.</summary>
internal sealed record Profile
{
    /// <summary>What was signed in to, with every endpoint that was discovered.</summary>
    public required LoginTarget Target { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset SignedInAt { get; init; }

    /// <summary>Who; null where nobody tells.</summary>
    public Person? User { get; init; }

    /// <summary>Where the person finds their API keys; null where the service does not say.</summary>
    public Uri? ApiKeysUrl { get; init; }

    /// <summary>Where the tokens are; null when there are none.</summary>
    public TokenStorage? Storage { get; init; }
}
