namespace DeviceCode.Client;

/// <summary>The settings of a login.</summary>
public sealed class DeviceLoginOptions
{
    /// <summary>The authorization server.</summary>
    public required Provider Provider { get; init; }

    /// <summary>The client id; null for the provider's default.</summary>
    public string? ClientId { get; init; }

    /// <summary>The client secret; null for a public client.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>The scopes to request, separated by spaces; null for the provider's default.</summary>
    public string? Scope { get; init; }

    /// <summary>Additional parameters of the authorization request, such as Auth0's <c>audience</c>.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    /// <summary>The HTTP handler and the clock.</summary>
    public Transport Transport { get; init; } = Transport.Default;
}
