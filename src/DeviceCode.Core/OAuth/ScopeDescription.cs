namespace DeviceCode.Core.OAuth;

/// <summary>The meaning of a scope, as configured under <c>OAuth:ScopeDescriptions</c>.</summary>
public sealed class ScopeDescription
{
    /// <summary>The scope (RFC 6749 §3.3), for example <c>repo:read</c>.</summary>
    public string Scope { get; set; } = "";

    /// <summary>What a client with this scope can do, to be read after "It will": <c>Read your repositories</c>.</summary>
    public string Description { get; set; } = "";
}
