namespace DeviceCode.Cli.Settings;

/// <summary>What the configuration file says about a profile.</summary>
internal sealed record ProfileSettings
{
    /// <summary>What to sign in to: an address or the name of a provider.</summary>
    public string? Provider { get; init; }

    /// <summary>The client id.</summary>
    public string? ClientId { get; init; }

    /// <summary>A file with the client secret.</summary>
    public string? ClientSecretFile { get; init; }

    /// <summary>What to ask for, separated by spaces.</summary>
    public string? Scope { get; init; }

    /// <summary>More parameters of the device authorization request.</summary>
    public IReadOnlyDictionary<string, string>? Parameters { get; init; }
}
