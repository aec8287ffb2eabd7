namespace DeviceCode.Client;

/// <summary>Who signs in where, and for what.</summary>
public sealed class DeviceLoginOptions
{
    /// <summary>The authorization server.</summary>
    public required Provider Provider { get; init; }

    /// <summary>The client that the provider knows; by default the provider's.</summary>
    public string? ClientId { get; init; }

    /// <summary>The client's secret, for the few clients that have one.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>What to ask for, separated by spaces; by default the provider's.</summary>
    public string? Scope { get; init; }

    /// <summary>More parameters of the device authorization request, such as Auth0's <c>audience</c>.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    /// <summary>How servers are reached.</summary>
    public Connection Connection { get; init; } = Connection.Default;
}
