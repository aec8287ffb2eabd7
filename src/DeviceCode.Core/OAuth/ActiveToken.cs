namespace DeviceCode.Core.OAuth;

/// <summary>What is known of an active token (RFC 7662 §2.2).</summary>
/// <param name="Kind">What it is good for.</param>
/// <param name="ClientId">The client it was issued to.</param>
/// <param name="User">Who granted it.</param>
/// <param name="Scope">The scopes, separated by spaces.</param>
/// <param name="IssuedAt">When it was issued, in UTC; not kept for refresh tokens.</param>
/// <param name="ExpiresAt">When it expires, in UTC; null for never.</param>
public sealed record ActiveToken(TokenKind Kind, string ClientId, User User, string Scope, DateTimeOffset? IssuedAt, DateTimeOffset? ExpiresAt);
