namespace DeviceCode.Core.OAuth;

/// <summary>What a scope means, as it is configured under <c>OAuth:ScopeDescriptions</c>.</summary>
public sealed class ScopeDescription
{
    /// <summary>The scope (RFC 6749 §3.3), like <c>repo:read</c>.</summary>
    public string Scope { get; set; } = "";

    /// <summary>What a client that has it can do, to go on from "It will": <c>Read your repositories</c>.</summary>
    public string Description { get; set; } = "";
}
