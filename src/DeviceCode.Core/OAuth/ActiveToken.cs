namespace DeviceCode.Core.OAuth;

/// <summary>The introspection data of an active token (RFC 7662 §2.2).</summary>
/// <param name="GrantId">The grant of the token.</param>
/// <param name="Kind">Whether it is an access or a refresh token.</param>
/// <param name="ClientId">The client to which it was issued.</param>
/// <param name="User">The person who granted it.</param>
/// <param name="Scope">Its scopes, separated by spaces.</param>
/// <param name="IssuedAt">The time at which it was issued, in UTC; null for a refresh token, for which it is not stored.</param>
/// <param name="ExpiresAt">The time at which it expires, in UTC; null for never.</param>
public sealed record ActiveToken(
    Guid GrantId, TokenKind Kind, string ClientId, User User, string Scope, DateTimeOffset? IssuedAt, DateTimeOffset? ExpiresAt);
