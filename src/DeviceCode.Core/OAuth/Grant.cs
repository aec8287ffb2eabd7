namespace DeviceCode.Core.OAuth;

/// <summary>The scopes and tokens that a person granted to a client: one row in storage.</summary>
/// <remarks>
/// The row contains neither a token nor anything from which one can be computed: tokens are derived from the credential that the
/// client presents and a salt in the row (<see cref="TokenDerivation"/>), and only their hashes are stored.
/// A store may return a derived record that has more of the row; it comes back in
/// <see cref="IGrantStore.TryReplaceAsync"/>.
/// </remarks>
public record Grant
{
    /// <summary>How many access tokens of one grant can be active. The next one replaces the oldest.</summary>
    internal const int MaxAccessTokens = 10;

    /// <summary>
    /// How long a revoked or expired grant is kept: longer than any device code can be redeemed, so that a retry cannot mint the grant
    /// again.
    /// </summary>
    internal static readonly TimeSpan Retention = TimeSpan.FromHours(2);

    /// <summary>Identifies the grant (<see cref="User.NewId"/>). It is part of the tokens, and not secret.</summary>
    public required Guid Id { get; init; }

    /// <summary>Distinguishes the write that created the grant, so that a repeated write is recognised as the same one.</summary>
    public required Guid MintId { get; init; }

    /// <summary>The client that received the grant.</summary>
    public required string ClientId { get; init; }

    /// <summary>The person who granted it.</summary>
    public required User User { get; init; }

    /// <summary>The time at which the grant was created, in UTC; null for a grant of a version that did not store it.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>The granted scopes, separated by spaces. A refresh token stands for all of them.</summary>
    public required string Scope { get; init; }

    /// <summary>The key by which spent refresh tokens of this grant are recognised. No token can be computed from it.</summary>
    public required string TagKey { get; init; }

    /// <summary>The access tokens, oldest first: the active ones, and those that expired a moment ago.</summary>
    public required IReadOnlyList<AccessTokenEntry> AccessTokens { get; init; }

    /// <summary>The hash of the current refresh token; null for none.</summary>
    public string? RefreshTokenHash { get; init; }

    /// <summary>The time at which the current refresh token expires, in UTC.</summary>
    public DateTimeOffset? RefreshTokenExpiresAt { get; init; }

    /// <summary>The last exchange of a refresh token; null before the first one.</summary>
    public Exchange? LastExchange { get; init; }

    /// <summary>The time at which the grant was revoked, in UTC; null if it is not.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>The time from which the row may be deleted, in UTC; null for never.</summary>
    public DateTimeOffset? PurgeAfter { get; init; }

    /// <summary>The store's mark of the version that was read; null before the grant is stored.</summary>
    public string? Version { get; init; }

    /// <summary>The time at which the grant ends unless it is refreshed, in UTC; null for never.</summary>
    public DateTimeOffset? EndsAt => PurgeAfter - Retention;

    /// <summary>Identifies the grant without revealing its tokens.</summary>
    public override string ToString() => $"Grant({Id})";

    /// <summary>Returns the entry of an access token that is not revoked; it may have expired a moment ago.</summary>
    internal AccessTokenEntry? FindIssued(Token token)
    {
        var hash = token.Hash();
        return token.Kind != TokenKind.Access || RevokedAt is not null
            ? null
            : AccessTokens.FirstOrDefault(entry => IsSame(entry.Hash, hash));
    }

    /// <summary>Returns the entry of an access token that is active.</summary>
    internal AccessTokenEntry? FindActive(Token token, DateTimeOffset now) =>
        FindIssued(token) is { } entry && entry.IsActiveAt(now) ? entry : null;

    /// <summary>Whether this is the current refresh token, expired or not.</summary>
    internal bool IsCurrent(Token token) =>
        token.Kind == TokenKind.Refresh && RevokedAt is null && IsSame(RefreshTokenHash, token.Hash());

    /// <summary>Returns the last exchange, if this refresh token was spent in it.</summary>
    internal Exchange? FindExchangeOf(Token token) =>
        token.Kind == TokenKind.Refresh && RevokedAt is null && IsSame(LastExchange?.SpentHash, token.Hash()) ? LastExchange : null;

    /// <summary>Returns the grant without any tokens.</summary>
    internal Grant Revoke(DateTimeOffset now) => this with
    {
        AccessTokens = [],
        RefreshTokenHash = null,
        RefreshTokenExpiresAt = null,
        LastExchange = null,
        RevokedAt = now,
        PurgeAfter = now + Retention,
    };

    private static bool IsSame(string? hash, string other) => hash is not null && ConstantTime.AreEqual(hash, other);
}

/// <summary>The stored part of an access token.</summary>
/// <param name="Hash"><see cref="Token.Hash"/>.</param>
/// <param name="Scope">Its scopes, separated by spaces.</param>
/// <param name="IssuedAt">The time at which it was issued, in UTC.</param>
/// <param name="ExpiresAt">The time at which it expires, in UTC; null for never.</param>
public sealed record AccessTokenEntry(string Hash, string Scope, DateTimeOffset IssuedAt, DateTimeOffset? ExpiresAt)
{
    /// <summary>Whether it has not expired at a point in time.</summary>
    internal bool IsActiveAt(DateTimeOffset time) => ExpiresAt is null || time < ExpiresAt;
}

/// <summary>An exchange of a refresh token for new tokens (RFC 6749 §6).</summary>
/// <param name="SpentHash"><see cref="Token.Hash"/> of the refresh token that was exchanged.</param>
/// <param name="At">The time just before it was stored, in UTC.</param>
/// <param name="Salt">The salt with which the new tokens were derived from the old one.</param>
public sealed record Exchange(string SpentHash, DateTimeOffset At, string Salt);
